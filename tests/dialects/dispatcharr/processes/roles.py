"""What the processes of these tests do."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.processes.link import Link


class Parent:
    """Forks on command."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.link: Link | None = None

    def ready(self) -> bool:
        return True

    def echo(self, **values: Any) -> Any:
        return {**values, "config": self.config, "pid": os.getpid()}

    def environ(self) -> dict[str, str]:
        return dict(os.environ)

    def threads(self) -> int:
        return threading.active_count()

    def fds(self) -> list[str]:
        found = []
        for fd in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # the listing itself
                found.append(str(fd.readlink()))
        return found

    def die(self, how: str) -> None:
        match how:
            case "exit":
                os._exit(7)
            case "segv":
                ctypes.string_at(0)
            case "print":
                print("last words", flush=True)
                os._exit(3)

    def hang_up(self) -> None:
        assert self.link is not None
        self.link._sock.shutdown(socket.SHUT_RDWR)
        time.sleep(600)

    def spin(self) -> None:
        def round_and_round() -> None:
            while True:
                pass

        round_and_round()

    def spawn(self, *, escape: bool) -> int:
        """A child that outlives this process if it can; escaped: of its own session, orphaned."""
        if not escape:
            return subprocess.Popen(["sleep", "600"]).pid
        code = (
            "import os,sys,time\n"
            "if os.fork(): os._exit(0)\n"
            "os.setsid()\n"
            "if os.fork(): os._exit(0)\n"
            "print(os.getpid(), flush=True)\n"
            "os.close(1)\n"
            "time.sleep(600)\n"
        )
        out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
        return int(out.stdout)

    def bomb(self) -> None:
        while True:
            if os.fork() == 0:
                time.sleep(600)

    def eat(self, mebibytes: int) -> str:
        try:
            held = [b"x" * 2**20 for _ in range(mebibytes)]
        except MemoryError:
            return "MemoryError"
        time.sleep(600)
        return str(len(held))

    def ask_host(self, text: str) -> Any:
        assert self.link is not None
        return self.link.call("shout", text=text)


def main(sock: socket.socket, config: dict[str, Any]) -> None:
    if config.get("fail"):
        raise RuntimeError("cannot begin")
    parent = Parent(config)
    names = [name for name in dir(parent) if not name.startswith("_")]
    handlers = {name: getattr(parent, name) for name in names if callable(getattr(parent, name))}
    gone = threading.Event()
    parent.link = Link(sock, handlers, gone.set, start=False)
    parent.link.start()
    gone.wait()
    if config.get("stay"):
        time.sleep(600)
