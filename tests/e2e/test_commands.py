"""The commands of an operator, with the host running and stopped, as real processes."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e.serving import ask, environment, jackfield, serving
from jackfield.cli.app import run
from toy_plugins import TOY, toy_archive, toy_folder

pytestmark = pytest.mark.e2e

TOY_ONLY = ("--only", "toy")


def tour(data: Path, sources: Path) -> list[Any]:
    """One life of a plugin, and what each command said."""
    said = [
        ask("install", str(toy_archive(sources, version="1.0")), data=data),
        ask("enable", "greeter", "--grant", "all", data=data),
        ask("settings", "greeter", "greeting=moin", "loud=true", "key=secret", data=data),
        ask("settings", "greeter", data=data),
        ask("update", "greeter", str(toy_archive(sources, version="2.0")), data=data),
        ask("rollback", "greeter", data=data),
        ask("disable", "greeter", data=data),
        ask("list", data=data),
        ask("uninstall", "greeter", data=data),
        ask("list", data=data),
    ]
    for what in said:
        for entry in what if isinstance(what, list) else [what]:
            entry.pop("installed_at", None)
            entry.pop("state", None)
            entry.pop("reason", None)
    return said


def test_a_running_host_and_its_data_at_rest_say_the_same(tmp_path: Path) -> None:
    at_rest = tour(tmp_path / "at-rest", tmp_path / "a")
    with serving(tmp_path / "running", *TOY_ONLY):
        running = tour(tmp_path / "running", tmp_path / "b")
    assert running == at_rest
    assert at_rest[2]["values"] == {
        "greeting": "moin", "loud": True, "key": {"secret": True, "set": True},
    }  # fmt: skip
    assert at_rest[4]["version"] == "2.0"
    assert at_rest[5]["version"] == "1.0"
    assert at_rest[-1] == []


def test_what_is_enabled_at_rest_runs_with_the_host(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path)), data=data)
    assert ask("enable", "greeter", "--grant", "all", data=data)["state"] == "disabled"
    with serving(data, *TOY_ONLY) as server:
        server.wait_for("greeter", "running")
        assert ask("list", data=data)[0]["state"] == "running"
        server.stop()
    (plugin,) = ask("list", data=data)
    assert (plugin["state"], plugin["enabled"]) == ("disabled", True)
    newer = str(toy_archive(tmp_path, version="2.0"))
    still = "enabled and starts with the host\n"
    assert jackfield("update", "greeter", newer, data=data).stdout == f"greeter is now 2.0, {still}"
    assert jackfield("rollback", "greeter", data=data).stdout.endswith(f", {still}")


def test_enabling_in_a_script_needs_a_grant_and_lists_what(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path)), data=data)
    refused = jackfield("enable", "greeter", data=data)
    assert refused.returncode == 5
    assert refused.stdout == ""
    assert "chat.send" in refused.stderr
    assert "--grant all" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert ask("list", data=data)[0]["enabled"] is False


def type_into(terminal: int, process: subprocess.Popen[bytes], answer: bytes) -> str:
    """What a program on a terminal shows, with *answer* typed once it asks."""
    shown, asked = b"", False
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, shown
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
        if not asked and b"[y/N]" in shown:
            asked = True
            os.write(terminal, answer)
    process.wait(timeout=60)
    return shown.decode()


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 5), (b"\n", 5)])
def test_enabling_on_a_terminal_asks(tmp_path: Path, answer: bytes, code: int) -> None:
    data = tmp_path / "data"
    wanted = ["chat.send", "network.fetch(hosts=api.example.com)"]
    ask("install", str(toy_archive(tmp_path, permissions=wanted)), data=data)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(data), "enable", "greeter"],
        env=environment(), stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = type_into(ours, process, answer)
    finally:
        os.close(ours)
    assert process.returncode == code, shown
    assert "network.fetch(hosts=api.example.com)  high" in shown
    assert "Reach other servers" in shown
    assert ask("list", data=data)[0]["enabled"] is (code == 0)


def test_a_part_of_the_permissions_can_be_granted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    wanted = ["chat.send", "network.fetch(hosts=a.example,b.example)"]
    ask("install", str(toy_archive(tmp_path, permissions=wanted)), data=data)
    plugin = ask("enable", "greeter", "--grant", "network.fetch(hosts=a.example)", data=data)
    assert plugin["granted"] == ["network.fetch(hosts=a.example)"]
    answers = {a["permission"].partition("(")[0]: a["answer"] for a in plugin["asks"]}
    assert answers == {"chat.send": "refused", "network.fetch": "granted"}


def test_an_update_that_asks_for_more_waits_for_approval(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path)), data=data)
    with serving(data, *TOY_ONLY):
        ask("enable", "greeter", "--grant", "all", data=data)
        more = toy_archive(tmp_path, version="2.0", permissions=["chat.send", "network.fetch"])
        waiting = ask("update", "greeter", str(more), data=data)
        assert (waiting["version"], waiting["state"]) == ("1.0", "running")
        assert (waiting["pending_version"], waiting["missing"]) == ("2.0", ["network.fetch"])
        assert jackfield("enable", "greeter", data=data).returncode == 5
        approved = ask("enable", "greeter", "--grant", "all", data=data)
        assert (approved["version"], approved["state"]) == ("2.0", "running")


def test_a_plugin_that_does_not_start_is_reported_with_1(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path, broken=True)), data=data)
    with serving(data, *TOY_ONLY):
        result = jackfield("enable", "greeter", "--grant", "all", data=data)
        assert result.returncode == 1
        assert "greeter is failed: did not start: it is broken" in result.stdout
        log = jackfield("logs", "greeter", data=data).stdout
        assert 'File "toy.json", line 3' in log
        doctor = jackfield("doctor", data=data)
        assert doctor.returncode == 1
        assert "plugin greeter: failed" in doctor.stdout


def test_logs_outlive_the_host_that_wrote_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_folder(tmp_path)), data=data)
    ask("enable", "greeter", "--grant", "all", data=data)
    with serving(data, *TOY_ONLY) as server:
        server.wait_for("greeter", "running")
        server.stop()
    assert "stopped: the host stops" in jackfield("logs", "greeter", data=data).stdout
    with serving(data, *TOY_ONLY) as server:
        server.wait_for("greeter", "running")
        (line,) = jackfield("logs", "greeter", "-n", "1", "--json", data=data).stdout.splitlines()
        assert json.loads(line)["text"] == "stopped: the host stops"


def test_logs_are_followed_until_the_host_stops(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path)), data=data)
    with serving(data, *TOY_ONLY) as server:
        follower = subprocess.Popen(
            [sys.executable, "-m", "jackfield", "--data", str(data), "logs", "greeter", "-f"],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert follower.stdout is not None
        # Each turn writes a line; the first one after the follower is there is what it shows.
        while not select.select([follower.stdout], [], [], 0.2)[0]:
            server.api("POST", "/plugins/greeter/enable", {"grant": "all"})
            server.api("POST", "/plugins/greeter/disable")
        assert "stopped: it is disabled" in follower.stdout.readline()
        server.stop()
        _, err = follower.communicate(timeout=60)
    assert follower.returncode in (0, 6), err
    assert "Traceback" not in err


def test_logs_are_followed_from_before_the_host_starts_until_the_plugin_is_gone(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path)), data=data)
    ask("enable", "greeter", "--grant", "all", data=data)
    with serving(data, *TOY_ONLY) as server:
        server.wait_for("greeter", "running")
        server.stop()
    follower = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(data), "logs", "greeter", "-n", "1",
         "-f"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert follower.stdout is not None
        assert "stopped: the host stops" in follower.stdout.readline()
        with serving(data, *TOY_ONLY) as server:  # which the follower does not keep from its data
            server.wait_for("greeter", "running")
            server.api("POST", "/plugins/greeter/disable")
            while "stopped: it is disabled" not in follower.stdout.readline():
                pass
            ask("uninstall", "greeter", data=data)
            _, err = follower.communicate(timeout=60)
            assert (follower.returncode, err) == (0, "")
            _, _, complaints = server.stop()
            assert "Traceback" not in complaints
    finally:
        follower.kill()


def test_people_and_tokens_with_the_host_running_and_stopped(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ann = ask("user", "create", "ann", data=data)
    token = ask("token", "create", "ci", "--days", "3", data=data)
    with serving(data, *TOY_ONLY) as server:
        assert server.api("GET", "/info", token=token["token"])[0] == 200
        assert server.api("GET", "/info", token=ann["token"])[0] == 403
        assert ask("user", "admin", "Ann", data=data)["scopes"] == ["ADMIN"]
        assert server.api("GET", "/info", token=ann["token"])[0] == 200
        assert ask("user", "moderator", "ann", data=data)["scopes"] == ["ADMIN", "MODERATOR"]
        assert ask("user", "ban", ann["id"], data=data)["disabledAt"]
        assert server.api("GET", "/info", token=ann["token"])[0] == 403
        ask("token", "revoke", token["id"], data=data)
        assert server.api("GET", "/info", token=token["token"])[0] == 401
        link = ask("user", "admin-link", data=data)
        assert link["url"] == f"{server.url}{link['path']}"
        server.stop()
    assert ask("token", "list", data=data) == []
    (user,) = ask("user", "list", data=data)
    assert "disabledAt" in user
    assert "disabledAt" not in ask("user", "ban", "ann", "--lift", data=data)
    assert ask("user", "admin", "ann", "--revoke", data=data)["scopes"] == ["MODERATOR"]
    assert ask("user", "admin-link", data=data)["url"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["info", "nobody"], 3, "nobody: no such plugin is installed"),
        (["user", "admin", "nobody"], 3, "there is no user 'nobody'"),
        (["token", "revoke", "none"], 3, "there is no token 'none'"),
        (["token", "create", "x", "--scope", "GOD"], 2, "there is no scope 'GOD'"),
        (["install", "/no/such/file.toy"], 3, "/no/such/file.toy"),
        (["rollback", "greeter", "9.9"], 3, "no other version '9.9' is kept"),
        (["settings", "greeter", "volume=3"], 2, "no such setting"),
        (["settings", "greeter", "loud=maybe"], 2, "expected boolean, found 'maybe'"),
        (["settings", "greeter", "loud"], 2, "expected KEY=VALUE"),
        (["enable", "greeter", "--grant", "storage.kv"], 2, "does not ask for"),
        (["enable", "greeter", "--grant", ","], 2, "names no permission"),
        (["reload", "greeter"], 4, "is not enabled"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_the_documented_code(
    served_data: Path,
    arguments: list[str],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(TOY)
    assert run(["--data", str(served_data), *arguments]) == code
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.fixture(scope="module", params=["running", "stopped"])
def served_data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Data with one installed plugin, of a host that runs and of one that does not."""
    folder = tmp_path_factory.mktemp("served")
    data = folder / "data"
    ask("install", str(toy_archive(folder)), data=data)
    if request.param == "stopped":
        yield data
        return
    with serving(data, *TOY_ONLY):
        yield data
