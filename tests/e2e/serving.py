"""Real ``jackfield serve`` processes, and the command line as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toy_plugins import TOY

START_S = 60.0


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the toy dialect installed and no settings of the user."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("JACKFIELD_")}
    kept = {k: v for k, v in os.environ.items() if k == "JACKFIELD_CACHE"}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # dozens of starts: compile once
    return {**inherited, **kept, "PYTHONPATH": str(TOY), "NO_COLOR": "1", **more}


def jackfield(
    *arguments: str, data: Path | None = None, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    place = [] if data is None else ["--data", str(data)]
    return subprocess.run(
        [sys.executable, "-m", "jackfield", *place, *arguments],
        env=environment(**more), input=stdin, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def ask(*arguments: str, data: Path) -> Any:
    """Run one command that succeeds, and read its JSON."""
    result = jackfield(*arguments, "--json", data=data)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Server:
    """A running ``jackfield serve``."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data
        self.info = self._wait()
        self.url = f"http://127.0.0.1:{self.info['port']}"

    def _wait(self) -> dict[str, Any]:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serve ended: {self.process.communicate()}")
            try:
                info: dict[str, Any] = json.loads((self.data / "run.json").read_bytes())
                if info["pid"] == self.process.pid:  # and not of one that was killed before
                    return info
            except (FileNotFoundError, ValueError):
                pass
            time.sleep(0.05)
        raise AssertionError("serve did not start")

    def api(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        """One request to the platform API: status and JSON."""
        raw = (
            body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        )
        request = urllib.request.Request(f"{self.url}/api/v1{path}", raw, method=method)
        request.add_header(
            "authorization", f"Bearer {self.info['token'] if token is None else token}"
        )
        if raw is not None:
            request.add_header("content-type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def wait_for(self, slug: str, state: str) -> dict[str, Any]:
        """The plugin once it is in that state."""
        deadline = time.monotonic() + START_S
        while True:
            plugin: dict[str, Any] = self.api("GET", f"/plugins/{slug}")[1]
            if plugin["state"] == state:
                return plugin
            assert time.monotonic() < deadline, plugin
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it with a signal: exit code and what it printed."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def serving(data: Path, *options: str, **more: str) -> Iterator[Server]:
    """A host on a free port for the time of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(data), "serve", "--port", "0", *options],
        env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Server(process, data)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
