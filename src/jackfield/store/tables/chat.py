"""What was said in the chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jackfield.store.tables.base import Base, UtcDateTime


class MessageRow(Base):
    """One message that was shown.

    :ivar seq: its place in the order that everybody sees.
    :ivar kind: ``message``, ``action`` or ``system``.
    :ivar body: as the sender wrote it; HTML where *kind* is ``system``.
    :ivar nonce: the sender's own mark, by which a message that is sent again is recognised.
    :ivar source: slug of the plugin that posted it; empty for people.
    :ivar hidden_at: when a moderator took it out of view.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("user_id", "nonce"),
        Index(None, "hidden_at"),
        {"sqlite_autoincrement": True},  # a number is never given twice, even after a deletion
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_by: Mapped[str | None] = mapped_column(String(64))
