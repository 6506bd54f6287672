"""The root of the command line: commands, options, exit codes, and what it costs to load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield.cli import app as root
from jackfield.cli.app import SECTIONS, LazyGroup, run

COMMANDS = LazyGroup().list_commands(None)
HEAVY = ("fastapi", "starlette", "uvicorn", "wasmtime", "sqlalchemy", "pydantic", "httpx2", "rich")


def modules_after(*code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after running *code*."""
    program = "\n".join([*code, "import sys; print(*{m.partition('.')[0] for m in sys.modules})"])
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not modules_after("import jackfield").intersection(HEAVY)


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after("from jackfield.cli.app import run", "run(['--help'])")
    assert "typer" in loaded
    assert not loaded.intersection(HEAVY)


def test_help_of_no_command_loads_anything_heavy() -> None:
    loaded = modules_after(
        "from jackfield.cli.app import run",
        f"assert [run([name, '--help']) for name in {COMMANDS}] == [0] * {len(COMMANDS)}",
    )
    assert loaded.intersection(HEAVY) <= {"pydantic"}  # Typer itself uses it, for ranges


def test_help_lists_every_command_with_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for heading in SECTIONS:
        assert f"{heading}:" in shown
    for name in COMMANDS:
        line = next(line for line in shown.splitlines() if line.split()[:1] == [name])
        assert len(line.split()) > 2


@pytest.mark.parametrize("group", ["tengo", "user", "token", "engine"])
def test_a_group_alone_shows_its_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([group]) == 0
    shown = capsys.readouterr()
    assert run([group, "--help"]) == 0
    assert shown.out == capsys.readouterr().out
    assert "Commands:" in shown.out
    assert shown.err == ""


def test_every_command_is_under_a_heading() -> None:
    named = {name for names in SECTIONS.values() for name in names}
    here = Path(root.__file__).parent
    made = {file.stem for file in here.glob("*.py") if "\napp = typer.Typer(" in file.read_text()}
    assert made - {"app"} == set(COMMANDS)
    assert set(COMMANDS) <= named


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Usage: jackfield" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("jackfield ")


def test_the_package_is_the_program_too() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "jackfield", "--version"], capture_output=True, text=True
    )
    assert (result.returncode, result.stdout[:10]) == (0, "jackfield ")


def test_a_mistyped_command_is_one_line_with_a_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["enabel"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Did you mean 'enable'?" in captured.err
    assert "jackfield --help" in captured.err


@pytest.mark.parametrize(
    "arguments", [["list", "--lots"], ["enable"], ["logs", "x", "-n", "many"], ["user", "lits"]]
)
def test_a_wrong_command_line_is_one_line_and_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_a_wrong_command_line_is_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "enabel"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "usage"
    assert "enabel" in error["message"]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Makes the command ``completion`` raise what the test puts in."""
    from jackfield.cli import completion

    errors: list[BaseException] = []

    def fail(**_: object) -> str:
        raise errors[0]

    monkeypatch.setattr("typer.completion.get_completion_script", fail)
    assert completion
    return errors


def test_ctrl_c_ends_with_130_and_no_words(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyboardInterrupt())
    assert run(["completion"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_one_line_and_6(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(OSError(28, "No space left on device", "/data/x"))
    assert run(["completion"]) == 6
    assert capsys.readouterr().err == "error: /data/x: no space left on device\n"


def test_a_bug_is_one_line_and_1(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ValueError("oops"))
    assert run(["completion"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: internal error: ValueError: oops")
    assert "JACKFIELD_DEBUG" in shown
    assert shown.count("\n") == 1


def test_the_traceback_is_shown_to_those_who_ask(
    failing: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JACKFIELD_DEBUG", "1")
    failing.append(ValueError("oops"))
    assert run(["completion"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    assert "_JACKFIELD_COMPLETE" in capsys.readouterr().out


def test_completion_knows_the_commands() -> None:
    environment = {
        **os.environ, "_JACKFIELD_COMPLETE": "complete_bash",
        "COMP_WORDS": "jackfield unin", "COMP_CWORD": "1",
    }  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-m", "jackfield"], env=environment, capture_output=True, text=True
    )
    assert result.stdout.split() == ["uninstall"]


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    program = f"{sys.executable} -m jackfield --help | head -1"
    result = subprocess.run(program, shell=True, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
