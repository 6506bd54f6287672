"""Who may do what on the site.

The original lets everybody on the network do everything, and its clients cannot prove who they
are. Here a request is one of three:

- **anyone** reads: menus, lists, media, plugins; and turns over the choices of one client;
- **nearby**: the request comes straight from this machine or a private network, as a television's
  does. It may also choose the TorrServer, the dictionary and the wallpaper, change the torrents,
  and use ``proxy.m3u8``;
- **the operator**: a request with an administrator's token; or one at the site's own address from
  nearby, that no other web page made (by its ``Origin`` and by the name it calls this server). It
  may also install and remove plugins, lead the media folders elsewhere, choose programs, restart,
  and have addresses of private networks fetched.
"""

from __future__ import annotations

import ipaddress

from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.accounts import Accounts
from jackfield.services.home_names import is_home_name
from jackfield.services.visitors import TokenVisitors, Visitors

_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Access:
    """Judges requests by what the host knows of its people."""

    def __init__(self, services: ServiceTable) -> None:
        self._visitors = services.find(Visitors)
        accounts = services.find(Accounts)
        if self._visitors is None and accounts is not None:
            self._visitors = TokenVisitors(accounts)

    def is_nearby(self, ask: Ask) -> bool:
        """Whether the request comes straight from this machine or a private network."""
        if any(ask.header(name) for name in _PROXIES):
            return False
        try:
            address = ipaddress.ip_address(ask.remote.rpartition(":")[0].strip("[]"))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        found = mapped or address
        return bool(found.is_loopback or found.is_private or found.is_link_local)

    def is_operator(self, ask: Ask) -> bool:
        """Whether the request is the operator's; see the module."""
        if self._has_token(ask):
            return True
        return not ask.root and self.is_nearby(ask) and _is_own_page(ask)

    def require_nearby(self, ask: Ask) -> None:
        """:raises Fault: the request comes from elsewhere, without an administrator's token."""
        if not self.is_nearby(ask) and not self._has_token(ask):
            raise Fault("only from this network, or with an administrator's token", 403)

    def require_operator(self, ask: Ask) -> None:
        """:raises Fault: it is not the operator's."""
        if not self.is_operator(ask):
            raise Fault(
                "only for the operator: from this network at the server's own address, or with an "
                "administrator's token (Authorization: Bearer TOKEN)",
                403,
            )

    def _has_token(self, ask: Ask) -> bool:
        if self._visitors is None or not ask.header("authorization"):
            return False
        headers = {name: values[0] for name, values in ask.headers.items() if values}
        return self._visitors.identify(headers).admin


def _is_own_page(ask: Ask) -> bool:
    """Whether no other web page can have made the request.

    A foreign page sends its ``Origin``. One whose name was made to lead here calls this server by
    that name, which is neither an address nor a name of a home network.
    """
    origin = ask.header("origin")
    if origin and origin.partition("://")[2].lower() != ask.host.lower():
        return False
    if ask.header("sec-fetch-site") in ("cross-site", "same-site"):
        return False
    return is_home_name(ask.host)
