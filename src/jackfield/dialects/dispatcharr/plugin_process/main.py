"""A plugin's process, from the fork to its end: confined, loaded, called, ended.

The order matters. Landlock holds for threads that are made after it, so it comes before the link;
the library is watched after our own changes and before the plugin's; the plugin is imported on the
main thread, as plugins expect that set signal handlers.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.plugin_process import exits, loading, logs, paths, threads
from jackfield.dialects.dispatcharr.plugin_process import rows as row_book
from jackfield.dialects.dispatcharr.plugin_process.holding import Holder
from jackfield.dialects.dispatcharr.plugin_process.instance import LOGGER, PluginFailed
from jackfield.dialects.dispatcharr.plugin_process.patches import Watch
from jackfield.dialects.dispatcharr.processes import here, landlock, signal_relay
from jackfield.dialects.dispatcharr.processes.link import Link

_PATCH_PAUSE_S = 0.5


def main(sock: socket.socket, config: Mapping[str, Any]) -> None:
    """Hold the plugin that *config* describes until the host hangs up.

    :param config: see :class:`~jackfield.dialects.dispatcharr.runtime.ProcessConfig`.
    """
    process = PluginProcess(config)
    process.confine()
    gone = threading.Event()
    link = Link(sock, process.handlers(), gone.set, name="host", start=False)
    here.attach(link, "plugin", of_plugin=str(config["key"]))
    process.prepare()
    link.start()
    process.load()
    gone.wait()
    os._exit(0)  # whatever threads it has left


class PluginProcess:
    """The plugin of this process, as the host asks for it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._root = Path(config["root"])
        self._settings: dict[str, Any] = dict(config.get("settings") or {})
        self._loaded = threading.Event()
        self._holder: Holder | None = None
        self._problem: PluginFailed | None = None
        self._threads: set[int] = set()
        self._ran = threading.Event()
        self._about: dict[str, Any] = {}
        self._wishes: list[list[str]] = []

    def handlers(self) -> dict[str, Any]:
        """What answers the host."""
        return {
            "started": self.started,
            "describe": self.describe,
            "run": self.run,
            "stop": self.stop,
            "settings": self.settings,
            "rows": self.rows,
            "task.run": self.task_run,
            "task.interrupt": self.task_interrupt,
            "signal.receive": self.signal,
            **signal_relay.handlers(),
        }

    # -- before the plugin's code ---------------------------------------------------------------

    def confine(self) -> None:
        """Keep this process, and what it will start, to its folders."""
        self._temporary = Path(self._config["temporary"])
        self._temporary.mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = str(self._temporary)
        tempfile.tempdir = None
        os.chdir(self._config["home"])
        places = self._config.get("confine")
        if places:
            landlock.confine(
                readable=[Path(one) for one in places["readable"]],
                writable=[Path(one) for one in places["writable"]],
            )

    def prepare(self) -> None:
        """Have logs, paths and endings go through our hands."""
        logs.install(lambda level, text: here.tell("log", level=level, text=text))
        paths.install(Path(self._config["home"]))
        os.environ.update(django_setup.subprocess_variables())
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        threads.install(self._root.resolve())
        # An author saves twice in a second: compiled code would be taken for that of the new text.
        sys.dont_write_bytecode = True
        exits.install(
            self._root, lambda status, spot: here.tell("exiting", status=status, spot=spot)
        )

    def load(self) -> None:
        """Import the plugin; what goes wrong is the answer to :meth:`started`."""
        source = loading.Source(
            root=self._root,
            module=str(self._config["module"]),
            names=tuple(self._config.get("names") or ()),
            plugins=Path(self._config["plugins"]) if self._config.get("plugins") else None,
            site=Path(self._config["site"]) if self._config.get("site") else None,
            require_run=bool(self._config.get("require_run", True)),
        )
        try:
            django_setup.migrate()
            row_book.bring(self._config.get("rows") or [])
            self._threads = {t.ident for t in threading.enumerate() if t.ident is not None}
            watch = Watch(self._root)
            loaded = loading.load(source)
            self._holder = Holder(
                loaded,
                self._root,
                str(self._config["key"]),
                fields=self._config.get("fields"),
                actions=self._config.get("actions"),
                after=self._ran.set,
            )
            self._hold(loaded)
            self._announce_tasks()
            self._announce_receivers()
        except BaseException as error:  # noqa: BLE001 - SystemExit at import is the plugin's failure
            self._problem = PluginFailed(error, self._root)
        finally:
            _close_connections()
            self._loaded.set()
        if self._holder is not None:
            looking = threading.Thread(
                target=self._look_for_patches, args=(watch,), name="patches", daemon=True
            )
            looking.start()
            if looking.ident is not None:
                self._threads.add(looking.ident)

    def _hold(self, loaded: loading.Loaded) -> None:
        """Let ``PluginManager.get()`` know the plugin, as its own code may ask."""
        from apps.plugins.loader import LoadedPlugin, PluginManager

        assert self._holder is not None
        told = self._holder.describe()
        for problem in told["problems"]:
            logging.getLogger(LOGGER).warning("%s", problem)
        plugin = LoadedPlugin(
            key=self._holder.key,
            name=str(told.get("name") or self._config.get("name") or self._holder.key),
            version=str(told.get("version") or ""),
            description=str(told.get("description") or ""),
            module=loaded.module,
            instance=loaded.instance,
            fields=told.get("fields") or list(self._config.get("fields") or ()),
            actions=told.get("actions") or list(self._config.get("actions") or ()),
            author=str(told.get("author") or ""),
            help_url=str(told.get("help_url") or ""),
            path=str(self._root),
        )
        holder = self._holder
        PluginManager.get().hold(
            plugin, lambda action, params: holder.run(action, params, self._settings)
        )

    def _announce_tasks(self) -> None:
        from jackfield.dialects.dispatcharr.worker import plugin_tasks

        plugin_tasks.announce()

    def _announce_receivers(self) -> None:
        wishes = signal_relay.wanted(signal_relay.of_plugin(self._root))
        if wishes != self._wishes:
            self._wishes = wishes
            here.tell("signals.wanted", plugin=here.plugin, wishes=wishes)

    def signal(self, **params: Any) -> None:
        """A model changed in another process."""
        self._loaded.wait()
        signal_relay.receive(signal_relay.of_plugin(self._root), **params)

    def _look_for_patches(self, watch: Watch) -> None:
        """Off the way of calls, since it takes a moment."""
        self._ran.set()
        while self._ran.wait():
            self._ran.clear()
            try:
                for patch in watch.news():
                    logging.getLogger(LOGGER).warning(
                        "%s; it counts in this plugin's process only", patch
                    )
            except Exception:  # noqa: BLE001 - a plugin's objects may do anything
                logging.getLogger(LOGGER).debug(
                    "what it replaced cannot be told: %s", traceback.format_exc()
                )
            threading.Event().wait(_PATCH_PAUSE_S)

    # -- what the host asks ---------------------------------------------------------------------

    def started(self) -> dict[str, Any]:
        """Wait until the plugin is loaded; what it says of itself.

        :raises PluginFailed: its code failed.
        """
        self._loaded.wait()
        self._about = self.describe()
        return self._about

    def _tell_changes(self) -> None:
        """Let the host know of other fields or actions than before, and of new tasks and
        receivers of signals."""
        self._announce_tasks()
        self._announce_receivers()
        about = self.describe()
        if about != self._about:
            self._about = about
            here.tell("described", about=about)

    def _held(self) -> Holder:
        self._loaded.wait()
        if self._problem is not None:
            raise self._problem
        assert self._holder is not None
        return self._holder

    def describe(self) -> dict[str, Any]:
        """See :meth:`Holder.describe`."""
        try:
            return self._held().describe()
        finally:
            _close_connections()

    def run(self, action: str, params: Any, settings: Mapping[str, Any] | None = None) -> Any:
        """See :meth:`Holder.run`.

        :param settings: the stored ones of this moment.
        """
        holder = self._held()
        if settings is not None:
            self._settings = dict(settings)
        try:
            return holder.run(action, params, self._settings)
        finally:
            self._tell_changes()

    def stop(self, reason: str) -> dict[str, Any]:
        """Have the plugin stop; ``{"stopped": it had a say, "threads": what runs on}``."""
        holder = self._held()
        try:
            stopped = holder.stop(reason, self._settings)
        finally:
            for one in holder.left_threads(self._threads):
                logging.getLogger(LOGGER).warning("left a thread running: %s; it is ended", one)
        return {"stopped": stopped}

    def settings(self, values: Mapping[str, Any]) -> None:
        """The operator stored other settings."""
        self._settings = dict(values)
        try:
            row_book.keep_settings(str(self._config["key"]), values)
        finally:
            self._tell_changes()
            _close_connections()

    def rows(self, rows: list[Mapping[str, Any]]) -> None:
        """Write rows of other plugins, for the host, which has no database of its own for it."""
        try:
            row_book.bring(rows)
        finally:
            _close_connections()

    def task_run(self, **params: Any) -> Any:
        """Run one of the plugin's tasks; see :mod:`worker.plugin_tasks`."""
        from jackfield.dialects.dispatcharr.worker import plugin_tasks

        self._held()
        return plugin_tasks.run(**params)

    def task_interrupt(self, task_id: str, how: str) -> bool:
        """End a running task."""
        from jackfield.dialects.dispatcharr.worker import plugin_tasks

        return plugin_tasks.interrupt(task_id, how)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
