"""The host's side of the processes beside it: makes them, hears of their ends, ends them.

Nothing is started before it is needed. The nursery that dies is started anew with the next need;
so are the worker and the application, which anybody may ask for at any time.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from jackfield.dialects.dispatcharr.processes.child import Child, End, Output
from jackfield.dialects.dispatcharr.processes.environment import kept
from jackfield.dialects.dispatcharr.processes.limits import Limits
from jackfield.dialects.dispatcharr.processes.link import Handler
from jackfield.dialects.dispatcharr.processes.nursery import MAX_DATAGRAM
from jackfield.errors import Conflict, Unavailable

_logger = logging.getLogger(__name__)

_NURSERY = "jackfield.dialects.dispatcharr.processes.nursery"
ROLES: Mapping[str, str] = {
    "plugin": "jackfield.dialects.dispatcharr.plugin_process.main",
    "worker": "jackfield.dialects.dispatcharr.worker.main",
    "application": "jackfield.dialects.dispatcharr.application.main",
    "console": "jackfield.dialects.dispatcharr.iptv.process",
    "scenario": "jackfield.dialects.dispatcharr.scenario.database",
}
"""Role → the module whose ``main(socket, config)`` is all that a process of that role does."""

_READY_S = 120.0
_HELPER_READY_S = 60.0
_NO_LIMITS = Limits(memory=0, data=0, processes=0, files=65536, file_size=0)
_RESTARTS = (0.0, 0.2, 1.0, 5.0, 15.0)
"""Seconds that a helper that dies again and again waits before it is started again."""


@dataclass
class _Helper:
    """The worker or the application: one at most, started when asked for."""

    role: str
    config: Callable[[], Mapping[str, Any]]
    handlers: Callable[[], Mapping[str, Handler]]
    on_ready: Callable[[Child], None]
    child: Child | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    deaths: list[float] = field(default_factory=list)
    wanted: bool = False


class Family:
    """See the module. Thread-safe.

    :param environment: what Django is configured with (``Environment.to_dict()``), asked for when
        the first process is needed; empty for processes without Django.
    :param handlers: what answers the requests of any of the processes; :meth:`spawn` adds those of
        one.
    :param on_output: called with level and text of what the nursery, the worker and the
        application print.
    :param roles: role → module, as :data:`ROLES`.
    :param imports: modules that every process needs, imported before the first is made.
    """

    def __init__(
        self,
        environment: Callable[[], Mapping[str, Any]],
        handlers: Mapping[str, Handler] | None = None,
        *,
        on_output: Output | None = None,
        roles: Mapping[str, str] = ROLES,
        imports: Sequence[str] = (ROLES["plugin"],),
    ) -> None:
        self._roles = dict(roles)
        self._imports = list(imports)
        self._environment = environment
        self.handlers: dict[str, Handler] = dict(handlers or {})
        self._on_output = on_output or _to_log
        self._lock = threading.RLock()
        self._starting = threading.Lock()
        self._number = 0
        self._children: dict[int, Child] = {}
        self._nursery: _NurseryProcess | None = None
        self._helpers: dict[str, _Helper] = {}
        self._stopped = False

    # -- processes ------------------------------------------------------------------------------

    def spawn(
        self,
        role: str,
        config: Mapping[str, Any],
        handlers: Mapping[str, Handler] | None = None,
        *,
        name: str = "",
        limits: Limits = _NO_LIMITS,
        on_output: Output | None = None,
    ) -> Child:
        """Fork a process that runs ``main(socket, config)`` of its role's module.

        :param config: plain JSON.
        :param handlers: what answers its requests, before those that answer everybody's.
        :param name: what to call it in threads' names and messages.
        :raises Unavailable: no process can be made; the message says why.
        :raises Conflict: the family was stopped.
        """
        nursery = self._ready_nursery()
        here, there = socket.socketpair()
        dump = os.memfd_create("dump")
        read, write = os.pipe2(os.O_CLOEXEC)
        values = os.memfd_create("config")
        try:
            os.write(values, msgspec.json.encode(dict(config)))
            os.lseek(values, 0, os.SEEK_SET)
            with self._lock:
                self._number += 1
                child = Child(
                    self._number,
                    role,
                    here,
                    {**self.handlers, **(handlers or {})},
                    dump=dump,
                    output=read,
                    name=name or role,
                    on_output=on_output or self._on_output,
                    kill=nursery.kill,
                    ask_dump=nursery.dump,
                )
                self._children[child.id] = child
            command = {
                "op": "spawn",
                "id": child.id,
                "role": role,
                "module": self._roles[role],
                "limits": limits.to_dict(),
            }
            nursery.send(command, [there.fileno(), dump, write, values])
        except OSError as error:
            raise Unavailable(f"a process for {name or role} cannot be made: {error}") from None
        finally:
            there.close()
            os.close(write)
            os.close(values)
        if nursery.gone:  # it went before it heard of the child: nobody else will say so
            self._child_ended(child.id, End(-9, "the process that makes the others ended"))
        return child

    def children(self) -> list[Child]:
        """The processes that run now."""
        with self._lock:
            return list(self._children.values())

    def stop(self) -> None:
        """End every process. May be called again; nothing can be started after it."""
        with self._lock:
            self._stopped = True
        # Not while one is being made, which would outlive this.
        with self._starting, self._lock:
            nursery, self._nursery = self._nursery, None
            children = list(self._children.values())
        if nursery is not None:
            nursery.close()
        for child in children:
            child.has_ended(End(-9))
        with self._lock:
            self._children.clear()

    def _child_ended(self, number: int, end: End) -> None:
        with self._lock:
            child = self._children.pop(number, None)
        if child is not None:
            # Not on the thread that hears of ends, since whoever waits for one may take a while.
            threading.Thread(
                target=child.has_ended, args=(end,), name=f"{child.name} end", daemon=True
            ).start()

    # -- the nursery ----------------------------------------------------------------------------

    def _ready_nursery(self) -> _NurseryProcess:
        with self._starting:
            with self._lock:
                if self._stopped:
                    raise Conflict("the host is stopping: no process is started any more")
                nursery = self._nursery
            if nursery is None or nursery.gone:
                nursery = _NurseryProcess(self._reported, self._nursery_gone, self._on_output)
                with self._lock:
                    self._nursery = nursery
                environment = dict(self._environment())
                nursery.send(
                    {"op": "configure", "environment": environment, "imports": self._imports}
                )
            error = nursery.wait_ready(_READY_S)
            if error:  # the next need tries again
                nursery.close()
        if error:
            raise Unavailable(
                f"Django and the packages that plugins of Dispatcharr see cannot be loaded: "
                f"{error.strip().splitlines()[-1]}\n{error}"
            )
        return nursery

    def _reported(self, report: Mapping[str, Any]) -> None:
        if report["op"] == "spawned":
            with self._lock:
                child = self._children.get(report["id"])
            if child is not None:
                child.was_spawned(report["pid"])
        elif report["op"] == "ended":
            end = End(
                report["status"], report["why"], report.get("peak", 0), report.get("cpu", 0.0)
            )
            self._child_ended(report["id"], end)

    def _nursery_gone(self, nursery: _NurseryProcess) -> None:
        """The processes that it made ended with it."""
        with self._lock:
            if self._nursery is nursery:
                self._nursery = None
            if self._stopped:
                return
            numbers = list(self._children)
        for number in numbers:
            self._child_ended(number, End(-9, "the process that makes the others ended"))

    # -- the worker and the application ---------------------------------------------------------

    def define(
        self,
        role: str,
        config: Callable[[], Mapping[str, Any]],
        handlers: Callable[[], Mapping[str, Handler]] = dict,
        on_ready: Callable[[Child], None] = lambda _child: None,
    ) -> None:
        """Say how the worker or the application is started, once, before anybody asks for it.

        :param config: asked for at each start.
        :param on_ready: called with each new one as soon as it answers ``ready``, before anybody
            else gets it; the place to tell it what it has to know.
        """
        self._helpers[role] = _Helper(role, config, handlers, on_ready)

    def worker(self) -> Child:
        """The process that runs tasks, started if need be, ready.

        :raises Unavailable: it does not start.
        """
        return self.helper("worker")

    def application(self) -> Child:
        """The process that answers requests about the data, started if need be, ready.

        :raises Unavailable: it does not start.
        """
        return self.helper("application")

    def running_helper(self, role: str) -> Child | None:
        """That process if it runs; it is not started."""
        helper = self._helpers.get(role)
        child = helper.child if helper is not None else None
        return child if child is not None and child.alive else None

    def helper(self, role: str) -> Child:
        """The process of that role, of which there is one; started if need be, ready.

        :raises Unavailable: it does not start.
        """
        try:
            helper = self._helpers[role]
        except KeyError:
            raise Unavailable(f"this host has no {role} process") from None
        child = helper.child
        if child is not None and child.alive:
            return child
        with helper.lock:
            if helper.child is not None and helper.child.alive:
                return helper.child
            helper.wanted = True
            child = self.spawn(role, helper.config(), helper.handlers(), name=role)
            try:
                child.link.call("ready", timeout=_HELPER_READY_S)
                helper.on_ready(child)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
                where = child.where()
                child.kill()
                end = child.wait(5)
                raise Unavailable(
                    f"the {role} process does not start: {error}"
                    + (f"; it {end}" if end is not None and end.status != -9 else "")
                    + (f"\n{where}" if where else "")
                ) from None
            helper.child = child
        child.on_exit(lambda end: self._helper_ended(helper, end))
        return child

    def _helper_ended(self, helper: _Helper, end: End) -> None:
        with self._lock:
            if self._stopped:
                return
        self._on_output("error", f"the {helper.role} process {end}; it is started again")
        now = time.monotonic()
        helper.deaths = [at for at in helper.deaths if now - at < 60] + [now]
        pause = _RESTARTS[min(len(helper.deaths), len(_RESTARTS)) - 1]
        timer = threading.Timer(pause, self._restart, (helper,))
        timer.daemon = True
        timer.start()

    def _restart(self, helper: _Helper) -> None:
        with suppress(Conflict):
            try:
                self.helper(helper.role)
            except Unavailable as error:
                self._on_output("error", error.message)


class _NurseryProcess:
    """The nursery, seen from the host."""

    def __init__(
        self,
        on_report: Callable[[Mapping[str, Any]], None],
        on_gone: Callable[[_NurseryProcess], None],
        on_output: Output,
    ) -> None:
        self._on_report = on_report
        self._on_gone = on_gone
        self._sock, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ready = threading.Event()
        self._error = ""
        self.gone = False
        self._sending = threading.Lock()
        with there:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-P", "-m", _NURSERY, str(there.fileno())],
                pass_fds=[there.fileno()],
                env=kept(os.environ) | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        self._output = threading.Thread(
            target=self._print, args=(on_output,), name="nursery output", daemon=True
        )
        self._output.start()
        self._thread = threading.Thread(target=self._hear, name="nursery", daemon=True)
        self._thread.start()

    def send(self, command: Mapping[str, Any], fds: list[int] | None = None) -> None:
        """Give it a command; one that is gone hears nothing."""
        with suppress(BrokenPipeError, ConnectionResetError), self._sending:
            socket.send_fds(self._sock, [msgspec.json.encode(command)], fds or [])

    def kill(self, number: int, why: str) -> None:
        """Have it end a child."""
        with suppress(OSError):
            self.send({"op": "kill", "id": number, "why": why})

    def dump(self, number: int) -> None:
        """Have a child say where its threads are."""
        self.send({"op": "dump", "id": number})

    def wait_ready(self, timeout: float) -> str:
        """Wait until it has imported everything. Returns a traceback if that failed."""
        if not self._ready.wait(timeout):
            return f"nothing was heard for {timeout:g} seconds"
        return self._error

    def close(self) -> None:
        """Hang up: it ends every child and itself. Waits for that."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(10)
        self._output.join(2)

    def _hear(self) -> None:
        while True:
            try:
                data = self._sock.recv(MAX_DATAGRAM)
            except OSError:
                break
            if not data:
                break
            report = msgspec.json.decode(data)
            if report["op"] == "ready":
                self._error = report["error"]
                self._ready.set()
            else:
                self._on_report(report)
        self.gone = True
        if not self._ready.is_set():
            self._error = f"the process ended with status {self._process.wait()}"
            self._ready.set()
        self._on_gone(self)
        self._sock.close()
        self._process.wait()

    def _print(self, on_output: Output) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                if text := line.decode("utf-8", "replace").rstrip():
                    on_output("info", text)


def _to_log(level: str, text: str) -> None:
    _logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", text)
