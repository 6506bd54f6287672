"""Connections to providers."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2


@cache
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes a third of a second: once is enough."""
    return ssl.create_default_context()


def http_client(*, connect: float, read: float | None) -> httpx2.AsyncClient:
    """A client that keeps no connection after its answer: a provider counts it as a viewer.

    Nothing is read from the environment, and redirects are followed: providers balance by them.

    :param connect: seconds to connect.
    :param read: seconds between two pieces; ``None`` leaves that to the caller.
    """
    return httpx2.AsyncClient(
        follow_redirects=True,
        timeout=httpx2.Timeout(connect, read=read),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        trust_env=False,
        verify=_tls(),
    )
