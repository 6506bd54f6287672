"""Addresses that may not connect."""

from __future__ import annotations

import ipaddress
import threading

from sqlalchemy import delete, select

from jackfield.errors import InvalidInput, NotFound
from jackfield.services.timestamps import now
from jackfield.store import Database
from jackfield.store.tables.people import IpBanRow


def network_of(address: str) -> str:
    """What is banned along with *address*: itself for IPv4, its /64 for IPv6.

    A home has a whole /64, and its devices change their addresses inside it every day.

    :raises InvalidInput: not an IP address.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        raise InvalidInput(f"{address!r} is not an IP address", field="address") from None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def household(address: str) -> str:
    """What limits for one address count: as :func:`network_of`, or *address* itself where it is
    none, such as a Unix socket's."""
    try:
        return network_of(address)
    except InvalidInput:
        return address


class IpBans:
    """The banned networks. Thread-safe; asked at each connection, so kept in memory too."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        with db.read() as session:
            self._networks = set(session.scalars(select(IpBanRow.network)))

    def add(self, address: str, reason: str = "") -> None:
        """Refuse *address* from now on.

        :raises InvalidInput: not an IP address.
        """
        network = network_of(address)
        with self._lock:
            if network not in self._networks:
                with self._db.begin() as session:
                    session.add(IpBanRow(network=network, reason=reason, created_at=now()))
                self._networks.add(network)

    def remove(self, network: str) -> None:
        """Let an address or network in again.

        :raises NotFound: it is not banned.
        """
        known = network if network in self._networks else network_of(network)
        with self._lock:
            if known not in self._networks:
                raise NotFound(f"{network} is not banned")
            with self._db.begin() as session:
                session.execute(delete(IpBanRow).where(IpBanRow.network == known))
            self._networks.discard(known)

    def all(self) -> list[str]:
        """Every banned network, sorted."""
        return sorted(self._networks)

    def __contains__(self, address: str) -> bool:
        return household(address) in self._networks
