"""Messages in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jackfield.config import ChatSettings
from jackfield.errors import NotFound
from jackfield.services.accounts import to_user
from jackfield.services.chat import ChatMessage
from jackfield.services.chat_frames import Person, Shown
from jackfield.services.chat_text import render
from jackfield.services.timestamps import now, rfc3339
from jackfield.services.users import User
from jackfield.store import Database
from jackfield.store.tables.chat import MessageRow
from jackfield.store.tables.people import UserRow

Rows = Select[MessageRow, UserRow | None]

PRUNE_EVERY = 200
"""Messages between two looks at whether there are too many."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the chat, oldest first.

    :param more: whether there are older ones.
    :param gap: whether some between the asked-for start and these were left out.
    """

    messages: list[Shown]
    more: bool
    gap: bool = False


class ChatStore:
    """Keeps messages and finds them again. Thread-safe.

    A message that :meth:`add` returned survives a crash and a power cut. The oldest go once there
    are more than *keep*, a batch at a time.
    """

    def __init__(self, db: Database, keep: int = ChatSettings().kept_messages) -> None:
        self._db = db
        self._keep = keep

    def add(
        self,
        kind: str,
        user: User | None,
        body: str,
        *,
        message_id: str,
        nonce: str | None = None,
        source: str = "",
    ) -> tuple[Shown, bool]:
        """Store a message.

        Returns it, and whether it is new: a message of that user with that nonce may be there
        already, and is then returned as it is stored.
        """
        row = MessageRow(
            id=message_id,
            user_id=None if user is None else user.id,
            kind=kind,
            body=body,
            nonce=nonce or None,
            source=source,
            created_at=now(),
        )
        try:
            with self._db.begin() as session:
                session.add(row)
                session.flush()
                if row.seq % PRUNE_EVERY == 0:
                    self._prune(session)
                return _shown(row, None if user is None else Person.of(user)), True
        except IntegrityError:
            if user is not None and nonce and (known := self.by_nonce(user.id, nonce)) is not None:
                return known, False
            raise

    def _prune(self, session: Session) -> None:
        """Delete the oldest of what is too much; more than was added since the last time, so that
        a chat from before the bound shrinks bit by bit and no message waits long."""
        seq = MessageRow.seq
        last = session.scalar(select(seq).order_by(seq.desc()).offset(self._keep).limit(1))
        if last is not None:
            oldest = select(seq).where(seq <= last).order_by(seq).limit(10 * PRUNE_EVERY)
            session.execute(delete(MessageRow).where(seq.in_(oldest)))

    def by_nonce(self, user_id: str, nonce: str) -> Shown | None:
        """The user's message with that nonce, or ``None``."""
        found = _rows().where(MessageRow.user_id == user_id, MessageRow.nonce == nonce)
        return self._one(found)

    def get(self, message_id: str) -> Shown:
        """One message, hidden or not.

        :raises NotFound: no such message.
        """
        if (shown := self._one(_rows().where(MessageRow.id == message_id))) is None:
            raise NotFound(f"there is no message {message_id!r}")
        return shown

    # -- stretches --------------------------------------------------------------------------

    def newest(self, limit: int, *, hidden: bool = False, before: int | None = None) -> Window:
        """The newest *limit* messages (below *before*)."""
        rows = _rows() if hidden else _rows().where(MessageRow.hidden_at.is_(None))
        if before is not None:
            rows = rows.where(MessageRow.seq < before)
        found = self._many(rows.order_by(MessageRow.seq.desc()).limit(limit + 1))
        return Window(found[:limit][::-1], more=len(found) > limit)

    def after(self, seq: int, limit: int, *, hidden: bool = False) -> Window:
        """Everything after *seq*; when that is above *limit*, the newest of it and a gap."""
        window = self.newest(limit + 1, hidden=hidden)
        missed = [message for message in window.messages if message.seq > seq]
        if len(missed) > limit:
            return Window(missed[1:], more=True, gap=True)
        return Window(missed, more=True)

    def recently_hidden(self, limit: int = 200) -> list[str]:
        """Ids of the newest messages that are out of view."""
        rows = select(MessageRow.id).where(MessageRow.hidden_at.is_not(None))
        with self._db.read() as session:
            return list(session.scalars(rows.order_by(MessageRow.seq.desc()).limit(limit)))

    def for_plugins(self, limit: int) -> list[ChatMessage]:
        """The newest *limit* visible messages of people and bots, oldest first."""
        rows = _rows().where(MessageRow.hidden_at.is_(None), MessageRow.kind != "system")
        with self._db.read() as session:
            found = session.execute(rows.order_by(MessageRow.seq.desc()).limit(limit)).all()
            return [
                ChatMessage(
                    id=row.id,
                    user=None if user is None else to_user(user),
                    body=row.body,
                    timestamp=rfc3339(row.created_at),
                )
                for row, user in reversed(found)
            ]

    # -- out of view ------------------------------------------------------------------------

    def set_visible(self, message_id: str, visible: bool, by: str | None = None) -> bool:
        """Hide a message or bring it back. Returns whether that changed anything.

        :raises NotFound: no such message.
        """
        changed = self._set_visible([message_id], visible, by)
        if not changed:
            self.get(message_id)
        return bool(changed)

    def hide_all_of(self, user_id: str, by: str | None = None) -> list[str]:
        """Hide everything that a user said. Returns the ids, newest first."""
        mine = select(MessageRow.id).where(
            MessageRow.user_id == user_id, MessageRow.hidden_at.is_(None)
        )
        with self._db.read() as session:
            ids = list(session.scalars(mine.order_by(MessageRow.seq.desc())))
        for start in range(0, len(ids), 500):
            self._set_visible(ids[start : start + 500], visible=False, by=by)
        return ids

    def _set_visible(self, ids: Iterable[str], visible: bool, by: str | None) -> list[str]:
        rows = update(MessageRow).where(MessageRow.id.in_(list(ids)))
        if visible:
            rows = rows.where(MessageRow.hidden_at.is_not(None))
            rows = rows.values(hidden_at=None, hidden_by=None)
        else:
            rows = rows.where(MessageRow.hidden_at.is_(None))
            rows = rows.values(hidden_at=now(), hidden_by=by)
        with self._db.begin() as session:
            return list(session.scalars(rows.returning(MessageRow.id)))

    # -- inside -----------------------------------------------------------------------------

    def _one(self, rows: Rows) -> Shown | None:
        found = self._many(rows)
        return found[0] if found else None

    def _many(self, rows: Rows) -> list[Shown]:
        with self._db.read() as session:
            return [
                _shown(row, None if user is None else Person.of(to_user(user)))
                for row, user in session.execute(rows)
            ]


def _rows() -> Rows:
    rows = select(MessageRow, UserRow).outerjoin(UserRow, MessageRow.user_id == UserRow.id)
    return cast(Rows, rows)


def _shown(row: MessageRow, person: Person | None) -> Shown:
    system = row.kind == "system"
    return Shown(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        user=person,
        body="" if system else row.body,
        html=row.body if system else render(row.body),
        timestamp=rfc3339(row.created_at),
        source=row.source,
        hidden=row.hidden_at is not None,
    )
