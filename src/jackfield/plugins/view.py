"""From what is stored of a plugin to what an operator sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jackfield.plugins.dialect import Dialect
from jackfield.plugins.records import Record
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import PluginState


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One kept version, as an operator sees it.

    :ivar id: tells apart two builds to which their author gave one version.
    :ivar pending: whether it waits for approval.
    """

    id: str
    version: str
    installed_at: str
    current: bool = False
    pending: bool = False


def view(record: Record, dialect: Dialect | None, *, host_started: bool) -> PluginState:
    """The plugin at this moment.

    :param dialect: ``None`` when it is not installed.
    """
    spec, asking = record.spec, record.next.spec
    known: Mapping[str, Any] = {} if dialect is None else dialect.permissions
    missing = tuple(str(p) for p in record.decision.within(asking).undecided(asking, known))
    return PluginState(
        slug=record.slug,
        dialect=record.dialect,
        name=spec.name,
        version=spec.version,
        description=spec.description,
        author=spec.author,
        homepage=spec.homepage,
        category=spec.category,
        state=record.state,
        reason=_reason(record, dialect, missing, host_started=host_started),
        enabled=record.enabled,
        permissions=tuple(map(str, asking.permissions)),
        granted=record.decision.granted.texts(),
        refused=record.decision.refused.texts(),
        missing=missing,
        warnings=warnings(spec, dialect),
        installed_at=timestamp(record.installed_at),
        versions=tuple(version.spec.version for version in record.versions),
        pending_version=asking.version if record.pending is not None else None,
        settings_count=sum(field.type != "info" for field in spec.settings),
        has_icon=spec.icon is not None,
        has_instructions=spec.instructions is not None,
        last_error=record.last_error,
    )


def _reason(
    record: Record, dialect: Dialect | None, missing: tuple[str, ...], *, host_started: bool
) -> str:
    if dialect is None:
        return f"incompatible: dialect {record.dialect!r} is not installed"
    if record.pending is not None:
        waiting = record.next.spec.version
        return (
            f"needs approval: version {waiting} asks for {', '.join(missing)}; "
            f"version {record.spec.version} stays until then"
        )
    if missing and record.state == "disabled":
        return f"needs approval: {', '.join(missing)}"
    if record.state == "disabled" and record.enabled and not record.reason:
        return "" if host_started else "starts with the host"
    return record.reason


def warnings(spec: PluginSpec, dialect: Dialect | None) -> tuple[str, ...]:
    """What an operator should know before granting anything."""
    if dialect is None:
        return spec.warnings
    unknown = [p.name for p in spec.permissions if p.name not in dialect.permissions]
    return spec.warnings + tuple(
        f"asks for {name!r}, which dialect {spec.dialect!r} does not know; it cannot be granted"
        for name in unknown
    )


def version_infos(record: Record) -> list[VersionInfo]:
    """The kept versions, newest first."""
    return [
        VersionInfo(
            v.id,
            v.spec.version,
            timestamp(v.installed_at),
            current=v.id == record.current,
            pending=v.id == record.pending,
        )
        for v in record.versions
    ]


def timestamp(moment: datetime) -> str:
    """A moment as text: ``2026-11-20T18:30:00Z``."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def timestamp_of(seconds: float) -> str:
    """Unix seconds as text, like :func:`timestamp`."""
    return timestamp(datetime.fromtimestamp(seconds, UTC))
