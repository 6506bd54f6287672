"""Who a player is, by the name and password that it sends with every request.

A user's password here is ``custom_properties.xc_password``, not that of the pages. Only wrong ones
are counted: a player asks often, and each time with the same.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.failures import Refused
from jackfield.dialects.dispatcharr.application.visitor import Visitor
from jackfield.services.ip_bans import household
from jackfield.services.rate_limits import RateLimited, RateLimits

LIMITS: Final = {"address": "60/minute; 400/hour", "name": "20/minute; 100/hour"}
"""Wrong passwords from one household, and from it for one name."""

_wrong = RateLimits(LIMITS)


def log_in(visitor: Visitor, name: Any, password: Any) -> Any:
    """The active user of that name and password.

    :raises Refused: 403 by network, 401 by password, 429 after too many wrong ones.
    """
    access.allow(visitor, access.XC_API)
    if not isinstance(name, str) or not isinstance(password, str) or not name or not password:
        raise _refused()
    home = household(visitor.address)
    counted = {"address": home, "name": f"{home} {name.casefold()[:150]}"}
    try:
        for kind, who in counted.items():
            _wrong.check(kind, who)
        user = _user(name, password)
        if user is None:
            for kind, who in counted.items():
                _wrong.spend(kind, who)
            raise _refused()
    except RateLimited as error:
        again = f"try again in {error.retry_after} s"
        raise Refused(f"Too many wrong passwords came from this address; {again}", 429) from None
    return user


def _user(name: str, password: str) -> Any:
    from apps.accounts.models import User

    user = User.objects.filter(username=name, is_active=True).first()
    known = str(((user.custom_properties if user else None) or {}).get("xc_password") or "")
    same = secrets.compare_digest(known.encode(), password.encode())
    return user if user is not None and known and same else None


def _refused() -> Refused:
    return Refused("User name or password is wrong", 401)
