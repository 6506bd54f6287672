"""From one version of a plugin to another: update, approval of an update, rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jackfield.errors import NotFound
from jackfield.plugins.approval import Decision
from jackfield.plugins.installing import Installer, Leftover, Source
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.records import Record, Snapshot, Version
from jackfield.plugins.starting import Starter
from jackfield.plugins.steps import reached


class Switcher:
    """Makes another kept version the current one. The caller holds the plugin.

    :param kept_versions: how many versions stay besides the current and the pending one.
    """

    def __init__(
        self, keeper: Keeper, starter: Starter, installer: Installer, kept_versions: int
    ) -> None:
        self._keeper = keeper
        self._starter = starter
        self._installer = installer
        self._kept_versions = kept_versions

    def bring(self, entry: Entry, source: Source) -> Version:
        """Put another version's files in place and keep it; it is not current yet."""
        with self._installer.bring_in(source) as version_id:
            version = Version(version_id, source.spec, datetime.now(UTC))
            self._keeper.store(entry, versions=(version, *entry.record.versions))
            reached("update.stored")
        return version

    def take(self, entry: Entry, version: Version) -> None:
        """Make *version* the current one; or the pending one, while the plugin is enabled and the
        version asks for something that nobody has answered for."""
        record = entry.record
        decision = decision_for(record, version)
        undecided = decision.undecided(version.spec, self._starter.known(entry))
        if record.enabled and undecided and version.id != record.current:
            self._keeper.store(entry, pending=version.id)
            self._keeper.tell(record.slug, "state")
        else:
            self.switch(entry, version, decision)

    def switch(self, entry: Entry, version: Version, decision: Decision, **also: Any) -> None:
        """Swap the current version and store *also*; a running plugin is started again.

        When the new version then fails to start, the old one takes its place again.
        """
        was_running = entry.running is not None
        with entry.guard:
            before = entry.record
            self._keeper.store(entry, **_switched(before, version, decision), **also)
        reached("switch.stored")
        if was_running:
            self._starter.halt(entry, "another version takes its place")
            self._starter.start(entry)
            if entry.record.state == "failed" and version.id != before.current:
                self._go_back(entry, before, version)

    def _go_back(self, entry: Entry, before: Record, version: Version) -> None:
        error = f"version {version.spec.version} did not start: {entry.record.last_error}"
        entry.log.error(f"back to version {before.spec.version}")
        self._keeper.store(
            entry,
            current=before.current,
            pending=None,
            decision=before.decision,
            settings=before.settings,
        )
        self._starter.start(entry)
        if entry.record.state == "running":
            self._keeper.move(entry, "running", last_error=error)
            self._keeper.tell(before.slug, "state")

    def prune(self, entry: Entry) -> None:
        """Delete the oldest versions beyond what is kept; those that never ran go first."""
        record = entry.record
        others = [v for v in record.versions if v.id not in (record.current, record.pending)]
        others.sort(key=lambda version: version.snapshot is None)
        spare = others[self._kept_versions :]
        if not spare:
            return
        gone = [
            Leftover(self._installer.place(record.slug, v.id), record.slug, v.id) for v in spare
        ]
        with self._installer.take_out(gone):
            self._keeper.store(entry, versions=tuple(v for v in record.versions if v not in spare))
            reached("prune.stored")


def decision_for(record: Record, version: Version) -> Decision:
    """What the operator has answered already that counts for *version*."""
    if version.snapshot is None or version.id == record.current:
        return record.decision.within(version.spec)
    return record.decision.restored(version.snapshot.decision, version.spec)


def earlier_version(record: Record, wanted: str | None) -> Version:
    """The version to return to: by its id or its author's name for it, or the one before.

    :raises NotFound: no such version is kept.
    """
    others = [v for v in record.versions if v.id != record.current]
    if wanted is None:
        installed_at = record.version(record.current).installed_at
        found = [v for v in others if v.installed_at < installed_at]
    else:
        found = [v for v in others if wanted in (v.id, v.spec.version)]
    if not found:
        kept = ", ".join(v.spec.version for v in others) or "none"
        what = "no earlier version" if wanted is None else f"no other version {wanted!r}"
        raise NotFound(f"{what} is kept; there are: {kept}", plugin=record.slug)
    return found[0]


def _switched(record: Record, version: Version, decision: Decision) -> dict[str, Any]:
    """What changes with the current version; the one before keeps what was set for it."""
    if version.id == record.current:
        return {"decision": decision}
    ours = Snapshot(record.decision, record.settings)
    theirs = version.snapshot
    return {
        "current": version.id,
        "pending": None,
        "decision": decision,
        "settings": record.settings if theirs is None else theirs.settings,
        "versions": tuple(
            replace(v, snapshot=ours) if v.id == record.current else v for v in record.versions
        ),
    }
