"""The people and bots of this host, stored in its database."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from jackfield.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from jackfield.services.access_tokens import AccessTokens, check_scopes
from jackfield.services.ip_bans import IpBans
from jackfield.services.names import MAX_NAME, clean_name, name_key
from jackfield.services.timestamps import now, rfc3339
from jackfield.services.tokens import new_id
from jackfield.services.users import COLORS, User
from jackfield.store import Database
from jackfield.store.tables.people import UserRow

NAME_KEPT = timedelta(days=1)
"""How long the name of somebody who only chatted stays theirs after they were last seen."""

KEPT_NAMES = 10
"""How many previous names are remembered."""

Change = Literal["renamed", "changed", "disabled", "enabled"]


class Accounts:
    """Everybody who can speak in the chat. Implements :class:`~.users.Users`. Thread-safe.

    :ivar tokens: the secrets of people and programs.
    :ivar ip_bans: the addresses that may not connect.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._names = threading.Lock()
        self._listeners: list[Callable[[Change, User, User], None]] = []
        self.tokens = AccessTokens(db)
        self.ip_bans = IpBans(db)

    def listen(self, listener: Callable[[Change, User, User], None]) -> None:
        """Call *listener* with what changed, the user before and the user after, once stored."""
        self._listeners.append(listener)

    # -- finding ----------------------------------------------------------------------------

    def all(self) -> list[User]:
        """Every user that is not a bot, newest first."""
        people = select(UserRow).where(UserRow.bot_of.is_(None))
        with self._db.read() as session:
            rows = session.scalars(people.order_by(UserRow.created_at.desc(), UserRow.id))
            return [to_user(row) for row in rows]

    def any_with(self, scope: str) -> bool:
        """Whether anybody has that scope. Cheap, however many there are."""
        holders = select(UserRow.id).where(cast(UserRow.scopes, Text).contains(f'"{scope}"'))
        with self._db.read() as session:
            return session.scalar(holders.limit(1)) is not None

    def get(self, user_id: str) -> User | None:
        with self._db.read() as session:
            row = session.get(UserRow, user_id)
            return None if row is None else to_user(row)

    def find(self, name_or_id: str) -> User:
        """The one person with that id or, upper and lower case alike, that name.

        :raises NotFound: nobody.
        :raises Conflict: several people have that name; it lists their ids.
        """
        if (user := self.get(name_or_id)) is not None:
            return user
        same = select(UserRow).where(UserRow.name_key == name_key(name_or_id))
        with self._db.read() as session:
            # Asked in the statement, SQLite would look through everybody who is no bot.
            rows = [row for row in session.scalars(same) if row.bot_of is None]
            if not rows:
                raise NotFound(f"there is no user {name_or_id!r}")
            if len(rows) > 1:
                ids = ", ".join(row.id for row in rows)
                raise Conflict(
                    f"{len(rows)} users have the name {name_or_id!r}", hint=f"use an id: {ids}"
                )
            return to_user(rows[0])

    def authenticate(self, secret: str) -> User | None:
        """The person to whom that secret belongs, also if disabled; else ``None``."""
        info = self.tokens.find(secret) if secret else None
        return None if info is None or info.user_id is None else self.get(info.user_id)

    # -- coming and changing ----------------------------------------------------------------

    def register(self, name: str) -> tuple[User, str]:
        """A new person and their secret.

        :raises InvalidInput: not a name.
        :raises Conflict: somebody else has it.
        """
        name = clean_name(name)
        with self._names, self._db.begin() as session:
            _refuse_taken(session, name)
            row = _new_row(session, name)
            session.add(row)
            user = to_user(row)
        return user, self.tokens.create_for_user(user.id)

    def admit(self, name: str, scopes: tuple[str, ...] = ()) -> User:
        """A new person for whom somebody else vouches, such as a plugin that asked an identity
        provider.

        :param name: the name they would like; one that is no name here, or is taken, is changed
            until it fits, for it was not chosen here.
        :raises InvalidInput: an unknown scope.
        """
        scopes = check_scopes(scopes)
        with self._names, self._db.begin() as session:
            row = _new_row(session, _free_name(session, name))
            row.authenticated, row.scopes = True, list(scopes)
            session.add(row)
            return to_user(row)

    def bot(self, slug: str, name: str) -> User:
        """The identity under which that plugin posts, made on first use, renamed when it asks."""
        name = " ".join(name.split())[:MAX_NAME].strip() or slug[:MAX_NAME]
        mine = select(UserRow).where(UserRow.bot_of == slug)
        with self._db.read() as session:
            row = session.scalar(mine)
            if row is not None and row.name == name:
                return to_user(row)
        with self._names, self._db.begin() as session:
            row = session.scalar(mine)
            if row is None:
                row = _new_row(session, name, bot_of=slug)
                session.add(row)
            else:
                row.name, row.name_key = name, name_key(name)
            return to_user(row)

    def rename(self, user_id: str, name: str) -> User:
        """Give somebody another name; the earlier one joins ``previous_names``.

        :raises NotFound: no such user.
        :raises InvalidInput: not a name.
        :raises Conflict: somebody else has it.
        """
        name = clean_name(name)

        def change(session: Session, row: UserRow) -> None:
            if row.name != name:
                _refuse_taken(session, name, but=row.id)
                earlier = [old for old in row.previous_names if old not in (name, row.name)]
                row.previous_names = [*earlier, row.name][-KEPT_NAMES:]
                row.name, row.name_key = name, name_key(name)

        return self._change("renamed", user_id, change)

    def set_color(self, user_id: str, color: int) -> User:
        """Choose one of the page's colours.

        :raises InvalidInput: there is no such colour.
        """
        if not 0 <= color < COLORS:
            raise InvalidInput(f"colours are 0 to {COLORS - 1}, not {color}", field="displayColor")

        def change(_session: Session, row: UserRow) -> None:
            row.color = color

        return self._change("changed", user_id, change)

    def seen(self, user_id: str) -> None:
        """Remember that they are here now."""
        with self._db.begin() as session:
            if (row := session.get(UserRow, user_id)) is not None:
                row.seen_at = now()

    # -- rights -----------------------------------------------------------------------------

    def promote(self, user_id: str, *scopes: str) -> User:
        """Give somebody scopes on top of those they have.

        :raises NotFound: no such user.
        :raises InvalidInput: no such scope.
        """
        more = check_scopes(scopes)

        def change(_session: Session, row: UserRow) -> None:
            row.scopes = sorted({*row.scopes, *more})

        return self._change("changed", user_id, change)

    def demote(self, user_id: str, *scopes: str) -> User:
        """Take scopes away; without any named, all."""
        less = set(check_scopes(scopes))

        def change(_session: Session, row: UserRow) -> None:
            row.scopes = [scope for scope in row.scopes if less and scope not in less]

        return self._change("changed", user_id, change)

    def claim(self, secret: str, user_id: str) -> User:
        """Give the person what a claim promises; see :meth:`AccessTokens.create_claim`.

        :raises PermissionDenied: the claim was used before or is too old, or they are banned.
        :raises NotFound: no such user.
        """
        user = self._known(user_id)
        if user.disabled_at is not None:
            raise PermissionDenied("a banned user cannot use this link")
        return self.promote(user_id, *self.tokens.take_claim(secret))

    def set_enabled(self, user_id: str, enabled: bool, reason: str = "") -> None:
        """Ban a user, or let them in again. A banned user's clients are disconnected.

        :raises NotFound: no such user.
        """

        def change(_session: Session, row: UserRow) -> None:
            if enabled:
                row.disabled_at, row.disabled_reason = None, ""
            elif row.disabled_at is None:
                row.disabled_at, row.disabled_reason = now(), reason

        self._change("enabled" if enabled else "disabled", user_id, change)

    def ban_ip(self, address: str) -> None:
        """Refuse chat connections from that address from now on.

        :raises InvalidInput: not an IP address.
        """
        self.ip_bans.add(address)

    # -- inside -----------------------------------------------------------------------------

    def _known(self, user_id: str) -> User:
        user = self.get(user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id!r}")
        return user

    def _change(
        self, what: Change, user_id: str, change: Callable[[Session, UserRow], None]
    ) -> User:
        with self._names, self._db.begin() as session:
            row = session.get(UserRow, user_id)
            if row is None:
                raise NotFound(f"there is no user {user_id!r}")
            before = to_user(row)
            change(session, row)
            after = to_user(row)
        if after != before:
            for listener in self._listeners:
                listener(what, before, after)
        return after


