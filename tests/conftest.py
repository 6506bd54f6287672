"""Fixtures for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jackfield.config import default_cache_dir

if TYPE_CHECKING:
    from jackfield.sandbox import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The sandbox engine, compiled once for this user and engine build, where hosts find it too.

    Several test processes may ask at once: the cache lets one compile and the others wait.
    """
    from jackfield.sandbox import EngineCache

    cache = EngineCache(default_cache_dir())
    cache.compile()
    return cache.load()
