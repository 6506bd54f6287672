"""A started Dispatcharr plugin in the sandbox: an interpreter of its own, without files, network
or database. One call at a time; the others wait.

Source: dispatcharr spec 2.6 and 2.7 for what a call gets and gives, as in a process.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.dialects.dispatcharr.manifest import PERMISSION
from jackfield.dialects.dispatcharr.sandboxed import failures, guest_files
from jackfield.dialects.dispatcharr.started_plugin import StartedPlugin, stop_reason
from jackfield.dialects.dispatcharr.wanted_packages import asked_for
from jackfield.errors import JackfieldError, ManifestError, Unavailable
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.jobs import current_job
from jackfield.plugins.logs import LEVELS
from jackfield.sandbox import Interruption, LimitExceeded, Limits, PluginRaised, SandboxError
from jackfield.services.engine import SandboxEngine

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation
    from jackfield.dialects.dispatcharr.processes.link import Link
    from jackfield.sandbox import Instance

MIB: Final = 1024 * 1024
_AT_ONCE_S: Final = 0.01
_LEVEL: Final = "DISPATCHARR_LOG_LEVEL"


def caps(limits: ActionLimits) -> Limits:
    """What the sandbox allows for calls of such lengths: an action may work, log and sleep as long
    as its time lasts."""
    longest = max(map(_endless, (limits.action, limits.event, limits.load)))
    return Limits(
        load_seconds=_endless(limits.load),
        sleep_seconds=longest,
        wait_seconds=_endless(limits.load) + 10,  # for an interpreter that is loaded again
        host_calls=1_000_000,
        host_seconds=600.0,
        output_bytes=16 * MIB,
    )


def _endless(seconds: float) -> float:
    return seconds or math.inf


class SandboxedRuntime(StartedPlugin):
    """A plugin in the sandbox.

    :param limits: of time; *sandbox* of everything else.
    """

    def __init__(
        self,
        context: PluginContext,
        installation: Installation,
        limits: ActionLimits | None = None,
        sandbox: Limits | None = None,
    ) -> None:
        super().__init__(context, installation, limits)
        self._caps = sandbox or caps(self._limits)
        self._package = str(context.spec.details["module"]).removesuffix(".plugin")
        self._instance: Instance | None = None
        self._state = threading.Condition()
        self._busy = ""  # what runs now
        self._running: Interruption | None = None  # ends it
        self._stopping = False
        self._about: dict[str, Any] = {}
        self._exiting = ""

    # -- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        """Look whether it can run in there, and load it.

        :raises PluginFailure: it needs what there is not, or its code fails.
        :raises Unavailable: there is no sandbox on this machine.
        """
        self.check_readable()
        self._check_packages()
        code = guest_files.collect(
            self._root, self._package, self._other_names(), plugin=self._slug
        )
        engine = self._context.services.get(SandboxEngine).get()
        from jackfield.sandbox import Instance  # brings the native library

        try:
            self._instance = Instance(
                engine,
                guest_files.main_source(self._config(code)),
                filename="sandbox.py",
                name=self._slug,
                host=self._asked,
                output=self._printed,
                limits=self._caps,
                modules=guest_files.modules(code),
            )
        except SandboxError as error:
            raise self._stopped(error, "load") from None
        try:
            about = self._call("load", self._limits.load, "describe", None)
        except BaseException:
            self._instance.close()
            raise
        for problem in about.get("problems") or ():
            self._log.warning(str(problem))
        self._about = about
        self.learn(about)

    def _other_names(self) -> list[str]:
        names = (self.key, self._root.name)
        return [name for name in names if name.isidentifier() and name != self._package]

    def _config(self, code: guest_files.Code) -> dict[str, Any]:
        details = self._context.spec.details
        return {
            "package": code.package,
            "names": self._other_names(),
            "entries": list(code.entries),
            "imports": [list(one) for one in code.imports],
            "require_run": self._installation.era == "seed",
            "fields": details.get("fields") or [],
            "actions": details.get("actions") or [],
            "log_level": os.environ.get(_LEVEL, ""),
        }

    def _check_packages(self) -> None:
        details = self._context.spec.details
        manifest = {**(details.get("manifest") or {}), **(details.get("manifest_values") or {})}
        try:
            asked = [(f, line) for f, line in asked_for(self._root, manifest) if line[0] != "-"]
        except ManifestError as error:
            raise PluginFailure(
                f"{error.file}: {error.message}", plugin=self._slug, call="load"
            ) from None
        if asked:
            file, line = asked[0]
            raise PluginFailure(
                f"{file} asks for {line!r}: no packages can be installed into the sandbox; "
                + self._way_out(),
                plugin=self._slug,
                call="load",
            )

    def _way_out(self) -> str:
        return f"to run it as trusted code: jackfield enable {self._slug} --grant {PERMISSION}"

    # -- what it says ---------------------------------------------------------------------------

    def _asked(self, name: str, arguments: list[Any]) -> Any:
        """Answer what the guest calls."""
        if name == "log":
            level, text = arguments
            self._log.write(level if level in LEVELS else "info", str(text))
        elif name == "exiting":
            status, spot = arguments
            self._exiting = str(spot)[:400]
            self._log.error(f"it ends its interpreter with os._exit({status}) at {self._exiting}")
        else:
            raise LookupError(f"there is no host function {name!r}")

    def _printed(self, channel: str, line: str) -> None:
        self._log.write("info" if channel == "stdout" else "warning", line)

    # -- calls ----------------------------------------------------------------------------------

    def call_action(self, call: str, seconds: float, action: str, params: Mapping[str, Any]) -> Any:
        """See :class:`StartedPlugin`.

        :raises PluginFailure: it raised, was stopped or cancelled, or was busy for too long.
        :raises Unavailable: it was stopped.
        """
        asked = {
            "action": action,
            "params": dict(params),
            "settings": dict(self._context.stored_settings()),
        }
        interruption = Interruption()
        job = current_job()
        if job is not None:
            job.on_cancel = lambda: self._cancel(interruption, call)
            if job.cancelled:  # before there was anything to end
                self._cancel(interruption, call)
        about: dict[str, Any] | None = None
        try:
            with self._turn(call, seconds, interruption):
                try:
                    answer = self._ask(call, seconds, "run", asked, interruption)
                except PluginFailure as failure:
                    if failure.kind == "raised":
                        about = self._described()
                    raise
                about = self._described()
                return answer
        finally:
            if job is not None:
                job.on_cancel = None
            self._take(about)

    def _described(self) -> dict[str, Any] | None:
        """What it says of itself now; it is this thread's turn."""
        try:
            about: dict[str, Any] = self._ask(
                "describe", self._limits.describe, "describe", None, Interruption()
            )
        except PluginFailure as failure:
            self._log.warning(f"what it says of itself cannot be read: {failure.message}")
            return None
        return about

    def _take(self, about: dict[str, Any] | None) -> None:
        if about is not None and about != self._about:
            self._about = about
            self.learn(about)

    def _cancel(self, interruption: Interruption, call: str) -> None:
        self._log.warning(f"{call} was cancelled")
        interruption.use(f"{call} was cancelled")
        with self._state:
            self._state.notify_all()

    def _call(self, call: str, seconds: float, export: str, payload: Any) -> Any:
        interruption = Interruption()
        with self._turn(call, seconds, interruption):
            return self._ask(call, seconds, export, payload, interruption)

    @contextmanager
    def _turn(self, call: str, seconds: float, interruption: Interruption) -> Iterator[None]:
        """Wait until nothing else runs, as long as the call itself may take."""
        with self._state:
            self._state.wait_for(
                lambda: not self._busy or self._stopping or interruption.reason, seconds or None
            )
            if self._stopping:
                raise Unavailable("was stopped", plugin=self._slug)
            if interruption.reason or self._busy:
                text = interruption.reason or f"was busy with {self._busy}, and is still"
                raise PluginFailure(text, plugin=self._slug, call=call, kind="busy")
            self._busy, self._running = call, interruption
        try:
            yield
        finally:
            with self._state:
                self._busy, self._running = "", None
                self._state.notify_all()

    def _ask(
        self, call: str, seconds: float, export: str, payload: Any, interruption: Interruption
    ) -> Any:
        """Call the guest; it is this thread's turn."""
        instance = self._instance
        if instance is None:
            raise Unavailable("was stopped", plugin=self._slug)
        self._exiting = ""
        try:
            said = instance.call(
                export, payload, seconds=_endless(seconds), interruption=interruption
            )
        except (PluginRaised, LimitExceeded) as error:
            raise self._stopped(error, call) from None
        except SandboxError as error:
            if reason := interruption.reason:
                raise PluginFailure(reason, plugin=self._slug, call=call, kind="busy") from None
            raise self._stopped(error, call) from None
        told = said if isinstance(said, dict) else {}
        answer, failed = told.get("answer"), told.get("failed")
        if isinstance(answer, bool if export == "stop" else dict):
            return answer
        if not isinstance(failed, dict):  # the plugin has changed what speaks for it in there
            failed = {"message": "it answered with something that is no answer"}
        way_out = self._way_out() if call == "load" else ""
        raise failures.reported(failed, plugin=self._slug, call=call, way_out=way_out)

    def _stopped(self, error: SandboxError, call: str) -> PluginFailure:
        return failures.stopped(
            error, plugin=self._slug, call=call, package=self._package, spot=self._exiting
        )

    def ask(self, method: str, /, *, timeout: float | None = None, **params: Any) -> Any:
        """See :class:`StartedPlugin`.

        :raises Unavailable: always, as there is no process that tasks and signals could reach.
        """
        del method, timeout, params
        raise Unavailable("runs in the sandbox, which has no tasks", plugin=self._slug)

    # -- the rest of a runtime ------------------------------------------------------------------

    def refresh(self) -> None:
        """See :class:`StartedPlugin`. While a call runs it is left as it was."""
        if self._busy or not self._context.spec.details.get("dynamic"):
            return
        try:
            with self._turn("describe", _AT_ONCE_S, Interruption()):
                about = self._described()
        except JackfieldError:
            return
        self._take(about)

    def settings_changed(self) -> None:
        """It gets them with its next call."""

    @property
    def link(self) -> Link | None:
        """It has no process."""
        return None

    def tell_rows(self) -> bool:
        """It has no database."""
        return False

    @property
    def memory_bytes(self) -> int:
        """How far its memory reaches; most of the first 30 MiB are shared with other plugins."""
        instance = self._instance
        if instance is None or self._stopping:
            return 0
        try:
            return instance.memory_bytes
        except SandboxError:
            return 0

    def stop(self, reason: str) -> None:
        """Let it stop by itself, unless a call runs: that is ended. Then its memory is freed."""
        with self._state:
            busy, running = self._busy, self._running
            instance = self._instance
        if instance is not None:
            if running is not None:
                self._log.warning(f"{busy} ran until it was stopped; its stop() was not called")
            else:
                self._ask_to_stop(stop_reason(reason))
        with self._state:
            self._stopping, self._instance = True, None
            running = self._running
            self._state.notify_all()
        if running is not None:
            running.use("the plugin was stopped meanwhile")
        if instance is not None:
            instance.close()
        self._installation.stopped(self)

    def _ask_to_stop(self, reason: str) -> None:
        asked = {"reason": reason, "settings": dict(self._context.stored_settings())}
        try:
            self._call(f"stop ({reason})", self._limits.stop, "stop", asked)
        except PluginFailure as failure:
            self._log.error(f"{failure.call}: {failure.message}\n{failure.traceback}".rstrip())
