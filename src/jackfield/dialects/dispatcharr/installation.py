"""Everything of Dispatcharr that one host has: its home, its processes, its tasks, its plugins.

Cheap to make: no folder, thread or process is there before something needs it. It is what the site
sees as its backend. Source: dispatcharr spec 2.1 (folders) and 4.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from jackfield.dialects.dispatcharr.application.contract import SOCKET
from jackfield.dialects.dispatcharr.era import current_era
from jackfield.dialects.dispatcharr.folder import PluginsFolder, plugins_root
from jackfield.dialects.dispatcharr.layout import slug_of
from jackfield.dialects.dispatcharr.limits import MEMORY_MIB, ActionLimits, number
from jackfield.dialects.dispatcharr.processes.family import Family
from jackfield.dialects.dispatcharr.processes.limits import Limits
from jackfield.dialects.dispatcharr.processes.link import Handler, Link, LinkClosed, RemoteError
from jackfield.dialects.dispatcharr.row_book import RowBook
from jackfield.dialects.dispatcharr.signal_routes import SignalRoutes
from jackfield.dialects.dispatcharr.site.updates import Updates
from jackfield.dialects.dispatcharr.started_plugin import EVENT_PREFIX, StartedPlugin
from jackfield.dialects.dispatcharr.worker.broker_url import checked, without_password
from jackfield.dialects.dispatcharr.worker.schedule import is_wanted
from jackfield.dialects.dispatcharr.worker.shared_keys import url_for
from jackfield.dialects.dispatcharr.worker.tasks import FILE, METHODS, Tasks
from jackfield.errors import InvalidInput, JackfieldError, SurroundingsError, Unavailable
from jackfield.plugins.dialect import Core
from jackfield.plugins.events import Event
from jackfield.plugins.jobs import Jobs
from jackfield.plugins.states import Change

DIALECT: Final = "dispatcharr"
BROKER: Final = "JACKFIELD_BROKER"
REDIS: Final = "JACKFIELD_REDIS"
_SECRET: Final = "secret.key"  # noqa: S105 - the file's name
_STREAM_COMMANDS: Final = ("stream.status", "stream.stop", "stream.stop_client", "stream.change",
                           "stream.next")  # fmt: skip
_STREAM_S: Final = 35.0
_STOP_S: Final = 5.0
"""How long tasks that run may take to end with the host; what waits goes on with the next one."""

_SHARED: Final = (
    "jackfield.dialects.dispatcharr.plugin_process.main",
    "jackfield.dialects.dispatcharr.worker.plugin_tasks",
    "dispatcharr.celery",
    "core.utils",
    "core.scheduling",
    "apps.plugins.loader",
    "apps.channels.tasks",
    "apps.epg.tasks",
    "apps.m3u.tasks",
    "apps.vod.tasks",
    "requests",
)
"""What every process has in memory from its beginning."""

_logger = logging.getLogger(__name__)


class Installation:
    """See the module. Thread-safe.

    :ivar home: what Dispatcharr calls ``/data``.
    :ivar data: the host's own data directory.
    :ivar family: the processes beside the host.
    :ivar plugins: the plugins' folder.
    :ivar updates: the WebSocket's watchers.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.era = current_era()
        self.data = Path(core.data).absolute()
        self.home = Path(core.homes.get(DIALECT) or self.data / DIALECT).absolute()
        self.limits = ActionLimits.chosen()
        self.process_limits = _process_limits()
        self.broker = os.environ.get(BROKER, "").strip()
        self.plugins = PluginsFolder(plugins_root(self.home), core.plugins)
        self.updates = Updates()
        self.rows = RowBook(core.plugins)
        self.signals = SignalRoutes(self._links)
        self.family = Family(
            self._environment, self._handlers(), on_output=_to_log, imports=_SHARED
        )
        self.family.define("worker", dict, on_ready=self._worker_ready)
        self.family.define(
            "application", dict, on_ready=lambda child: self.signals.brief_new("", child.link)
        )
        self._lock = threading.RLock()
        self._runtimes: dict[str, StartedPlugin] = {}
        self._tasks: Tasks | None = None
        self._closed = False
        core.plugins.observe(self._changed)
        if self.plugins.root.is_dir():
            self.plugins.discover()

    # -- the home -------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the home's folders, once something needs them.

        :raises SurroundingsError: they cannot be made.
        """
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("exports", "logos", "cached_m3u", "cached_epg"):
                (self.home / name).mkdir(exist_ok=True)
            self.plugins.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SurroundingsError(
                f"Dispatcharr's folder cannot be made: {error.strerror}", file=str(self.home)
            ) from None

    @cached_property
    def secret(self) -> str:
        """What signs tokens; kept in the home."""
        self.prepare()
        file = self.home / _SECRET
        with self._lock:
            try:
                found = file.read_text().strip()
            except FileNotFoundError:
                found = ""
            if len(found) < 32:
                found = secrets.token_urlsafe(48)
                with open(  # noqa: PTH123 - for this user only, from the start
                    os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
                ) as out:
                    out.write(found + "\n")
            return found

    def _environment(self) -> Mapping[str, Any]:
        """What Django is configured with; see :class:`django_setup.Environment`."""
        self.prepare()
        from jackfield.dialects.dispatcharr.django_setup import Environment

        broker = checked(self.broker, BROKER)
        redis = checked(os.environ.get(REDIS, ""), REDIS) or broker
        return Environment(
            home=self.home,
            database=_shared_database(self.core),
            plugins=self.plugins.root,
            broker=broker,
            redis=redis or url_for(self.home),
            secret=self.secret,
            era=self.era,
        ).to_dict()

    # -- the site's backend ---------------------------------------------------------------------

    def application(self) -> Path:
        """The socket of the application process, started if need be, once it answers. Blocks.

        :raises Unavailable: it does not start.
        """
        self.family.application()
        return self.home / SOCKET

    # -- plugins --------------------------------------------------------------------------------

    def starting(self, runtime: StartedPlugin) -> None:
        """It is about to run; its process may ask things before it does."""
        self.prepare()
        with self._lock:
            self._runtimes[runtime.key] = runtime

    def stopped(self, runtime: StartedPlugin) -> None:
        """It runs no more."""
        with self._lock:
            if self._runtimes.get(runtime.key) is runtime:
                del self._runtimes[runtime.key]

    def runtime(self, key: str) -> StartedPlugin | None:
        """The running plugin of that key."""
        with self._lock:
            return self._runtimes.get(key)

    def _links(self) -> list[tuple[str, Link]]:
        """Every process that can be told something, with its plugin's key."""
        with self._lock:
            runtimes = list(self._runtimes.values())
        links = [(r.key, link) for r in runtimes if (link := r.link) is not None]
        helpers = [self.family.running_helper(role) for role in ("worker", "application")]
        return [*links, *(("", child.link) for child in helpers if child is not None)]

    def note_crash(self, slug: str, message: str) -> bool:
        """Count a crash between calls; whether the plugin is suspended now."""
        note = getattr(self.core.plugins, "note_crash", None)
        return bool(note(slug, message)) if note is not None else False

    def _changed(self, change: Change) -> None:
        """The registry did something: let the rows and the plugin know."""
        if change.state is not None and change.state.dialect != DIALECT:
            return
        self.rows.note(change)
        with self._lock:
            runtimes = list(self._runtimes.values())
        if change.what == "settings":
            for runtime in runtimes:
                if slug_of(runtime.key) == change.slug:
                    runtime.settings_changed()
        if runtimes and self.rows.waiting():
            self._tell_rows(runtimes)

    def _tell_rows(self, runtimes: list[StartedPlugin]) -> None:
        for runtime in runtimes:
            if runtime.tell_rows():
                return

    # -- tasks ----------------------------------------------------------------------------------

    @property
    def tasks(self) -> Tasks:
        """Background work; what waited when the host last ended goes on with the first need."""
        with self._lock:
            if self._tasks is None:
                if self._closed:
                    raise Unavailable("the host is stopping")
                self.prepare()
                self._tasks = Tasks(
                    self.home,
                    self.core.services.find(Jobs),
                    worker=self.family.worker,
                    run_in_plugin=self._run_in_plugin,
                    broker=without_password(self.broker),
                    say=_to_log,
                )
            return self._tasks

    def resume(self) -> None:
        """Go on with the background work of an earlier run: what waits, and periodic tasks.

        Returns at once, and starts nothing where there is no such work.
        """
        wanted = self.home.is_dir() and is_wanted(_shared_database(self.core), self.home)
        if wanted:
            self.tasks.want_worker()
        elif (self.home / FILE).exists():
            _logger.debug("%s tasks wait", self.tasks.waiting())

    def process_gone(self, key: str) -> None:
        """The tasks of that plugin cannot run now, and its receivers hear nothing."""
        self.signals.forget(key)
        with self._lock:
            tasks = self._tasks
        if tasks is not None:
            tasks.forget(key)

    def _worker_ready(self, child: Any) -> None:
        self.tasks.worker_ready(child)
        self.signals.brief_new("", child.link)

    def _run_in_plugin(self, plugin: str, method: str, /, **params: Any) -> Any:
        runtime = self.runtime(plugin)
        if runtime is None:
            raise Unavailable("does not run", plugin=plugin)
        return runtime.ask(method, **params)

    # -- what the processes ask -----------------------------------------------------------------

    def _handlers(self) -> dict[str, Handler]:
        handlers: dict[str, Handler] = {
            "websocket": self._websocket,
            "system_event": self._system_event,
            "plugin_config.saved": self._config_saved,
            "plugin.run": self._run_action,
            "signals.wanted": self.signals.want,
            "signal.sent": self.signals.sent,
            "worker.start": lambda: self.family.worker() is not None,
        }
        for name in _STREAM_COMMANDS:
            handlers[name] = self._stream_command(name)
        for name in METHODS:
            handlers[name] = self._task_method(name)
        return handlers

    def _task_method(self, name: str) -> Handler:
        def answer(**params: Any) -> Any:
            return self.tasks.handlers()[name](**params)

        return answer

    def _stream_command(self, name: str) -> Handler:
        def answer(**params: Any) -> Any:
            return self.family.application().link.call(name, timeout=_STREAM_S, **params)

        return answer

    def _websocket(self, group: str, type: str, data: Any) -> None:  # noqa: A002
        self.updates.send(group, type, data)

    def _system_event(self, type: str, payload: Any) -> None:  # noqa: A002
        self.core.events.notify(Event(EVENT_PREFIX + type, payload))

    def _config_saved(self, key: str, settings: Any, enabled: bool) -> None:
        """A plugin, a task or a page wrote a plugin's settings; the last one wins."""
        del enabled  # the operator's to decide
        if not isinstance(settings, dict):
            _logger.warning("the settings of %s are no object and are not taken over", key)
            return
        with suppress(JackfieldError):
            self.core.plugins.keep_settings(slug_of(key), settings)

    def _run_action(self, key: str, action: str, params: Any) -> Any:
        return self.core.plugins.run_action(slug_of(key), action, params)

    # -- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """End every process. The plugins were stopped before."""
        with self._lock:
            self._closed = True
            tasks = self._tasks
        worker = self.family.running_helper("worker")
        if worker is not None:
            with suppress(LinkClosed, RemoteError, TimeoutError):
                if worker.link.call("status", timeout=1.0).get("running"):
                    worker.link.call("stop", timeout=_STOP_S)
        if tasks is not None:
            tasks.close()
        self.family.stop()


def _process_limits() -> Limits:
    chosen = number(os.environ, MEMORY_MIB)
    if chosen is None:
        return Limits()
    if chosen and chosen < 64:
        raise InvalidInput(f"expected 64 or more, found {chosen:g}", field=MEMORY_MIB)
    return Limits(memory=int(chosen * 2**20), data=int(chosen * 2**20))


def _shared_database(core: Core) -> str:
    """PostgreSQL is shared with the host, in a schema of its own; SQLite is a file of its own."""
    url = str(getattr(core, "database", "") or "")
    return url if url.startswith("postgres") else ""


def _to_log(level: str, text: str) -> None:
    _logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", text)
