"""What the SDK's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owncast_plugin._registry import registry
from owncast_plugin.testing import RecordingHost


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    registry.clear()
    yield
    registry.clear()


@pytest.fixture
def host() -> Iterator[RecordingHost]:
    with RecordingHost() as recording:
        yield recording
