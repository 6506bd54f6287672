"""Does what a page tells its reader to do, in order, and compares what happens.

- a ``console`` block: each ``$ line`` is typed, and must print what stands below it, in which
  ``...`` stands for anything; nothing below it means that only success counts;
- an ``sh`` block: each line is typed and must succeed;
- a block with ``title="some/file"``: the reader's editor writes that file;
- a ``text`` block with ``title="chat"``: people, whose names begin with a small letter, say
  their lines in the chat, and everybody else must say theirs. ``(refused: why)`` is what the
  person before it is told.

Programs that run on (``make serve``, ``jackfield dev``) go to the background, on ports that are
free. Otherwise the reader's machine is as the page supposes: a clone with its examples, the
program on the path, a home.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import queue
import re
import select
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from docs.pages import ROOT, Block, blocks
from e2e.serving import environment
from jackfield.config import default_cache_dir

SECONDS = 60.0
SERVE_PORT, DEV_PORT = 8080, 8090


class Background:
    """A program that runs on, and what it has printed so far."""

    def __init__(self, line: str, cwd: Path, env: dict[str, str], shown_port: int) -> None:
        self.output = ""
        self.shown_port = shown_port
        self.port = 0
        self._words = line.split()
        self._process = subprocess.Popen(
            self._words, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self.prints("Ctrl-C stops it."), self.output
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.output)
        assert found is not None, self.output
        self.port = int(found[1])

    def develops(self, file: Path) -> bool:
        """Whether it is ``jackfield dev`` for the plugin that *file* is of."""
        return self.shown_port == DEV_PORT and self._words[2] in file.parts

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.output += line

    def prints(self, text: str, after: int = 0, seconds: float = SECONDS) -> bool:
        """Whether it prints *text*, behind the first *after* characters, within that time."""
        deadline = time.monotonic() + seconds
        while text not in self.output[after:]:
            assert self._process.poll() is None, self.output
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Person:
    """Somebody with the page open."""

    def __init__(self, url: str, name: str) -> None:
        raw = json.dumps({"displayName": name}).encode()
        with urllib.request.urlopen(f"{url}/api/chat/register", raw, timeout=SECONDS) as answer:
            token = json.loads(answer.read())["accessToken"]
        self._sent = 0
        self._heard: list[tuple[str, str]] = []
        self._socket: ClientConnection = connect(
            f"{url.replace('http', 'ws')}/api/chat/socket",
            subprotocols=["jackfield.chat.v1", f"jackfield.token.{token}"],  # type: ignore[list-item]
            open_timeout=SECONDS,
            legacy=True,
        )
        self._frames: queue.Queue[dict[str, Any]] = queue.Queue()
        # A page shows that it is there also while its reader is busy elsewhere.
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for raw in self._socket:
                frame: dict[str, Any] = json.loads(raw)
                if frame["type"] == "ping":
                    self._socket.send(json.dumps({"type": "pong"}))
                else:
                    self._frames.put(frame)
        self._frames.put({"type": "closed"})

    def say(self, body: str) -> str:
        """Post; returns why it was refused, or nothing."""
        self._sent += 1
        mark = str(self._sent)
        self._socket.send(json.dumps({"type": "post", "nonce": mark, "body": body}))
        while True:
            frame = self._read(SECONDS)
            if frame.get("nonce") == mark:
                return str(frame["reason"]) if frame["type"] == "refused" else ""

    def hears(self, name: str, body: str) -> None:
        """Wait until that was said."""
        while (name, body) not in self._heard:
            self._read(SECONDS)
        self._heard.remove((name, body))

    def _read(self, seconds: float) -> dict[str, Any]:
        frame = self._frames.get(timeout=seconds)
        assert frame["type"] != "closed", "the chat closed the connection"
        if frame["type"] == "message":
            message = frame["message"]
            self._heard.append((message["user"]["displayName"], message["body"]))
        return frame

    def close(self) -> None:
        self._socket.close()
        self._reader.join(SECONDS)


class Walkthrough:
    """One reader of one page, in *folder*."""

    def __init__(self, page: Path, folder: Path) -> None:
        self._page = page
        self._cwd = folder
        programs = str(Path(sys.executable).parent)
        self._env = environment(
            PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
            HOME=str(folder),
            XDG_DATA_HOME=str(folder / ".local" / "share"),
            JACKFIELD_CACHE=str(default_cache_dir()),
            JACKFIELD_PORT="0",
            PYTHONPATH="",
        )
        (folder / "examples").symlink_to(ROOT / "examples")
        self._running: list[Background] = []
        self._people: dict[tuple[int, str], Person] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for person in self._people.values():
            person.close()
        for program in self._running:
            program.stop()

    def follow(self) -> int:
        """Do all of the page. Returns how many commands were typed."""
        typed = 0
        for block in blocks(self._page):
            try:
                typed += self._do(block)
            except AssertionError as error:
                raise AssertionError(f"{self._page.name}, line {block.line}: {error}") from error
        return typed

    def _do(self, block: Block) -> int:
        if block.title.startswith("chat"):
            self._talk(block)
        elif block.title:
            self._write(block)
        elif block.kind == "console":
            steps = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
            for step in steps:
                line, _, expected = step.partition("\n")
                self._type(line, expected)
            return len(steps)
        elif block.kind == "sh":
            lines = [re.sub(r"\s+#.*", "", line) for line in block.text.splitlines()]
            for line in filter(None, lines):
                self._type(line, "")
            return len(lines)
        return 0

    # -- typing -------------------------------------------------------------------------------

    def _type(self, line: str, expected: str) -> None:
        if line.startswith(("git clone", "cd ", ". .venv/")):
            return  # done: this is a clone, and its programs are on the path
        if line == "make serve":
            recipe = (ROOT / "Makefile").read_text()
            assert "exec $(BIN)/jackfield serve" in recipe
            said = self._start("jackfield serve", SERVE_PORT)
        elif line.startswith("jackfield dev "):
            said = self._start(f"{line} --port 0", DEV_PORT)
        elif line.startswith("curl -s "):  # not every machine has it
            said = self._fetch(line.removeprefix("curl -s "))
        else:
            said = self._run(line, expected)
        if expected:
            assert matches(said, expected), f"$ {line} printed:\n{said}\nexpected:\n{expected}"

    def _start(self, line: str, port: int) -> str:
        for program in self._running:
            if program.shown_port == port:
                program.stop()
        self._running = [program for program in self._running if program.shown_port != port]
        started = Background(line, self._cwd, self._env, port)
        if port == DEV_PORT:
            assert started.prints(" loaded in "), started.output
        self._running.append(started)
        return self._as_shown(started.output)

    def _run(self, line: str, expected: str) -> str:
        deadline = time.monotonic() + SECONDS
        while True:
            code, said = self._once(line)
            fails = bool(re.search(r"^(error|FAIL)", expected, re.MULTILINE))
            assert (code != 0) is fails, f"$ {line} ended with {code}:\n{said}"
            # A plugin hears events in the background; its log is read until they are there.
            late = line.startswith("jackfield logs") and not matches(said, expected)
            if not late or time.monotonic() > deadline:
                return said
            time.sleep(0.1)

    def _fetch(self, url: str) -> str:
        for program in self._running:
            url = url.replace(f":{program.shown_port}", f":{program.port}")
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return str(answer.read().decode())

    def _once(self, line: str) -> tuple[int, str]:
        """On a terminal, as a reader has it, answering yes to what it asks."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["sh", "-c", line], cwd=self._cwd, env=self._env,
            stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        shown, asked = b"", False
        try:
            while True:
                ready, _, _ = select.select([ours], [], [], SECONDS)
                assert ready, f"$ {line} hangs after {shown!r}"
                try:
                    chunk = os.read(ours, 4096)
                except OSError:  # the other end is closed
                    break
                if not chunk:
                    break
                shown += chunk
                if not asked and b"[y/N]: " in shown:
                    asked = True
                    os.write(ours, b"y\n")
        finally:
            os.close(ours)
            process.wait(SECONDS)
        return process.returncode, self._as_shown(shown.decode().replace("\r\n", "\n"))

    def _as_shown(self, text: str) -> str:
        for program in self._running:
            text = text.replace(f":{program.port}", f":{program.shown_port}")
        return text.replace(f"{self._cwd}/", "")

    # -- editing ------------------------------------------------------------------------------

    def _write(self, block: Block) -> None:
        file = self._cwd / block.title
        assert file.parent.is_dir(), f"{block.title}: the page made no such folder"
        developed = next((one for one in self._running if one.develops(file)), None)
        length = len(developed.output) if developed else 0
        for _ in range(10):
            file.write_text(block.text)
            # One that has only just said that it runs may not look at the folder yet.
            if developed is None or developed.prints(" loaded in ", after=length, seconds=6):
                return
        raise AssertionError(f"{block.title} was saved and not loaded: {developed.output}")

    # -- talking ------------------------------------------------------------------------------

    def _talk(self, block: Block) -> None:
        port = DEV_PORT if str(DEV_PORT) in block.title else SERVE_PORT
        (where,) = [one for one in self._running if one.shown_port == port]
        listener = self._person(where, "listener")
        refused = ""
        for line in block.text.splitlines():
            if line.startswith("("):
                assert line == f"(refused: {refused})", f"{line} but was told {refused!r}"
                refused = ""
                continue
            assert not refused, f"refused: {refused}"
            name, _, body = line.partition(": ")
            if name[0].islower():
                refused = self._person(where, name).say(body)
            else:
                listener.hears(name, body)
        assert not refused, f"refused: {refused}"

    def _person(self, where: Background, name: str) -> Person:
        if (where.port, name) not in self._people:
            self._people[where.port, name] = Person(where.url, name)
        return self._people[where.port, name]


def matches(said: str, expected: str) -> bool:
    """Whether a program said that; ``...`` stands for anything."""
    wanted = [re.escape(line.rstrip()).replace(r"\.\.\.", ".*?") for line in expected.splitlines()]
    spoken = "\n".join(line.rstrip() for line in said.strip("\n").splitlines())
    return re.fullmatch("\n".join(wanted).strip(), spoken, re.DOTALL) is not None
