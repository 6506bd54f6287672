from __future__ import annotations

from collections.abc import Iterator

import pytest

from application_site import Site, serving
from jackfield.dialects.dispatcharr.django_setup import Environment
from provider_of_streams import Provider
from stream_rig import FAST


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def site(django_env: Environment) -> Iterator[Site]:
    """The application over an empty database, on a port of its own."""
    with serving(FAST) as site:
        yield site
