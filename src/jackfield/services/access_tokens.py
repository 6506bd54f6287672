"""Secrets by which people, programs and a first operator prove who they are."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, select

from jackfield.errors import InvalidInput, NotFound, PermissionDenied
from jackfield.services.timestamps import now, rfc3339
from jackfield.services.tokens import new_id, new_token, token_digest
from jackfield.services.users import ADMIN, MODERATOR
from jackfield.store import Database
from jackfield.store.tables.people import TokenRow

SCOPES = (ADMIN, MODERATOR)
"""Every scope that a token or a person can have."""


class TokenInfo(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """What is known of a token; the secret itself is not.

    :param expires_at: RFC 3339, or ``None`` for never.
    """

    id: str
    name: str
    scopes: tuple[str, ...] = ()
    created_at: str = ""
    expires_at: str | None = None
    user_id: str | None = None


MAX_TOKEN_NAME = 100
"""Characters of the name of a program's token."""


class AccessTokens:
    """Makes tokens, recognises them, revokes them. Thread-safe."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._passing: dict[str, TokenInfo] = {}

    # -- programs ---------------------------------------------------------------------------

    def create(
        self, name: str, scopes: tuple[str, ...] = (ADMIN,), lifetime: timedelta | None = None
    ) -> tuple[TokenInfo, str]:
        """A token for the platform API, and the secret, which is shown this once.

        :raises InvalidInput: no name, one that is too long, or an unknown scope.
        """
        if not name.strip():
            raise InvalidInput("a token needs a name that says what it is for", field="name")
        if len(name) > MAX_TOKEN_NAME:
            raise InvalidInput(
                f"the name has {len(name):,} characters, {MAX_TOKEN_NAME} is the most", field="name"
            )
        secret = new_token("jfa")
        with self._db.begin() as session:
            row = _row(secret, "api", name.strip(), check_scopes(scopes), lifetime)
            session.add(row)
            return _info(row), secret

    def create_passing(self, name: str, scopes: tuple[str, ...] = (ADMIN,)) -> str:
        """A secret that lives only as long as this process, and is stored nowhere."""
        secret = new_token("jfp")
        info = TokenInfo(id=new_id(), name=name, scopes=check_scopes(scopes))
        with self._lock:
            self._passing[token_digest(secret)] = info
        return secret

    def all(self) -> list[TokenInfo]:
        """Every stored token of a program, newest first."""
        rows = select(TokenRow).where(TokenRow.kind == "api").order_by(TokenRow.created_at.desc())
        with self._db.read() as session:
            return [_info(row) for row in session.scalars(rows)]

    def revoke(self, token_id: str) -> None:
        """Make a program's token worthless.

        :raises NotFound: no such token.
        """
        gone = delete(TokenRow).where(TokenRow.id == token_id, TokenRow.kind == "api")
        with self._db.begin() as session:
            if not session.execute(gone.returning(TokenRow.id)).all():
                raise NotFound(f"there is no token {token_id!r}")

    def find(self, secret: str) -> TokenInfo | None:
        """Whose token that is: a program's (no ``user_id``) or a person's; else ``None``."""
        digest = token_digest(secret)
        if (passing := self._passing.get(digest)) is not None:
            return passing
        with self._db.read() as session:
            row = session.scalar(
                select(TokenRow).where(TokenRow.digest == digest, TokenRow.kind != "claim")
            )
            return None if row is None or _expired(row) else _info(row)

    def get(self, token_id: str) -> TokenInfo | None:
        """The stored token of that id, a program's or a person's, as long as it is good."""
        with self._db.read() as session:
            row = session.get(TokenRow, token_id)
            return None if row is None or row.kind == "claim" or _expired(row) else _info(row)

    # -- people -----------------------------------------------------------------------------

    def create_for_user(self, user_id: str, lifetime: timedelta | None = None) -> str:
        """One more secret for that person; they can have several, one a device."""
        secret = new_token("jfu")
        with self._db.begin() as session:
            session.add(_row(secret, "user", "", (), lifetime, user_id))
        return secret

    def revoke_user(self, user_id: str) -> None:
        """Make every secret of that person worthless."""
        with self._db.begin() as session:
            session.execute(delete(TokenRow).where(TokenRow.user_id == user_id))

    # -- claims -----------------------------------------------------------------------------

    def create_claim(
        self, scopes: tuple[str, ...] = (ADMIN,), lifetime: timedelta = timedelta(days=1)
    ) -> str:
        """A secret that gives *scopes* to the first person who presents it, and works once."""
        secret = new_token("jfc")
        with self._db.begin() as session:
            session.add(_row(secret, "claim", "", check_scopes(scopes), lifetime))
        return secret

    def take_claim(self, secret: str) -> tuple[str, ...]:
        """Use a claim up. Returns the scopes that it gives.

        :raises PermissionDenied: unknown, used before, or expired.
        """
        taken = delete(TokenRow).where(
            TokenRow.digest == token_digest(secret), TokenRow.kind == "claim"
        )
        with self._db.begin() as session:
            row = session.execute(taken.returning(TokenRow.scopes, TokenRow.expires_at)).first()
        if row is None or (row.expires_at is not None and row.expires_at <= now()):
            raise PermissionDenied(
                "this link was used before, or is too old",
                hint="make a new one with 'jackfield user admin-link'",
            )
        return tuple(row.scopes)


def check_scopes(scopes: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The scopes, sorted, once each.

    :raises InvalidInput: one of them is unknown.
    """
    for scope in scopes:
        if scope not in SCOPES:
            known = ", ".join(SCOPES)
            raise InvalidInput(
                f"there is no scope {scope!r}", field="scopes", hint=f"the scopes are {known}"
            )
    return tuple(sorted(set(scopes)))


def _row(
    secret: str,
    kind: str,
    name: str,
    scopes: tuple[str, ...],
    lifetime: timedelta | None,
    user_id: str | None = None,
) -> TokenRow:
    made = now()
    return TokenRow(
        id=new_id(),
        digest=token_digest(secret),
        kind=kind,
        name=name,
        scopes=list(scopes),
        user_id=user_id,
        created_at=made,
        expires_at=None if lifetime is None else made + lifetime,
    )


def _expired(row: TokenRow) -> bool:
    return row.expires_at is not None and row.expires_at <= now()


def _info(row: TokenRow) -> TokenInfo:
    expires: datetime | None = row.expires_at
    return TokenInfo(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=rfc3339(row.created_at),
        expires_at=None if expires is None else rfc3339(expires),
        user_id=row.user_id,
    )
