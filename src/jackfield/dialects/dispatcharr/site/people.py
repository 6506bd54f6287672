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
from jackfield.services.tokens import token_digest
from jackfield.services.users import ADMIN as ADMIN_SCOPE
from jackfield.services.users import User
from jackfield.services.visitors import is_host_token

AUTHENTICATE: Final = "/internal/authenticate"

REMEMBERED_S: Final = 30.0
"""How long a good API key or user is not asked for again."""

_MANY = 1000


class Asks(Protocol):
    """What is needed of the application process."""

    @property
    def is_up(self) -> bool: ...

    async def ask(self, path: str, body: object) -> tuple[int, object]: ...


class People:
    """See the module."""

    def __init__(self, services: ServiceTable, application: Asks) -> None:
        self._accounts = services.find(Accounts)
        self._application = application
        self._known: dict[str, tuple[float, Who]] = {}

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
        return await self._remembered(token_digest(key), {"api_key": key})

    async def _remembered(self, name: str, question: dict[str, object]) -> Who | None:
        now = time.monotonic()
        until, who = self._known.get(name, (0.0, None))
        if who is not None and until > now:
            return who
        self._known.pop(name, None)
        who = await self._ask(question)
        if who is not None:
            if len(self._known) >= _MANY:
                self._known.clear()
            self._known[name] = now + REMEMBERED_S, who
        return who

    async def by_host_token(self, secret: str) -> Who | None:
        """Whose token of this host that is; ``None`` if nobody's."""
        return await to_thread.run_sync(self._by_secret, secret, None)

    async def still(self, who: Who) -> Who | None:
        """The same user as they are now; ``None`` once there is none, or the token of the host that
        they logged in with is revoked."""
        if not who.id:
            return await to_thread.run_sync(self._by_proof, who.proof)
        return await self._ask({"user_id": who.id})

    async def behind(self, who: Who) -> Who | None:
        """The user whom a good access token names: as they are now, where that costs little, and
        at most a while ago; ``None`` once there is none."""
        if not who.id:
            return await self.still(who)
        if not self._application.is_up:
            return who
        try:
            return await self._remembered(f"#{who.id}", {"user_id": who.id})
        except Unavailable:
            return who  # what the token says was true when it was signed

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
        return self._by_token(self._accounts, self._accounts.tokens.find(secret), name)

    def _by_proof(self, token_id: str) -> Who | None:
        if self._accounts is None or not token_id:
            return None
        return self._by_token(self._accounts, self._accounts.tokens.get(token_id), None)

    @staticmethod
    def _by_token(accounts: Accounts, token: TokenInfo | None, name: str | None) -> Who | None:
        if token is None:
            return None
        user = None if token.user_id is None else accounts.get(token.user_id)
        if token.user_id is not None and (user is None or user.disabled_at is not None):
            return None
        return _host_who(token, user, name)


def _host_who(token: TokenInfo, user: User | None, name: str | None) -> Who | None:
    own = token.name if user is None else user.display_name
    if name is not None and name_key(name) != name_key(own):
        return None
    admin = ADMIN_SCOPE in (token.scopes if user is None else user.scopes)
    return Who(0, own, ADMIN if admin else STANDARD, token.id)


def _who(found: object) -> Who:
    if not isinstance(found, dict):
        raise Unavailable("the application process answered a log-in with something else")
    return Who(int(found["id"]), str(found["username"]), int(found["level"]))
