"""Fixtures for all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import postgresql_rig
from jackfield.config import default_cache_dir

if TYPE_CHECKING:
    from jackfield.sandbox import Engine

# No test asserts a time, so none fails because the machine is busy. In CI the examples are always
# the same; everybody else explores.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, **_PATIENT)
settings.register_profile("local", **_PATIENT)
settings.load_profile("ci" if os.environ.get("CI") else "local")


# Whoever runs the tests in the background has Ctrl-C ignored, and every process started from here
# would inherit that; some of them are told to end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The sandbox engine, compiled once for this user and engine build, where hosts find it too.

    Several test processes may ask at once: the cache lets one compile and the others wait.
    """
    from jackfield.sandbox import EngineCache

    cache = EngineCache(default_cache_dir())
    cache.compile()
    return cache.load()


@pytest.fixture(autouse=True, scope="session")
def postgresql_stands_in() -> Iterator[None]:
    """With the environment variable that ``store/test_postgresql.py`` sets, what tests take for a
    file of SQLite is a database of a real PostgreSQL."""
    folder = os.environ.get(postgresql_rig.ENVIRONMENT)
    if not folder:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        postgresql_rig.stand_in(patch, Path(folder))
        yield
