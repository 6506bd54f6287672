"""Fixtures for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs
import pytest

if TYPE_CHECKING:
    from jackfield.sandbox import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The sandbox engine, compiled once for this user and engine build.

    Several test processes may ask at once: the cache lets one compile and the others wait.
    """
    from jackfield.sandbox import EngineCache

    cache = EngineCache(platformdirs.user_cache_path("jackfield") / "engine")
    cache.compile()
    return cache.load()
