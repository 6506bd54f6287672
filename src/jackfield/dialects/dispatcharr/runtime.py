"""A started Dispatcharr plugin, seen from the host: its process, and the calls into it.

The process is the plugin's alone. It ends with the plugin, with everything that it started; when
it ends by itself, it is started again, and what was being called fails with file and line.
Source: dispatcharr spec 2.6, 2.7 and 2.11.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.dialects.dispatcharr import confinement, failures, manifest
from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.dialects.dispatcharr.processes.child import Child, End
from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed, NotSent, RemoteError
from jackfield.dialects.dispatcharr.requirements import own_packages
from jackfield.errors import Conflict, JackfieldError, NotFound, Unavailable
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.jobs import current_job
from jackfield.plugins.logs import LEVELS
from jackfield.plugins.working_copy import working_copy

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation

_logger = logging.getLogger(__name__)

_TRIES = 3

EVENT_PREFIX = "dispatcharr."
"""Before the names of the ecosystem's events, among those of the host."""

_REASONS = {
    "it is disabled": "disable",
    "it is uninstalled": "delete",
    "it is reloaded": "reload",
    "another version takes its place": "reload",
    "the host stops": "shutdown",
}
"""Why the core stops a plugin → what the ecosystem calls that, besides ``shutdown``, which it does
not know; ``disable`` for one that misbehaves."""


