"""``jackfield tengo``: what it says about several scripts at once, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jackfield.cli.app import run


@pytest.fixture
def scripts(tmp_path: Path) -> dict[str, Path]:
    texts = {"bad": "a := (", "good": "a:=1", "plugin": 'import("server").write(a)'}
    paths = {name: tmp_path / f"{name}.tengo" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    return paths


def test_one_bad_script_keeps_no_other_from_being_formatted(
    scripts: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good, gone = scripts["bad"], scripts["good"], scripts["good"].with_name("gone.tengo")
    assert run(["tengo", "fmt", str(bad), str(gone), str(good)]) == 1
    out = capsys.readouterr().out
    assert f"changed {good}\n" in out
    assert f"{bad}: Parse Error: expected operand, found 'EOF'" in out
    assert f"{gone}: Error: cannot read {gone}" in out
    assert good.read_text() == "a := 1\n"
    assert bad.read_text() == "a := ("


def test_fmt_check_changes_nothing(
    scripts: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(scripts["good"])
    assert run(["--json", "tengo", "fmt", "--check", good]) == 1
    assert json.loads(capsys.readouterr().out) == {"changed": [good], "problems": {}}
    assert scripts["good"].read_text() == "a:=1"
    assert run(["tengo", "fmt", good]) == 0
    assert run(["tengo", "fmt", "--check", good]) == 0


def test_check_of_a_script_that_is_made_for_a_host(
    scripts: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = str(scripts["plugin"])
    assert run(["tengo", "check", plugin]) == 1
    assert "module 'server' not found" in capsys.readouterr().out
    assert run(["tengo", "check", "--module", "server", plugin]) == 1
    assert "unresolved reference 'a'" in capsys.readouterr().out
    assert run(["tengo", "check", "--module", "server", "--input", "a", plugin]) == 0
