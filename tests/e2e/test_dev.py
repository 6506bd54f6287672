"""``jackfield dev`` as a process: save a file, and the plugin is another."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.serving import environment, jackfield
from toy_plugins import toy_folder

pytestmark = pytest.mark.e2e


class Dev:
    """A running ``jackfield dev``."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jackfield", "dev", str(folder), "--port", "0"],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+/_dev/", line):
                self.url = found[0]
                break
        else:
            raise AssertionError("dev ended")

    def ask(self, path: str, body: Any = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, raw)
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def wait(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while not until(state := self.ask("state")):
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
        found: dict[str, Any] = state
        return found


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    made = Dev(toy_folder(tmp_path))
    try:
        made.wait(lambda state: state["running"])
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def test_a_saved_file_is_loaded_once_and_a_broken_one_reported(dev: Dev, tmp_path: Path) -> None:
    toy_folder(tmp_path, version="2.0")
    dev.wait(lambda state: state["version"] == "2.0")
    (tmp_path / "greeter" / "toy.json").write_text("{}")
    broken = dev.wait(lambda state: state["error"] is not None)
    assert broken["running"] is True
    toy_folder(tmp_path, version="3.0")
    fixed = dev.wait(lambda state: state["version"] == "3.0")
    assert fixed["error"] is None
    time.sleep(1)  # what the build itself writes must not be taken for a change
    assert dev.ask("state")["generation"] <= fixed["generation"] + 1
    assert dev.ask("chat", {"user": "alice", "body": "hi"})["allowed"] is True


def test_it_ends_well_and_shows_what_happened(dev: Dev) -> None:
    dev.ask("event", {"type": "toy.poke", "payload": "gently"})
    dev.process.send_signal(signal.SIGINT)
    shown, _ = dev.process.communicate(timeout=30)
    assert dev.process.returncode == 0
    assert "greeter loaded in" in shown
    assert 'toy.poke "gently"' in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("folder", "code", "words"),
    [("nowhere", 3, "no such folder"), ("empty", 2, "no plugin of an installed dialect")],
)
def test_a_folder_without_a_plugin_is_one_line(
    tmp_path: Path, folder: str, code: int, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    result = jackfield("dev", str(tmp_path / folder), "--port", "0")
    assert (result.returncode, result.stdout) == (code, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
