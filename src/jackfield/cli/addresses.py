"""What ``serve`` is told of addresses and folders: ``DIALECT=HOST:PORT`` and ``DIALECT=DIR``."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

from jackfield.cli.server import listen
from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import Dialect

Address = tuple[str, int]


def site_addresses(
    texts: Sequence[str], dialects: Mapping[str, Dialect], native_host: str | None = None
) -> dict[str, Address]:
    """Dialect → the address of its own.

    :param texts: each ``DIALECT=HOST:PORT``; an empty host is every address of this machine.
    :param native_host: serve the others on their ecosystem's port at that host; ``None``: do not.
    :raises InvalidInput: another form, or a dialect that is not served.
    """
    found: dict[str, Address] = {}
    if native_host is not None:
        for name, dialect in dialects.items():
            # Owncast's port is the host's own default, and its site lies at the root there.
            if dialect.native_port is not None and dialect.site_prefix:
                found[name] = (native_host, dialect.native_port)
    for text in texts:
        name, place = _pair(text, "--site", "DIALECT=HOST:PORT", dialects)
        host, colon, port = place.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            raise InvalidInput(f"expected DIALECT=HOST:PORT, found {text!r}", field="--site")
        found[name] = (host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104 - asked for
    return found


def proxies(texts: Sequence[str]) -> tuple[str, ...]:
    """The reverse proxies that are believed.

    :param texts: each an address, or a network such as ``10.0.0.0/8``.
    :raises InvalidInput: another form.
    """
    found = []
    for text in texts:
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            raise InvalidInput(
                f"expected an IP address or a network, found {text!r}", field="--trusted-proxy"
            ) from None
        found.append(str(network if "/" in text else network.network_address))
    return tuple(found)


def homes_of(texts: Sequence[str], dialects: Mapping[str, Dialect]) -> dict[str, Path]:
    """Dialect → the folder of an existing installation.

    :raises InvalidInput: another form, a dialect that is not served, or no folder.
    """
    found = {}
    for text in texts:
        name, place = _pair(text, "--home", "DIALECT=DIR", dialects)
        folder = Path(place).expanduser().absolute()
        if not folder.is_dir():
            raise InvalidInput(f"{place} is not a folder", field="--home")
        found[name] = folder
    return found


def main_port(
    asked: int | None, default: int, only: Collection[str], addresses: Mapping[str, Address]
) -> int:
    """The port of the host's own page and API.

    Whoever serves nothing but dialects with addresses of their own does not care about it, and may
    do so several times on one machine: it gets a free one.
    """
    if asked is not None:
        return asked
    return 0 if only and set(only) <= set(addresses) else default


def listen_sites(addresses: Mapping[str, Address], stack: ExitStack) -> dict[str, socket.socket]:
    """A listening socket a dialect, closed with *stack*.

    :raises SurroundingsError: an address is in use.
    """
    return {name: stack.enter_context(listen(*address)) for name, address in addresses.items()}


def _pair(text: str, option: str, form: str, dialects: Mapping[str, Dialect]) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not equals or not rest:
        raise InvalidInput(f"expected {form}, found {text!r}", field=option)
    if name not in dialects:
        known = ", ".join(sorted(dialects))
        raise InvalidInput(f"no dialect {name!r} is served; there are: {known}", field=option)
    return name, rest
