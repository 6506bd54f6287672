"""Fixtures for the tests of the documentation."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def compiled() -> None:
    """The sandbox's native code is where hosts look for it, so that no reader waits for it."""
    from jackfield.config import default_cache_dir
    from jackfield.sandbox import EngineCache

    EngineCache(default_cache_dir()).compile()
