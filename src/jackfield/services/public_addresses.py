"""Which addresses belong to the public internet, and a network that connects to no other.

A name is resolved once, every address it stands for is checked, and the connection goes to an
address that was checked: a name server that answers differently the second time gains nothing.
Host header and TLS name stay those of the URL.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

import httpcore2

from jackfield.services.timed_network import seconds_left

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "2001::/23", "64:ff9b:1::/48")
)


def is_public(address: IPAddress) -> bool:
    """Whether the address belongs to the public internet; what it wraps must, too."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    if any(address in net for net in _SPECIAL if net.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> list[str]:
    """Every address of *host*, in the system's order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PrivateAddress(OSError):
    """A host stands for an address that is not public."""


class PublicNetwork(httpcore2.SyncBackend):
    """Connects like its parent, to public addresses only."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of *host* that answers.

        :raises PrivateAddress: one of its addresses is not public. One is enough: a name that
            mixes both kinds is an attack or a mistake.
        """
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(f"cannot resolve {host}: {error.strerror}") from error
        for text in addresses:
            if not is_public(ipaddress.ip_address(text.partition("%")[0])):
                raise PrivateAddress(f"{host} is {text}, which is not a public address")
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for text in addresses:
            left = seconds_left(timeout)
            if left is not None and left <= 0:  # a name may have many addresses, all of them silent
                raise httpcore2.ConnectTimeout("the time allowed is over") from failure
            try:
                return super().connect_tcp(text, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, path: str, *_: object, **__: object) -> httpcore2.NetworkStream:
        """Never: a socket file is no public address."""
        raise PrivateAddress(f"{path} is not a public address")
