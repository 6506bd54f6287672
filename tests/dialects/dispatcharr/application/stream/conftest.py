from __future__ import annotations

from collections.abc import Iterator

import pytest

from provider_of_streams import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()
