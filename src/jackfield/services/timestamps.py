"""Moments as plugins and the page see them: RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, with its zone."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """``2026-11-21T09:30:00.125Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