def to_user(row: UserRow) -> User:
    """A stored user as chat and plugins see it."""
    return User(
        id=row.id,
        display_name=row.name,
        display_color=row.color,
        previous_names=tuple(row.previous_names),
        created_at=rfc3339(row.created_at),
        disabled_at=None if row.disabled_at is None else rfc3339(row.disabled_at),
        scopes=tuple(row.scopes),
        is_bot=row.bot_of is not None,
        is_authenticated=bool(row.authenticated),
    )


def _new_row(session: Session, name: str, bot_of: str | None = None) -> UserRow:
    made = now()
    return UserRow(
        id=new_id(),
        name=name,
        name_key=name_key(name),
        previous_names=[],
        color=_rarest_color(session),
        scopes=[],
        bot_of=bot_of,
        authenticated=False,
        created_at=made,
        seen_at=made,
        disabled_reason="",
    )


def _free_name(session: Session, wanted: str) -> str:
    """*wanted*, or something like it, that is a name and that nobody has."""
    seen = "".join(c for c in wanted if c == " " or unicodedata.category(c)[0] not in "CZ")
    try:
        base = clean_name(seen[:MAX_NAME])
    except InvalidInput:
        base = "guest"
    for end in ("", *(f"-{secrets.token_hex(2)}" for _ in range(20)), f"-{new_id()}"):
        name = f"{base[: MAX_NAME - len(end)]}{end}"
        if end == "" and base == "guest":
            continue
        try:
            _refuse_taken(session, name)
        except Conflict:
            continue
        return name
    return f"guest-{new_id()}"


def _rarest_color(session: Session) -> int:
    """One of the colours that fewest of those who were here lately have: people who talk to each
    other should look different."""
    lately = select(UserRow.color, func.count()).where(UserRow.seen_at > now() - NAME_KEPT)
    rows = session.execute(lately.group_by(UserRow.color))
    used = {row[0]: row[1] for row in rows}
    fewest = min(used.get(color, 0) for color in range(COLORS))
    return secrets.choice([c for c in range(COLORS) if used.get(c, 0) == fewest])


def _refuse_taken(session: Session, name: str, but: str = "") -> None:
    """A name belongs to whoever has it and is a bot, has rights, or was here lately."""
    same = select(UserRow).where(UserRow.name_key == name_key(name), UserRow.id != but)
    for row in session.scalars(same):
        kept = row.scopes or row.bot_of or row.authenticated or row.disabled_at
        if kept or row.seen_at > now() - NAME_KEPT:
            raise Conflict(f"the name {name!r} is taken", field="displayName", hint="add to it")