class DispatcharrRuntime:
    """See :class:`jackfield.plugins.dialect.Runtime`. Calls may overlap, as natively.

    :ivar key: what the ecosystem calls the plugin.
    """

    def __init__(
        self,
        context: PluginContext,
        installation: Installation,
        limits: ActionLimits | None = None,
    ) -> None:
        self.key = str(context.spec.details.get("key") or context.spec.slug)
        self._context = context
        self._installation = installation
        self._limits = limits or installation.limits
        self._slug = context.spec.slug
        self._log = context.log
        inside = str(context.spec.details.get("folder") or "")
        self._root = context.root / inside if inside else context.root
        self._state = threading.Condition()
        self._process: Child | None = None  # the one that runs, or was the last to
        self._child: Child | None = None  # the same, as long as it takes calls
        self._calls: dict[int, str] = {}
        self._call_number = 0
        self._stopping = False
        self._dead = ""
        self._said: dict[int, str] = {}
        self._expected: dict[int, str] = {}
        self._events: dict[str, list[str]] = {}
        self._site: Path | None = None

    # -- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        """Install what it needs, start its process and load it.

        :raises PluginFailure: its code fails, or what it needs cannot be installed.
        :raises Unavailable: no process can be made.
        """
        if error := self._context.spec.details.get("error"):
            raise PluginFailure(str(error), plugin=self._slug, call="load")
        if not self._context.in_place:
            # Beside it is room for what plugins keep next to their folder, as in the original's.
            self._root = working_copy(
                self._root, self._context.data, f"plugins/{self._folder_name()}"
            )
        self._site = own_packages(
            self._root,
            self._context.data,
            self._context.spec,
            self._log,
            host=self._installation.data,
            plugins=self._installation.plugins.root,
        )
        child = self._spawn()
        try:
            self._take(child, self._load(child))
        except BaseException:
            self._stopping = True
            child.kill()
            child.wait(10)
            raise

    def _folder_name(self) -> str:
        """What its folder is called: that of an installed version has no name of the author's."""
        inside = str(self._context.spec.details.get("folder") or "")
        return Path(inside).name or self.key

    def _spawn(self) -> Child:
        """Its process, whose code does not run yet."""
        self._context.data.mkdir(parents=True, exist_ok=True)
        handlers: dict[str, Callable[..., Any]] = {
            "log": self._logged,
            "described": self._described,
            "exiting": lambda status, spot: self._exiting(child, status, spot),
        }
        child = self._installation.family.spawn(
            "plugin",
            self._config(),
            handlers,
            name=f"plugin {self.key}",
            limits=self._installation.process_limits,
            on_output=self._printed,
        )
        return child

    def _config(self) -> dict[str, Any]:
        """What its process is told; plain JSON."""
        installation, spec = self._installation, self._context.spec
        temporary = self._context.data / "tmp"
        return {
            "key": self.key,
            "name": spec.name,
            "root": str(self._root),
            "module": spec.details["module"],
            "names": [self.key, self._root.name],
            "plugins": str(installation.plugins.root),
            "site": str(self._site) if self._site is not None else "",
            "require_run": installation.era == "seed",
            "home": str(installation.home),
            "temporary": str(temporary),
            "confine": self._places(temporary),
            "rows": [self._row(), *installation.rows.take(besides=self.key)],
            "settings": dict(self._context.stored_settings()),
            "fields": spec.details.get("fields") or [],
            "actions": spec.details.get("actions") or [],
        }

    def _places(self, temporary: Path) -> dict[str, list[str]] | None:
        if not confinement.possible():
            return None
        installation = self._installation
        data = self._context.data
        temporary.mkdir(parents=True, exist_ok=True)
        own = (self._root,) if self._context.in_place else ()
        return confinement.places(
            host=installation.data,
            own_readable=(self._root, installation.plugins.root),
            own_writable=(installation.home, data, temporary, *own),
        ).to_dict()

    def _row(self) -> dict[str, Any]:
        return self._installation.rows.of(self._slug, running=True)

    def _load(self, child: Child) -> dict[str, Any]:
        call = "load"
        try:
            about: dict[str, Any] = child.link.call("started", timeout=self._limits.load)
        except RemoteError as error:
            raise failures.raised(error, plugin=self._slug, call=call) from None
        except LinkClosed:
            end = child.wait(5)
            raise self._ended(child, end, call) from None
        except TimeoutError:
            raise failures.overdue(
                child, plugin=self._slug, call=call, root=self._root, seconds=self._limits.load
            ) from None
        return about

    def _take(self, child: Child, about: Mapping[str, Any]) -> None:
        """From now on calls go to this process."""
        self._learn(about)
        with self._state:
            self._process = self._child = child
            self._state.notify_all()
        self._installation.signals.brief_new(self.key, child.link)
        child.on_exit(lambda end: self._process_ended(child, end))

    def _learn(self, about: Mapping[str, Any]) -> None:
        """Let the core know what the running class says, and note which events it waits for."""
        spec = manifest.described(self._context.spec, about)
        events: dict[str, list[str]] = {}
        for action in spec.actions:
            for name in action.events:
                events.setdefault(EVENT_PREFIX + name, []).append(action.id)
        self._events = events
        try:
            self._installation.core.plugins.learn(self._slug, spec)
        except NotFound:
            pass  # a scenario or a test holds it, and no registry
        except JackfieldError as error:
            self._log.warning(f"what it says of itself is not taken over: {error.message}")

    # -- its end --------------------------------------------------------------------------------

    def _process_ended(self, child: Child, end: End) -> None:
        """It is gone: start it again, unless it should be gone."""
        self._installation.process_gone(self.key)
        with self._state:
            if self._process is not child or self._stopping:
                return
            self._child = None
            busy = dict(self._calls)
            expected = self._expected.pop(child.id, "")
        if not expected and not busy:
            failure = self._ended(child, end, "the time between two calls")
            self._log.error(f"{failure.message}; it is started again\n{failure.traceback}".rstrip())
            if self._installation.note_crash(self._slug, failure.message):
                return
        self._revive()

    def _ended(self, child: Child, end: End | None, call: str) -> PluginFailure:
        said = self._said.pop(child.id, "")
        return failures.ended(child, end, plugin=self._slug, call=call, root=self._root, said=said)

    def _revive(self) -> None:
        try:
            child = self._spawn()
            about = self._load(child)
        except Conflict:
            return  # the host is stopping
        except JackfieldError as error:
            text = f"cannot be started again: {error.message}"
            self._log.error(text)
            with self._state:
                self._dead = text
                self._state.notify_all()
            return
        if self._stopping:
            child.kill()
            return
        self._take(child, about)

    # -- what its process says ------------------------------------------------------------------

    def _described(self, about: Mapping[str, Any]) -> None:
        self._learn(about)

    def _logged(self, level: str, text: str) -> None:
        self._log.write(level if level in LEVELS else "info", text)

    def _printed(self, level: str, text: str) -> None:
        self._log.write(level, text)

    def _exiting(self, child: Child, status: int, spot: str) -> None:
        self._said[child.id] = spot
        self._log.error(f"it ends its process with os._exit({status}) at {spot}")

    # -- calls ----------------------------------------------------------------------------------

    def ask(self, method: str, /, *, timeout: float | None = None, **params: Any) -> Any:
        """Ask its process something, for a dialect's own purposes; as :meth:`Link.call`.

        :raises Unavailable: it does not run.
        """
        return self._ready().link.call(method, timeout=timeout, **params)

    def _ready(self) -> Child:
        """Its process, once it runs.

        :raises Unavailable: it does not, and will not.
        """
        with self._state:
            self._state.wait_for(
                lambda: self._child is not None or self._dead or self._stopping,
                self._limits.load,
            )
            if self._child is not None and not self._stopping:
                return self._child
            why = self._dead or ("was stopped" if self._stopping else "is being started again")
        raise Unavailable(why, plugin=self._slug)

    def _retire(self, child: Child) -> None:
        """Give it no more calls: they wait for the next process."""
        with self._state:
            if self._child is child:
                self._child = None

    def _call(self, call: str, seconds: float, method: str, **params: Any) -> Any:
        for _ in range(_TRIES):
            child = self._ready()
            try:
                return self._call_in(child, call, seconds, method, params)
            except NotSent:  # it ended before it heard of it
                self._retire(child)
        raise Unavailable("its process ends again and again", plugin=self._slug)

    def _call_in(
        self, child: Child, call: str, seconds: float, method: str, params: Mapping[str, Any]
    ) -> Any:
        with self._state:
            self._call_number += 1
            number = self._call_number
            self._calls[number] = call
        job = current_job()
        if job is not None:
            job.on_cancel = lambda: self._cancel(child, call)
            if job.cancelled:  # before there was anything to end
                self._cancel(child, call)
        try:
            return child.link.call(method, timeout=seconds or None, **params)
        except RemoteError as error:
            raise failures.raised(error, plugin=self._slug, call=call) from None
        except NotSent:
            raise
        except LinkClosed:
            self._retire(child)
            end = child.wait(5)
            expected = self._expected.get(child.id) or (
                "the plugin was stopped meanwhile" if self._stopping else ""
            )
            if expected:
                raise PluginFailure(expected, plugin=self._slug, call=call, kind="busy") from None
            raise self._ended(child, end, call) from None
        except TimeoutError:
            failure = failures.overdue(
                child, plugin=self._slug, call=call, root=self._root, seconds=seconds
            )
            self._retire(child)
            self._expected[child.id] = f"{call} took too long"
            child.kill()
            raise failure from None
        finally:
            if job is not None:
                job.on_cancel = None
            with self._state:
                self._calls.pop(number, None)

    def _cancel(self, child: Child, call: str) -> None:
        """Only the end of the process surely ends what runs in it."""
        self._retire(child)
        self._expected[child.id] = f"{call} was cancelled"
        self._log.warning(f"{call} was cancelled; its process is started again")
        child.kill()

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        """Run an action, declared or not; a dictionary of plain JSON.

        :raises PluginFailure: it raised, its process ended, or it took too long.
        """
        return self._call(
            f"action {action}",
            self._limits.action,
            "run",
            action=action,
            params=params,
            settings=dict(self._context.stored_settings()),
        )

    def refresh(self) -> None:
        """Read its attributes anew, if some are properties. A failure is no more than logged."""
        with self._state:
            child = self._child
        if child is None or not self._context.spec.details.get("dynamic"):
            return
        with suppress(LinkClosed, RemoteError, TimeoutError):
            self._learn(child.link.call("describe", timeout=self._limits.describe))

    def notify(self, event: Event) -> None:
        """Run the actions that wait for this event.

        :raises PluginFailure: as :meth:`run`.
        """
        name = event.name.removeprefix(EVENT_PREFIX)
        failure: PluginFailure | None = None
        for action in self._events.get(event.name, ()):
            params = {"event": name, "payload": event.payload}
            try:
                self._call(
                    f"event {name} (action {action})",
                    self._limits.event,
                    "run",
                    action=action,
                    params=params,
                    settings=dict(self._context.stored_settings()),
                )
            except PluginFailure as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def settings_changed(self) -> None:
        """Tell its process what is stored now."""
        with self._state:
            child = self._child
        if child is not None:
            with suppress(LinkClosed):
                child.link.tell("settings", values=dict(self._context.stored_settings()))

    @property
    def link(self) -> Link | None:
        """To its process; ``None`` while there is none."""
        with self._state:
            return self._child.link if self._child is not None else None

    def tell_rows(self) -> bool:
        """Have its process write the rows of other plugins; whether it could be told."""
        with self._state:
            child = self._child
        if child is None:
            return False
        rows = self._installation.rows.take()
        try:
            child.link.tell("rows", rows=rows)
        except LinkClosed:
            return False
        return True

    # -- the rest of a runtime ------------------------------------------------------------------

    @property
    def subscriptions(self) -> Subscriptions:
        """The events that its actions name."""
        return Subscriptions(events=frozenset(self._events))

    @property
    def memory_bytes(self) -> int:
        """What its process holds for itself."""
        from jackfield.dialects.dispatcharr.processes import linux

        with self._state:
            child = self._child
        return linux.own_bytes(child.pid) if child is not None and child.pid else 0

    def filter(self, event: Event) -> FilterResult:
        """These plugins filter nothing."""
        del event
        return PASS

    def request(self, request: HttpRequest) -> HttpResponse:
        """These plugins have no pages on the host."""
        del request
        return HttpResponse(404)

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        """These plugins add nothing to pages."""
        del slot, context
        return ""

    def stop(self, reason: str) -> None:
        """Let it stop what it started, then end its process and all that is left of it."""
        with self._state:
            self._stopping = True
            child, self._child, self._process = self._process, None, None
            self._state.notify_all()
        self._installation.process_gone(self.key)
        if child is not None and child.alive:
            self._ask_to_stop(child, _REASONS.get(reason, "disable"))
            child.kill()
            child.wait(10)
        self._installation.stopped(self)

    def _ask_to_stop(self, child: Child, reason: str) -> None:
        began = time.monotonic()
        call = f"stop ({reason})"
        try:
            child.link.call("stop", reason=reason, timeout=self._limits.stop)
        except RemoteError as error:
            failure = failures.raised(error, plugin=self._slug, call=call)
            self._log.error(f"{call}: {failure.message}\n{failure.traceback}".rstrip())
        except LinkClosed:
            _logger.debug("%s ended by itself after %.1f s", self._slug, time.monotonic() - began)
        except TimeoutError:
            failure = failures.overdue(
                child, plugin=self._slug, call=call, root=self._root, seconds=self._limits.stop
            )
            self._log.error(f"{call}: {failure.message}\n{failure.traceback}".rstrip())


def start(context: PluginContext, installation: Installation) -> DispatcharrRuntime:
    """Start a plugin.

    :raises PluginFailure: its code failed to load.
    :raises Unavailable: no process can be made for it.
    """
    runtime = DispatcharrRuntime(context, installation)
    installation.starting(runtime)
    try:
        runtime.start()
    except BaseException:
        installation.stopped(runtime)
        raise
    return runtime
