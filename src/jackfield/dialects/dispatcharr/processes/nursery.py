"""The process that the others are forked from, with Django imported and nothing connected.

A fresh interpreter needs a second to import Django and the models; a fork of this one needs some
milliseconds and shares the memory. It has one thread, since a fork copies only the one that forks,
and does nothing but fork, count and bury. When the host's end of its socket closes, it ends every
process and itself.

Commands (JSON datagrams): ``configure``, ``spawn`` (with four descriptors: the child's end of its
link, a file for dumps, where its output goes, a file with its configuration), ``kill``, ``dump``.
Reports: ``ready``, ``spawned``, ``ended``.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from jackfield.dialects.dispatcharr.processes import linux
from jackfield.dialects.dispatcharr.processes.limits import Limits

MAX_DATAGRAM = 128 * 1024
DUMP_SIGNAL = signal.SIGRTMIN + 7
"""Has a process write where each of its threads is, whatever it does."""

_WATCH_S = 0.5


@dataclass
class _Child:
    id: int
    pid: int
    role: str
    limits: Limits
    why: str = ""
    peak: int = 0
    doomed: bool = field(default=False)


class Nursery:
    """See the module.

    :param control: a datagram socket to the host.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._watched = 0.0

    # -- the loop -------------------------------------------------------------------------------

    def serve(self) -> None:
        """Obey until the host is gone, then end everything."""
        linux.adopt_orphans()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # The last, so that a child that is asked before it can answer is not ended by it.
        for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, DUMP_SIGNAL):
            signal.signal(ignored, signal.SIG_IGN)  # the host says when
        signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        try:
            while self._round():
                pass
        finally:
            self._end_all()

    def _round(self) -> bool:
        # Rarer when there are many, so that looking at them costs a percent or two and not more.
        pause = _WATCH_S * max(1.0, len(self._children) / 20)
        for key, _ in self._selector.select(pause if self._children else None):
            if key.fileobj is self._control:
                if not self._command():
                    return False
            else:
                with suppress(BlockingIOError):
                    os.read(self._wake_in, 4096)
        self._bury()
        if time.monotonic() - self._watched >= pause:
            self._watch()
            self._watched = time.monotonic()
        return True

    def _command(self) -> bool:
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MAX_DATAGRAM, 4)
        except OSError:
            return False
        if not data:
            return False
        command = msgspec.json.decode(data)
        match command["op"]:
            case "configure":
                self._configure(command["environment"], command["imports"])
            case "spawn":
                self._spawn(command, fds)
            case "kill":
                if (child := self._children.get(command["id"])) is not None:
                    self._kill(child, command.get("why", ""))
            case "dump":
                if (child := self._children.get(command["id"])) is not None:
                    with suppress(ProcessLookupError):
                        os.kill(child.pid, DUMP_SIGNAL)
        return True

    def _report(self, **message: Any) -> None:
        with suppress(OSError):
            self._control.send(msgspec.json.encode(message))

    # -- getting ready --------------------------------------------------------------------------

    def _configure(self, environment: dict[str, Any], imports: list[str]) -> None:
        """Import what every child needs, once; without Django if there is no environment."""
        began, error = time.monotonic(), ""
        try:
            if environment:
                from jackfield.dialects.dispatcharr import django_setup

                django_setup.configure(django_setup.Environment.from_dict(environment))
            for module in imports:
                importlib.import_module(module)
        except Exception:  # noqa: BLE001 - the host shows it
            error = traceback.format_exc()
        gc.collect()
        gc.freeze()  # so that a child's collector leaves the shared pages shared
        self._report(op="ready", pid=os.getpid(), seconds=time.monotonic() - began, error=error)

    # -- making a child -------------------------------------------------------------------------

    def _spawn(self, command: dict[str, Any], fds: list[int]) -> None:
        limits = Limits.from_dict(command["limits"])
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError as error:
            for fd in fds:
                os.close(fd)
            self._report(op="ended", id=command["id"], pid=0, status=-1, why=f"fork: {error}")
            return
        if pid == 0:
            self._be_child(command, fds, limits)
        for fd in fds:
            os.close(fd)
        self._children[command["id"]] = _Child(command["id"], pid, command["role"], limits)
        self._report(op="spawned", id=command["id"], pid=pid)

    def _be_child(self, command: dict[str, Any], fds: list[int], limits: Limits) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for one in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(one, signal.SIG_DFL)
            linux.die_with_parent(signal.SIGKILL)
            linux.adopt_orphans()
            os.setsid()
            self._selector.close()
            self._control.close()
            os.close(self._wake_in)
            os.close(self._wake_out)
            link, dump, output, config = fds
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            os.set_inheritable(dump, False)
            os.set_inheritable(link, False)
            _restrict(limits)
            _watch_for_crashes(dump)
            module = importlib.import_module(command["module"])
            with open(config, "rb") as file:  # noqa: PTH123 - a descriptor
                values = msgspec.json.decode(file.read())
            module.main(socket.socket(fileno=link), values)
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:  # noqa: BLE001 - it goes to the host, as the process' output
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status & 0xFF)

    # -- ending one -----------------------------------------------------------------------------

    def _kill(self, child: _Child, why: str = "") -> None:
        """End a child and everything below it. Whatever it forks meanwhile is found later."""
        child.doomed = True
        child.why = child.why or why
        if why:  # where it is now is what its author wants to know
            _signal(child.pid, DUMP_SIGNAL)
            time.sleep(0.05)
        below = linux.descendants(child.pid)
        for pid in (child.pid, *below):
            _signal(pid, signal.SIGSTOP)  # so that it cannot make more while it is taken apart
        for pid in (*linux.descendants(child.pid), child.pid):
            _signal(pid, signal.SIGKILL)

    def _bury(self) -> None:
        """Report the children that ended, and end what they leave behind.

        Each child is the parent of its own orphans, so that an unknown child of this process can
        only come from one that has ended.
        """
        by_pid = {child.pid: child for child in self._children.values()}
        for _ in range(1000):
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                strays = [one for one in linux.children(os.getpid()) if one not in by_pid]
                if not strays:
                    return
                for stray in strays:
                    _signal(stray, signal.SIGKILL)
                time.sleep(0.001)
                continue
            child = by_pid.pop(pid, None)
            if child is None:
                continue
            for stray in linux.children(os.getpid()):
                if stray not in by_pid:
                    _signal(stray, signal.SIGKILL)
            del self._children[child.id]
            self._report(
                op="ended",
                id=child.id,
                pid=pid,
                status=os.waitstatus_to_exitcode(status),
                why=child.why,
                peak=max(used.ru_maxrss * 1024, child.peak),
                cpu=used.ru_utime + used.ru_stime,
            )

    def _watch(self) -> None:
        """End a child that, with all it started, takes more than its limits."""
        for child in list(self._children.values()):
            limits = child.limits
            if child.doomed or not (limits.memory or limits.processes):
                continue
            tree = [child.pid, *linux.descendants(child.pid)]
            if limits.processes and len(tree) > limits.processes:
                self._kill(child, f"{len(tree)} processes; at most {limits.processes} are allowed")
                continue
            held = sum(linux.resident_bytes(pid) for pid in tree)
            if limits.memory and held > limits.memory:  # looked at more closely
                held = sum(linux.own_bytes(pid) for pid in tree)
            child.peak = max(child.peak, held)
            if limits.memory and held > limits.memory:
                self._kill(
                    child,
                    f"{held // 2**20:,} MiB of memory; "
                    f"at most {limits.memory // 2**20:,} MiB are allowed",
                )

    def _end_all(self) -> None:
        for child in list(self._children.values()):
            self._kill(child)
        deadline = time.monotonic() + 5
        while self._children and time.monotonic() < deadline:
            self._bury()
            time.sleep(0.005)
        self._bury()


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _restrict(limits: Limits) -> None:
    for what, wanted in (
        (resource.RLIMIT_DATA, limits.data),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, limits.file_size),
    ):
        if not wanted:
            continue
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(what, (wanted, wanted))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch_for_crashes(dump: int) -> None:
    import faulthandler

    faulthandler.enable(dump, all_threads=True)
    faulthandler.register(DUMP_SIGNAL, dump, all_threads=True)


def main() -> None:
    """Serve the host whose socket is the descriptor named on the command line."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)
    Nursery(control).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
