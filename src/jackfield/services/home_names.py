"""Whether a request names this server by a name that no stranger can own.

Who owns a name can have it lead here for a moment (DNS rebinding). To a browser its pages are then
pages of this server, and their requests come from the visitor's own machine and network.
"""

from __future__ import annotations

import ipaddress

_ENDINGS = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal")


def is_home_name(host: str) -> bool:
    """Whether that is an address, or a name of a home network.

    :param host: a name or address, or a whole ``Host`` header; empty where none was sent, which no
        browser does.
    """
    name = _without_port(host).lower().rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_ENDINGS)
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]
