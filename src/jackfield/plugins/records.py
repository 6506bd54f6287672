"""What the registry keeps of each plugin, and how the database holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jackfield.plugins.approval import Decision
from jackfield.plugins.permissions import Grants
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import State
from jackfield.store.tables.kv import KvRow
from jackfield.store.tables.plugins import KeptSettingsRow, PluginRow, PluginVersionRow


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the operator had set when a version was replaced; returns with that version."""

    decision: Decision
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version.

    :ivar id: also the name of its folder.
    :ivar snapshot: ``None`` until another version took its place.
    """

    id: str
    spec: PluginSpec
    installed_at: datetime
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One installed plugin. Replaced, never changed; memory follows what was stored.

    :ivar versions: newest first; always holds :attr:`current` and :attr:`pending`.
    :ivar ever_enabled: whether it was enabled at any time since it was installed.
    :ivar failures: when it crashed lately, as Unix seconds.
    """

    slug: str
    dialect: str
    installed_at: datetime
    current: str
    versions: tuple[Version, ...]
    pending: str | None = None
    enabled: bool = False
    ever_enabled: bool = False
    state: State = "disabled"
    reason: str = ""
    last_error: str = ""
    decision: Decision = field(default_factory=Decision)
    settings: dict[str, Any] = field(default_factory=dict)
    failures: tuple[float, ...] = ()

    def version(self, version_id: str) -> Version:
        """The kept version of that id."""
        return next(v for v in self.versions if v.id == version_id)

    @property
    def spec(self) -> PluginSpec:
        """Of the version that runs, or would."""
        return self.version(self.current).spec

    @property
    def next(self) -> Version:
        """The version that enabling starts: one that waits for approval, or the current one."""
        return self.version(self.pending or self.current)


def load(session: Session) -> list[Record]:
    """Every installed plugin."""
    versions: dict[str, list[Version]] = {}
    newest_first = select(PluginVersionRow).order_by(PluginVersionRow.installed_at.desc())
    for row in session.scalars(newest_first):
        versions.setdefault(row.slug, []).append(_version(row))
    return [_record(row, versions[row.slug]) for row in session.scalars(select(PluginRow))]


def save(session: Session, record: Record, before: Record | None = None) -> None:
    """Store a record in place of *before*."""
    values: dict[str, Any] = {
        "slug": record.slug,
        "dialect": record.dialect,
        "enabled": record.enabled,
        "ever_enabled": record.ever_enabled,
        "state": record.state,
        "reason": record.reason,
        "last_error": record.last_error,
        "current": record.current,
        "pending": record.pending,
        "granted": list(record.decision.granted.texts()),
        "refused": list(record.decision.refused.texts()),
        "settings": record.settings,
        "failures": list(record.failures),
        "installed_at": record.installed_at,
    }
    session.merge(PluginRow(**values))
    if before is not None and before.versions == record.versions:
        return
    session.flush()
    for version in record.versions:
        session.merge(_version_row(record.slug, version))
    kept = [version.id for version in record.versions]
    session.execute(
        delete(PluginVersionRow).where(
            PluginVersionRow.slug == record.slug, PluginVersionRow.id.not_in(kept)
        )
    )


def remove(session: Session, record: Record, *, keep_data: bool, now: datetime) -> None:
    """Forget a plugin. Its values and settings stay when *keep_data*, for a later install."""
    session.execute(delete(PluginVersionRow).where(PluginVersionRow.slug == record.slug))
    session.execute(delete(PluginRow).where(PluginRow.slug == record.slug))
    if keep_data:
        kept = KeptSettingsRow(
            slug=record.slug, dialect=record.dialect, settings=record.settings, uninstalled_at=now
        )
        session.merge(kept)
    else:
        forget_kept(session, record.slug)


def kept(session: Session) -> dict[str, tuple[str, dict[str, Any]]]:
    """Uninstalled plugins whose data is kept: slug → dialect, settings."""
    return {
        row.slug: (row.dialect, row.settings) for row in session.scalars(select(KeptSettingsRow))
    }


def take_kept(session: Session, slug: str) -> None:
    """The kept data belongs to an installed plugin again."""
    session.execute(delete(KeptSettingsRow).where(KeptSettingsRow.slug == slug))


def forget_kept(session: Session, slug: str) -> None:
    """Delete what a plugin stored in the database."""
    take_kept(session, slug)
    session.execute(delete(KvRow).where(KvRow.slug == slug))


def _record(row: PluginRow, versions: list[Version]) -> Record:
    return Record(
        slug=row.slug,
        dialect=row.dialect,
        installed_at=row.installed_at,
        current=row.current,
        versions=tuple(versions),
        pending=row.pending,
        enabled=row.enabled,
        ever_enabled=row.ever_enabled,
        state=cast(State, row.state),
        reason=row.reason,
        last_error=row.last_error,
        decision=_decision(row.granted, row.refused),
        settings=row.settings,
        failures=tuple(row.failures),
    )


def _version(row: PluginVersionRow) -> Version:
    snapshot = None
    if row.granted is not None and row.refused is not None and row.settings is not None:
        snapshot = Snapshot(_decision(row.granted, row.refused), row.settings)
    return Version(row.id, _spec(row), row.installed_at, snapshot)


def _spec(row: PluginVersionRow) -> PluginSpec:
    try:
        return msgspec.convert(row.spec, PluginSpec)
    except msgspec.ValidationError:
        # Stored by a version of Jackfield whose specs were other; it is read anew at its start.
        dialect = str(row.spec.get("dialect", ""))
        return PluginSpec(dialect, row.slug, row.slug, row.version)


def _version_row(slug: str, version: Version) -> PluginVersionRow:
    values: dict[str, Any] = {
        "id": version.id,
        "slug": slug,
        "version": version.spec.version,
        "spec": spec_to_json(version.spec),
        "installed_at": version.installed_at,
        "granted": None,
        "refused": None,
        "settings": None,
    }
    if (snapshot := version.snapshot) is not None:
        values["granted"] = list(snapshot.decision.granted.texts())
        values["refused"] = list(snapshot.decision.refused.texts())
        values["settings"] = snapshot.settings
    return PluginVersionRow(**values)


def spec_to_json(spec: PluginSpec) -> dict[str, Any]:
    """A spec as plain JSON; :func:`msgspec.convert` reads it back."""
    # ``details`` may be any mapping, of which msgspec knows only dict.
    found: dict[str, Any] = msgspec.to_builtins(spec, enc_hook=dict)
    return found


def _decision(granted: list[str], refused: list[str]) -> Decision:
    return Decision(Grants.parse(granted), Grants.parse(refused))
