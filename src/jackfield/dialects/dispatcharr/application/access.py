"""From which networks playlists, streams and the player API may be asked for.

The setting ``network_access`` holds networks by kind (``M3U_EPG``, ``STREAMS``, ``XC_API``,
``UI``), comma-separated text or a list. Playlists and streams ask for no password, so without a
setting they are for private networks; the player API and the pages have their own logins.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from jackfield.dialects.dispatcharr.application.failures import Refused
from jackfield.dialects.dispatcharr.application.visitor import Visitor

M3U_EPG = "M3U_EPG"
STREAMS = "STREAMS"
XC_API = "XC_API"
UI = "UI"

PRIVATE = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
_OPEN = ("0.0.0.0/0", "::/0")
_DEFAULT = {M3U_EPG: PRIVATE, STREAMS: PRIVATE, XC_API: _OPEN, UI: _OPEN}


def allow(visitor: Visitor, kind: str) -> None:
    """:raises Refused: 403, their network is not among those of *kind*. Signed-in users pass."""
    from core.models import CoreSettings

    if visitor.id is not None:
        return
    networks = CoreSettings.get_network_access_settings().get(kind)
    if not allowed(visitor.address, _listed(networks) or _DEFAULT[kind]):
        raise Refused(
            f"Your network may not ask for this: {visitor.address or 'an unknown address'} is "
            f"not in the networks of {kind}",
            403,
            hint="an administrator can add it to the setting network_access, or sign in",
        )


def allowed(address: str, networks: Iterable[str]) -> bool:
    """Whether *address* is in one of *networks*; what is no network contains nobody.

    An empty address is a local caller on the socket itself.
    """
    if not address:
        return True
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    for text in networks:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        if ip.version == network.version and ip in network:
            return True
    return False


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        return []
    return [str(part).strip() for part in value if str(part).strip()]
