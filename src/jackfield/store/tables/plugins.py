"""Installed plugins and the versions of them that are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jackfield.store.tables.base import Base, UtcDateTime


class PluginRow(Base):
    """One installed plugin.

    :ivar enabled: what the operator wants, whatever the state is.
    :ivar ever_enabled: whether it was enabled at any time since it was installed.
    :ivar current: id of the version that runs, or would.
    :ivar pending: id of an update that waits for approval.
    :ivar granted: written forms of the permissions that the operator granted.
    :ivar refused: written forms of those that the operator was asked for and left out.
    :ivar failures: when it crashed lately, as Unix seconds.
    """

    __tablename__ = "plugins"

    slug: Mapped[str] = mapped_column(String(128), primary_key=True)
    dialect: Mapped[str] = mapped_column(String(64))
    enabled: Mapped[bool] = mapped_column(default=False)
    ever_enabled: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
    current: Mapped[str] = mapped_column(String(64))
    pending: Mapped[str | None] = mapped_column(String(64))
    granted: Mapped[list[str]] = mapped_column(JSON)
    refused: Mapped[list[str]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    failures: Mapped[list[float]] = mapped_column(JSON)
    installed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PluginVersionRow(Base):
    """One kept version of a plugin.

    :ivar id: also the name of its folder, below the plugin's own.
    :ivar spec: the manifest as it was read; plain JSON.
    :ivar granted: the permissions at the moment another version took its place; ``None`` before.
    :ivar refused: likewise.
    :ivar settings: likewise.
    """

    __tablename__ = "plugin_versions"
    __table_args__ = (Index(None, "slug", "installed_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("plugins.slug", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(Text)
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    granted: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    refused: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    installed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeptSettingsRow(Base):
    """Settings of an uninstalled plugin whose data was kept; a new install finds them again."""

    __tablename__ = "kept_settings"

    slug: Mapped[str] = mapped_column(String(128), primary_key=True)
    dialect: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    uninstalled_at: Mapped[datetime] = mapped_column(UtcDateTime)
