from __future__ import annotations

from collections.abc import Iterator

import pytest

from web.served import Served, serving


@pytest.fixture
def served() -> Iterator[Served]:
    """A host of no dialect behind a real server."""
    with serving() as server:
        yield server
