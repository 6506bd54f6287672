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

from jackfield.dialects.dispatcharr import confinement, failures
from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.dialects.dispatcharr.processes.child import Child, End
from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed, NotSent, RemoteError
from jackfield.dialects.dispatcharr.requirements import own_packages
from jackfield.dialects.dispatcharr.started_plugin import StartedPlugin, stop_reason
from jackfield.errors import Conflict, JackfieldError, Unavailable
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.jobs import current_job
from jackfield.plugins.logs import LEVELS
from jackfield.plugins.working_copy import working_copy

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation

_logger = logging.getLogger(__name__)

_TRIES = 3


class DispatcharrRuntime(StartedPlugin):
    """A plugin in a process of its own. Calls may overlap, as natively."""

    def __init__(
        self,
        context: PluginContext,
        installation: Installation,
        limits: ActionLimits | None = None,
    ) -> None:
        super().__init__(context, installation, limits)
        self._state = threading.Condition()
        self._process: Child | None = None  # the one that runs, or was the last to
        self._child: Child | None = None  # the same, as long as it takes calls
        self._calls: dict[int, str] = {}
        self._call_number = 0
        self._stopping = False
        self._dead = ""
        self._said: dict[int, str] = {}
        self._expected: dict[int, str] = {}
        self._site: Path | None = None

    # -- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        """Install what it needs, start its process and load it.

        :raises PluginFailure: its code fails, or what it needs cannot be installed.
        :raises Unavailable: no process can be made.
        """
        self.check_readable()
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
        self.learn(about)
        with self._state:
            self._process = self._child = child
            self._state.notify_all()
        self._installation.signals.brief_new(self.key, child.link)
        child.on_exit(lambda end: self._process_ended(child, end))

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
        self.learn(about)

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

    def call_action(self, call: str, seconds: float, action: str, params: Mapping[str, Any]) -> Any:
        """See :class:`StartedPlugin`.

        :raises PluginFailure: it raised, its process ended, or it took too long.
        """
        settings = dict(self._context.stored_settings())
        return self._call(call, seconds, "run", action=action, params=params, settings=settings)

    def refresh(self) -> None:
        """Read its attributes anew, if some are properties. A failure is no more than logged."""
        with self._state:
            child = self._child
        if child is None or not self._context.spec.details.get("dynamic"):
            return
        with suppress(LinkClosed, RemoteError, TimeoutError):
            self.learn(child.link.call("describe", timeout=self._limits.describe))

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
    def memory_bytes(self) -> int:
        """What its process holds for itself."""
        from jackfield.dialects.dispatcharr.processes import linux

        with self._state:
            child = self._child
        return linux.own_bytes(child.pid) if child is not None and child.pid else 0

    def stop(self, reason: str) -> None:
        """Let it stop what it started, then end its process and all that is left of it."""
        with self._state:
            self._stopping = True
            child, self._child, self._process = self._process, None, None
            self._state.notify_all()
        self._installation.process_gone(self.key)
        if child is not None and child.alive:
            self._ask_to_stop(child, stop_reason(reason))
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
