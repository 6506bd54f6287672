"""This process' place among those beside the host: what code in a child speaks to the host with.

Outside such a process (a test, a shell) there is no host: :func:`tell` does nothing and
:func:`call` raises :class:`NoHost`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed

role: str = ""
"""``plugin``, ``worker``, ``application``; empty in a process that has no host."""

plugin: str = ""
"""Key of the plugin that this process holds; empty in the others."""

_link: Link | None = None
_lock = threading.Lock()


class NoHost(RuntimeError):
    """Something only the host can do was asked for in a process that has none."""


def attach(link: Link, as_role: str, *, of_plugin: str = "") -> None:
    """Say who this process is and how it reaches the host. Once, at its start."""
    global role, plugin, _link
    with _lock:
        role, plugin, _link = as_role, of_plugin, link


def detach() -> None:
    """Forget the host; for tests."""
    global role, plugin, _link
    with _lock:
        role, plugin, _link = "", "", None


def tell(method: str, /, **params: Any) -> None:
    """Tell the host something; does nothing where there is none, or none any more.

    :raises TypeError: a parameter is not plain JSON.
    """
    if _link is not None:
        with suppress(LinkClosed):
            _link.tell(method, **params)


def call(method: str, /, *, timeout: float | None = None, **params: Any) -> Any:
    """Ask the host; as :meth:`Link.call`.

    :raises NoHost: this process has none.
    """
    if _link is None:
        raise NoHost(f"{method}: this process was not started by a Jackfield host")
    return _link.call(method, timeout=timeout, **params)
