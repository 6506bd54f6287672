"""People and bots, the secrets that stand for them, and the addresses that may not connect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jackfield.store.tables.base import Base, UtcDateTime


class UserRow(Base):
    """One person or bot.

    :ivar name_key: the name as it is compared; see ``services.names.name_key``.
    :ivar bot_of: slug of the plugin whose identity this is; ``None`` for people.
    :ivar authenticated: an identity provider vouched for them.
    :ivar seen_at: when they last came or went.
    """

    __tablename__ = "users"
    __table_args__ = (Index(None, "name_key"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    previous_names: Mapped[list[str]] = mapped_column(JSON)
    color: Mapped[int]
    scopes: Mapped[list[str]] = mapped_column(JSON)
    bot_of: Mapped[str | None] = mapped_column(String(128), unique=True)
    authenticated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_reason: Mapped[str] = mapped_column(Text, default="")


class TokenRow(Base):
    """One secret, of which only the digest is kept.

    :ivar kind: ``user`` (a person's own), ``api`` (a program's) or ``claim`` (gives its scopes,
        once, to the person who presents it).
    :ivar scopes: what an ``api`` or ``claim`` token allows; a person's come from the person.
    """

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(Text, default="")
    scopes: Mapped[list[str]] = mapped_column(JSON)
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IpBanRow(Base):
    """One network that may not connect: a single IPv4 address, or the /64 of an IPv6 address."""

    __tablename__ = "ip_bans"

    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
