"""Finding the host to act on: the one that runs now, or its data while none runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jackfield.cli.remote import RemoteOperations
    from jackfield.operations import Operations

    Operator: TypeAlias = Operations | RemoteOperations
    """Either has the same methods; a test compares them."""


@contextmanager
def open_operator(data: Path) -> Iterator[Operator]:
    """What acts on the host whose data lies in *data*.

    A running host is reached through its platform API, so that it knows of the change at once. If
    none runs, one is composed here for the moment, and starts no plugin.

    :raises Conflict: a host runs there that serves no API: one inside another program.
    """
    if (info := running_host(data)) is not None:
        from jackfield.cli.remote import RemoteOperations

        yield RemoteOperations(info)
        return

    from jackfield.config import Config, default_database
    from jackfield.host import Host
    from jackfield.operations import Operations

    host = Host(Config(data_dir=data, database=default_database()))
    try:
        yield Operations(host)
    finally:
        host.stop()


def running_host(data: Path) -> dict[str, Any] | None:
    """``pid``, ``host``, ``port`` and ``token`` of the host that serves *data* now."""
    from jackfield.store.data_dir import DataDir

    info = DataDir.read_run_info(data)
    return info if info is not None and {"host", "port", "token"} <= info.keys() else None


def at_home(host: str) -> str:
    """The address to reach a host on this machine, as it stands in a URL."""
    # One that listens everywhere is reached at home.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{name}]" if ":" in name else name
