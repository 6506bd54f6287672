"""The installed plugins: which there are, what the operator decided, and which run.

Every change of a plugin's state goes through one method here, is stored before anybody is told,
and leaves something that a restart can continue from, wherever the process is killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from jackfield.config import Config
from jackfield.errors import Conflict
from jackfield.plugins.action_runs import ActionRuns
from jackfield.plugins.approval import Answer
from jackfield.plugins.arrivals import Arrivals
from jackfield.plugins.boot import Boot
from jackfield.plugins.catalogue import Catalogue
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.installing import check_same, opened
from jackfield.plugins.jobs import Job
from jackfield.plugins.keeper import Entry
from jackfield.plugins.kept_data import KeptData
from jackfield.plugins.locks import SlugLocks
from jackfield.plugins.misbehaviour import Misbehaviour
from jackfield.plugins.records import Version
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.starting import Attaching, Starter
from jackfield.plugins.startup import StartupMarker
from jackfield.plugins.states import Change, PluginState
from jackfield.plugins.steps import reached
from jackfield.plugins.stored_settings import StoredSettings
from jackfield.plugins.switching import Switcher, decision_for, earlier_version
from jackfield.plugins.view import VersionInfo
from jackfield.store import Database, DataDir

__all__ = ["Change", "PluginState", "Registry", "VersionInfo"]


class Registry(Catalogue):
    """See the module. Thread-safe; operations on one plugin wait for each other.

    :param db: holds what the operator decided.
    :param data: holds the plugins' files.
    """

    def __init__(
        self,
        db: Database,
        data: DataDir,
        dialects: Mapping[str, Dialect],
        services: ServiceTable,
        dispatcher: Attaching,
        config: Config,
    ) -> None:
        super().__init__(db, data, dialects, config.log_level)
        self._config = config
        self._starter = Starter(
            self._keeper, self._installer, data, self._dialects, services, dispatcher
        )
        self._switcher = Switcher(
            self._keeper, self._starter, self._installer, config.kept_versions
        )
        self._locks = SlugLocks()
        marker = StartupMarker(data.path / "starting")
        self._boot = Boot(self._keeper, self._starter, self._locks, marker)
        self._kept_data = KeptData(db, data, self._installer, self._keeper)
        self._arrivals = Arrivals(db, self._installer, self._keeper, self._kept_data)
        self._settings = StoredSettings(self._keeper)
        self._misbehaviour = Misbehaviour(self._keeper, self._starter)
        self._actions = ActionRuns(self._keeper, services, dispatcher)
        self._keeper.load()
        self._installer.sweep(self._keeper.needs)

    def _started(self) -> bool:
        return self._boot.started

    def _operation(self, slug: str, doing: str) -> AbstractContextManager[None]:
        return self._locks.hold(slug, doing)

    # -- install, update, rollback, uninstall ---------------------------------------------------

    def inspect(self, source: Path, *, dialect: str | None = None) -> PluginSpec:
        """What an archive or folder would install, without installing it.

        :raises JackfieldError: as :meth:`install`.
        """
        with opened(source, self._dialects, dialect) as found:
            return found.spec

    def install(self, source: Path, *, dialect: str | None = None) -> PluginState:
        """Install a plugin from an archive or folder. It ends disabled; none of its code runs.

        :param dialect: read it as one of that dialect; otherwise the one that recognises it.
        :raises ArchiveError: the archive is damaged, oversized or hostile.
        :raises ManifestError: its dialect refuses it.
        :raises Conflict: its slug is taken.
        :raises SurroundingsError: the disk is full or cannot be written. Nothing is left then.
        """
        with opened(source, self._dialects, dialect) as found:
            slug = found.spec.slug
            with self._operation(slug, "being installed"):
                self._arrivals.bring(found)
                if source.parent.absolute() == self._data.plugins and source.is_file():
                    source.unlink()  # a dropped file, which would wait for ever
                return self.get(slug)

    def adopt(self, folder: Path, *, dialect: str, enable: bool = True) -> PluginState:
        """Take a plugin of an existing installation where it lies.

        Its files stay where they are: they are read anew at each start, and uninstalling leaves
        them. A plugin that was adopted before is left as the operator left it.

        :param enable: it ran there already, so it runs here, granted what it asks for.
        :raises JackfieldError: as :meth:`install` and :meth:`enable`.
        """
        with opened(folder, self._dialects, dialect) as found:
            slug = found.spec.slug
            with self._operation(slug, "being adopted"):
                if self._arrivals.adopted(slug, folder):
                    return self.get(slug)
                self._arrivals.bring(found, in_place=folder)
        return self.enable(slug, "all") if enable else self.get(slug)

    def update(self, slug: str, source: Path) -> PluginState:
        """Bring in another version of an installed plugin; the one before is kept.

        A running plugin is swapped at once, unless the new version asks for more than the
        operator has answered for: then it is stored, the old one keeps running, and
        :meth:`enable` with a grant swaps it. When the new version fails to start, the old one
        runs again, with :attr:`PluginState.last_error` saying why.

        :raises NotFound: it is not installed.
        :raises InvalidInput: *source* is another plugin.
        :raises Conflict: *source* is of another dialect.
        :raises SurroundingsError: the disk is full or cannot be written; the old version stays.
        """
        dialect = self._starter.dialect(self._keeper.get(slug))
        with opened(source, self._dialects, dialect.name) as found:
            check_same(found.spec, slug, dialect.name)
            with self._operation(slug, "being updated"):
                entry = self._keeper.get(slug)
                version = self._switcher.bring(entry, found)
                self._take(entry, version, "updated")
                return self.get(slug)

    def _take(self, entry: Entry, version: Version | None, what: str) -> None:
        """Make a kept version the current one, or with ``None`` give up the one that waits."""
        failed = entry.record.state == "failed"
        if version is None:
            self._keeper.store(entry, pending=None)
        else:
            self._switcher.take(entry, version)
        self._keeper.tell(entry.record.slug, what)
        if version is not None and failed and self._boot.started and entry.record.pending is None:
            self._starter.start(entry)  # this version may be the repair
        self._switcher.prune(entry)

    def rollback(self, slug: str, version: str | None = None) -> PluginState:
        """Return to a kept version, with the settings and grants that it had.

        One that asks for something that nobody has answered for waits like an update does.

        :param version: as its author wrote it, or its id; ``None`` takes back the last update:
            one that still waits for approval, or else the version before the current one.
        :raises NotFound: no such version is kept.
        """
        with self._operation(slug, "being rolled back"):
            entry = self._keeper.get(slug)
            waits = version is None and entry.record.pending is not None
            other = None if waits else earlier_version(entry.record, version)
            self._take(entry, other, "rolled_back")
            return self.get(slug)

    def uninstall(self, slug: str, keep_data: bool = True) -> None:
        """Stop a plugin and remove it with all its versions.

        :param keep_data: leave what it stored, and its settings, for a later install.
        A dropped file is deleted.

        :raises NotFound: it is not installed.
        """
        with self._operation(slug, "being uninstalled"):
            if slug not in self._keeper.entries and (found := self._drops.found().get(slug)):
                found.path.unlink(missing_ok=True)
                return
            entry = self._keeper.get(slug)
            if entry.running is not None:
                self._starter.halt(entry, "it is uninstalled")
                self._keeper.move(entry, "disabled")
            self._kept_data.leave(entry.record, keep_data=keep_data)
            self._keeper.drop(slug)
            self._keeper.tell(slug, "uninstalled")

    def kept_data(self) -> dict[str, str]:
        """Slugs of uninstalled plugins whose data is kept, with their dialect."""
        return self._kept_data.owners()

    def delete_kept_data(self, slug: str) -> None:
        """Delete what an uninstalled plugin left.

        :raises NotFound: nothing is kept under that slug.
        """
        with self._operation(slug, "being cleaned up"):
            self._kept_data.delete(slug)

    # -- enable, disable, reload, suspend -------------------------------------------------------

    def enable(self, slug: str, grant: Answer = None) -> PluginState:
        """Let a plugin run, now if the host is started, and with every start of the host.

        A dropped file is installed first.

        :param grant: written forms or bare names of what is granted, the rest being left out;
            ``all`` for everything; ``None`` when it was answered before.
        :raises ApprovalNeeded: it asks for something that was never answered.
        :raises InvalidInput: *grant* names what the plugin does not ask for.
        :raises Conflict: its dialect is not installed.
        """
        if slug not in self._keeper.entries and (found := self._drops.found().get(slug)):
            self.install(found.path)
        with self._operation(slug, "being started"):
            entry = self._keeper.get(slug)
            self._starter.dialect(entry)
            record, version = entry.record, entry.record.next
            decision = decision_for(record, version).answered(
                version.spec, self._starter.known(entry), grant
            )
            decision.require(version.spec, self._starter.known(entry))
            was_running = entry.running is not None
            if record.pending is not None or decision != record.decision or not was_running:
                fresh: dict[str, Any] = {
                    "enabled": True,
                    "ever_enabled": True,
                    "state": record.state if was_running else "disabled",
                    "reason": "",
                    "last_error": "",
                    "failures": (),
                }
                self._switcher.switch(entry, version, decision, **fresh)
                reached("enable.stored")
                if not was_running and self._boot.started:
                    self._starter.start(entry)
                self._keeper.tell(slug, "state")
                self._switcher.prune(entry)
            return self.get(slug)

    def disable(self, slug: str) -> PluginState:
        """Stop a plugin for good. After this no code of it runs.

        :raises SurroundingsError: it is stopped, but that could not be stored, so it would start
            with the host again.
        """
        with self._operation(slug, "being stopped"):
            entry = self._keeper.get(slug)
            self._starter.halt(entry, "it is disabled")
            self._keeper.store(entry, follow=True, state="disabled", enabled=False, reason="")
            reached("stop.stored")
            self._keeper.tell(slug, "state")
            return self.get(slug)

    def reload(self, slug: str) -> PluginState:
        """Stop a plugin and start it again from its files.

        :raises Conflict: it is not enabled, or the host is not started.
        """
        with self._operation(slug, "being reloaded"):
            entry = self._keeper.get(slug)
            self._starter.dialect(entry)
            if not entry.record.enabled:
                raise Conflict("is not enabled", plugin=slug, hint="enable it")
            if not self._boot.started:
                raise Conflict("cannot be reloaded: the host is not started", plugin=slug)
            entry.record.decision.require(entry.record.spec, self._starter.known(entry))
            self._starter.halt(entry, "it is reloaded")
            self._starter.start(entry)
            return self.get(slug)

    def suspend(self, slug: str, reason: str) -> None:
        """Stop a plugin that misbehaves, until the operator enables it again.

        One that does not run any more is left as it is. Not to be called from a call into the
        plugin, because it waits for the end of those.
        """
        with self._operation(slug, "being suspended"):
            entry = self._keeper.entries.get(slug)
            if entry is not None and entry.running is not None:
                self._misbehaviour.suspend(entry, reason)

    def note_crash(self, slug: str, error: str) -> bool:
        """Remember that a plugin crashed, over restarts too. Returns whether it is suspended now,
        as three within an hour make it. As for :meth:`suspend`, not from a call into it.
        """
        with self._operation(slug, "being suspended"):
            entry = self._keeper.entries.get(slug)
            return entry is not None and self._misbehaviour.note_crash(entry, error)

    # -- the host's start and stop --------------------------------------------------------------

    @property
    def safe_mode(self) -> bool:
        """Whether no plugin was started with the host."""
        return self._boot.safe_mode

    @property
    def suspect(self) -> str | None:
        """Slug of the plugin at which the last start-up ended, if it did not finish."""
        return self._boot.suspect

    def start(self) -> None:
        """Start the enabled plugins, one after the other; those that fail are left failed.

        When the last start-up did not finish, none is started (safe mode), and the plugin it was
        at is suspended.
        """
        self._boot.start(self._config.safe_mode, self._misbehaviour.suspend)

    def wait_started(self, timeout: float) -> bool:
        """Wait while :meth:`start` goes through the plugins; at once when it does not.

        :param timeout: seconds.
        :returns: whether it is through.
        """
        return self._boot.wait(timeout)

    def leave_safe_mode(self) -> None:
        """Start the enabled plugins after all."""
        self._boot.leave_safe_mode()

    def stop(self) -> None:
        """Stop every plugin. What is enabled starts with the next :meth:`start`."""
        self._boot.stop()

    # -- settings and actions -------------------------------------------------------------------

    def settings(self, slug: str) -> dict[str, Any]:
        """The values of its settings, by field; a secret is only said to be set or not.

        :raises NotFound: it is not installed.
        """
        return self._settings.public(slug)

    def set_settings(
        self, slug: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> dict[str, Any]:
        """Store settings; the plugin reads them the next time it asks.

        :param values: those not named keep their value, ``None`` returns one to its default, and
            a secret as :meth:`settings` shows it stays as it is.
        :param replace: those not named lose their value.
        :returns: as :meth:`settings`.
        :raises InvalidInput: an unknown field or a value of the wrong type; nothing is stored.
        """
        with self._operation(slug, "being set"):
            self._settings.set(slug, values, replace=replace)
            return self.settings(slug)

    def stored_settings(self, slug: str) -> dict[str, Any]:
        """What is stored of its settings, without defaults; secrets too, so never to be shown.

        :raises NotFound: it is not installed.
        """
        return self._settings.stored(slug)

    def keep_settings(self, slug: str, values: Mapping[str, Any]) -> None:
        """Store all values as a running plugin set them itself, unchecked. Waits for no other
        operation; observers hear of it if anything changed.

        :raises NotFound: it is not installed.
        """
        self._settings.keep(slug, values)

    def learn(self, slug: str, spec: PluginSpec) -> None:
        """Take what a running (or starting) plugin says of itself in place of what its files say.

        Its slug, dialect and permissions stay as they were read. Waits for no other operation.

        :raises NotFound: it is not installed.
        :raises ManifestError: it says what cannot be stored; nothing of it is taken.
        """
        self._settings.learn(slug, spec)

    def ever_enabled(self, slug: str) -> bool:
        """Whether it was enabled at any time since it was installed.

        :raises NotFound: it is not installed.
        """
        return self._keeper.get(slug).record.ever_enabled

    def run_action(self, slug: str, action: str, params: Mapping[str, Any] | None = None) -> Any:
        """Run an action in the caller's thread, as a job. Whether it is declared is for its
        dialect to judge.

        :returns: what the plugin returned: plain JSON.
        :raises NotFound: it is not installed.
        :raises Conflict: it does not run.
        :raises PluginFailure: what the plugin's code did wrong.
        :raises JobCancelled: somebody cancelled the job, and it ended because of that.
        """
        return self._actions.run(slug, action, params or {})

    def start_action(self, slug: str, action: str, params: Mapping[str, Any] | None = None) -> Job:
        """As :meth:`run_action`, in a thread of its own; returns the job at once."""
        return self._actions.start(slug, action, params or {})
