"""``owncast-plugin-test``: output, exit codes. Source: owncast spec 6.3 and 11."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.dialects.owncast.tools.test import main
from jackfield.plugins.scenario import MakeStage
from jackfield.scenarios import stage_maker
from jackfield.services.engine import SandboxEngine

Run = Callable[..., tuple[int, str, str]]

SOURCE = (
    "print('loaded')\n"
    "@plugin.on_chat_message\n"
    "def f(msg):\n"
    "    owncast.log.error('careful')\n"
    "    if msg.body == 'boom': 1 / 0\n"
    "    owncast.chat.send(msg.body)\n"
)
SAY = {"event": "chat.message.received", "payload": {"body": "a"}}
BOOM = {"event": "chat.message.received", "payload": {"body": "boom"}}


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sandbox_engine: SandboxEngine,
) -> Run:
    """Runs the program in *tmp_path*; gives exit code, standard output, standard error."""

    def stages(console: TerminalConsole) -> MakeStage:
        return stage_maker("owncast", sandbox_engine, console.watch)

    def start(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        code = main(arguments, stages)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return start


def built(folder: Path, source: str = SOURCE, **tests: Any) -> Path:
    """A folder as the author's build leaves it."""
    files = {f"__tests__/{name}.test.json": json.dumps(value) for name, value in tests.items()}
    made = project(folder, {"bot.py": source, **files}, permissions=["chat.send"])
    (made / "src/plugin.py").unlink()
    return made


@pytest.mark.parametrize("flag", ["--version", "-version", "version"])
def test_version(run: Run, flag: str) -> None:
    code, out, err = run(flag)
    assert (code, err) == (0, "")
    assert out.startswith("owncast-plugin-test 0.")


@pytest.mark.sandbox
def test_passing_and_failing_scenarios(run: Run, tmp_path: Path) -> None:
    built(
        tmp_path / "p",
        a=[
            {"name": "says it", "events": [SAY], "expect": {"chatSends": ["a"]}},
            {"name": "does not", "events": [SAY], "expect": {"chatSends": [], "typo": 1}},
        ],
        b=[{"name": "two steps", "events": [{}]}],
        c=[{"name": "logs", "events": [BOOM], "expect": {"chatSends": []}}],
    )
    code, out, err = run("p")
    assert code == 1
    assert out == (
        "ok    __tests__/a.test.json :: says it\n"
        "FAIL  __tests__/a.test.json :: does not\n"
        '        chatSends: expected [], got ["a"]\n'
        "FAIL  __tests__/b.test.json\n"
        "        [0].events[0]: expected exactly one of event, filter, http, tabContent, "
        "pageContent, pageStyles, pageScripts, authCheck, action, found none\n"
        "ok    __tests__/c.test.json :: logs\n"
        "\n"
        "2/4 passed\n"
    )
    lines = err.splitlines()
    assert "[bot] loaded" in lines
    assert lines.count("[bot] careful") == 3
    assert "[bot] event chat.message.received: ZeroDivisionError: division by zero" in lines
    assert '  File "plugin.py", line 5, in f' in lines
    assert any(line.endswith("[1].expect.typo is not part of the format and does nothing")
               for line in lines)  # fmt: skip


@pytest.mark.sandbox
def test_all_passed_in_the_current_folder(run: Run, tmp_path: Path) -> None:
    built(tmp_path, a=[{"name": "one", "events": [SAY]}])
    code, out, _ = run()
    assert (code, out) == (0, "ok    __tests__/a.test.json :: one\n\n1/1 passed\n")


@pytest.mark.sandbox
@pytest.mark.parametrize("arguments", [("--load-only", "p"), ("p", "--load-only"), ("x", "p")])
def test_load_only_needs_no_tests_and_the_last_folder_counts(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    built(tmp_path / "p")
    code, out, err = run("--load-only", *arguments)
    assert (code, out, err) == (0, "ok    plugin loads cleanly\n", "[bot] loaded\n")


@pytest.mark.sandbox
@pytest.mark.parametrize("arguments", [("p",), ("--load-only", "p")])
def test_a_plugin_that_does_not_load(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    built(tmp_path / "p", "x = 1\nraise ValueError('not today')\n", a=[{"name": "one"}])
    code, out, _ = run(*arguments)
    assert code == 1
    assert out.startswith("FAIL  load: bot: plugin.py:2: ValueError: not today\n")
    assert 'File "plugin.py", line 2' in out
    assert "passed" not in out


@pytest.mark.sandbox
def test_what_is_built_is_what_is_tested(run: Run, tmp_path: Path) -> None:
    folder = built(
        tmp_path / "p", a=[{"name": "one", "events": [SAY], "expect": {"chatSends": ["a"]}}]
    )
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src/plugin.py").write_text("this is not even Python")
    assert run("p")[0] == 0


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("remove", "what"),
    [
        ("plugin.manifest.json", "plugin.manifest.json: is missing"),
        ("bot.py", "is missing"),
        ("__tests__/a.test.json", r"there is no *.test.json in __tests__"),
    ],
)
def test_what_is_missing(run: Run, tmp_path: Path, remove: str, what: str) -> None:
    folder = built(tmp_path / "p", a=[])
    (folder / remove).unlink()
    code, out, err = run("p")
    assert (code, out) == (2, "")
    assert what in err.splitlines()[-1]
    assert err.splitlines()[-1].startswith("owncast-plugin-test: ")


def test_no_build_no_folder_no_manifest(run: Run, tmp_path: Path) -> None:
    project(tmp_path / "unbuilt")
    code, _, err = run("unbuilt")
    assert code == 2
    assert err == "owncast-plugin-test: bot: there is no bot.py (build the plugin first)\n"
    for folder in ("nowhere", "--unknown-flag"):
        code, out, err = run(folder)
        assert (code, out) == (2, "")
        assert err.startswith("owncast-plugin-test: ")
        assert "Traceback" not in err


def test_a_bad_manifest(run: Run, tmp_path: Path) -> None:
    folder = built(tmp_path / "p", a=[])
    (folder / "plugin.manifest.json").write_text('{"api": "2"}')
    code, out, err = run("p")
    assert (code, out) == (2, "")
    assert "api: expected the text '1', found the text '2'" in err
