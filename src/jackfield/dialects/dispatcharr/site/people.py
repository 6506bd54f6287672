"""Who may come in: users of Dispatcharr's database, and the host's own accounts and tokens."""

from __future__ import annotations

import time
from typing import Final, Protocol

from anyio import to_thread

from jackfield.dialects.dispatcharr.application.contract import ADMIN, STANDARD
from jackfield.dialects.dispatcharr.site.tokens import Who
from jackfield.errors import Unavailable
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.access_tokens import TokenInfo
from jackfield.services.accounts import Accounts
from jackfield.services.names import name_key
from jackfield.services.users import ADMIN as ADMIN_SCOPE
from jackfield.services.users import User
from jackfield.services.visitors import is_host_token

AUTHENTICATE: Final = "/internal/authenticate"

REMEMBERED_S: Final = 30.0
"""How long a good API key is not asked for again."""

_MANY = 1000


class Asks(Protocol):
    """What is needed of the application process."""

    async def ask(self, path: str, body: object) -> tuple[int, object]: ...


class People:
    """See the module."""

    def __init__(self, services: ServiceTable, application: Asks) -> None:
        self._accounts = services.find(Accounts)
        self._application = application
        self._keys: dict[str, tuple[float, Who]] = {}

    async def log_in(self, name: str, password: str) -> Who | None:
        """Who has that name and password; ``None`` if nobody.

        A host's token is a password, too: of the person or program of that name.

        :raises Unavailable: the database's users cannot be asked.
        """
        if is_host_token(password):
            return await to_thread.run_sync(self._by_secret, password, name)
        return await self._ask({"username": name, "password": password})

    async def by_key(self, key: str) -> Who | None:
        """Whose API key that is; ``None`` if nobody's. A host's token is one, too.

        :raises Unavailable: as :meth:`log_in`.
        """
        if is_host_token(key):
            return await self.by_host_token(key)
        now = time.monotonic()
        until, who = self._keys.get(key, (0.0, None))
        if who is not None and until > now:
            return who
        self._keys.pop(key, None)
        who = await self._ask({"api_key": key})
        if who is not None:
            if len(self._keys) >= _MANY:
                self._keys.clear()
            self._keys[key] = now + REMEMBERED_S, who
        return who

    async def by_host_token(self, secret: str) -> Who | None:
        """Whose token of this host that is; ``None`` if nobody's."""
        return await to_thread.run_sync(self._by_secret, secret, None)

    async def still(self, who: Who) -> Who | None:
        """The same user as they are now; ``None`` once there is none."""
        if not who.id:
            return who
        status, found = await self._application.ask(AUTHENTICATE, {"user_id": who.id})
        if status == 400:
            return who  # it cannot be asked so
        return _who(found) if status == 200 else None

    async def _ask(self, question: dict[str, object]) -> Who | None:
        status, found = await self._application.ask(AUTHENTICATE, question)
        if status == 200:
            return _who(found)
        if status in (400, 401, 403):
            return None
        raise Unavailable(f"the application process answered a log-in with status {status}")

    def _by_secret(self, secret: str, name: str | None) -> Who | None:
        if self._accounts is None:
            return None
        token = self._accounts.tokens.find(secret)
        if token is None:
            return None
        user = None if token.user_id is None else self._accounts.get(token.user_id)
        if token.user_id is not None and (user is None or user.disabled_at is not None):
            return None
        return _host_who(token, user, name)


def _host_who(token: TokenInfo, user: User | None, name: str | None) -> Who | None:
    own = token.name if user is None else user.display_name
    if name is not None and name_key(name) != name_key(own):
        return None
    admin = ADMIN_SCOPE in (token.scopes if user is None else user.scopes)
    return Who(0, own, ADMIN if admin else STANDARD)


def _who(found: object) -> Who:
    if not isinstance(found, dict):
        raise Unavailable("the application process answered a log-in with something else")
    return Who(int(found["id"]), str(found["username"]), int(found["level"]))
