"""The commands of an author: new, build, package, and which dialect a folder is of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jackfield.cli.app import run
from toy_plugins import TOY, toy_folder


@pytest.fixture(autouse=True)
def toy_dialect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(TOY)
    monkeypatch.chdir(tmp_path)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_plugin_is_made_built_and_packaged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = result(capsys, "new", "waver", "--dialect", "toy")
    assert made["folder"] == str(tmp_path / "waver")
    assert made["slug"] == "waver"
    built = result(capsys, "build", "waver")
    assert built["written"] == [str(tmp_path / "waver" / "built.txt")]
    packaged = result(capsys, "package", "waver", "--out", "w.toy")
    assert packaged["archive"] == str(tmp_path / "w.toy")
    assert packaged["bytes"] == (tmp_path / "w.toy").stat().st_size


def test_each_step_says_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "waver", "--dialect", "toy"]) == 0
    assert "Next: jackfield dev waver" in capsys.readouterr().out
    assert run(["package", "waver"]) == 0
    assert "Next: jackfield install waver/waver.toy" in capsys.readouterr().out


def test_an_owncast_plugin_is_the_usual_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert result(capsys, "new", "greeter")["dialect"] == "owncast"
    assert (tmp_path / "greeter" / "plugin.manifest.json").exists()
    (built,) = result(capsys, "build", "greeter")["written"]
    assert built == str(tmp_path / "greeter" / "greeter.py")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["new", "taken"], 4, "taken: exists already"),
        (["new", "x", "--dialect", "none"], 2, "no dialect 'none' is installed"),
        (["new", "No Slug"], 2, "is not a slug"),
        (["build", "nowhere"], 3, "nowhere: no such folder"),
        (["build", "taken"], 2, "holds no plugin of an installed dialect"),
        (["test", "taken"], 2, "holds no plugin"),
        (["test", "toy"], 2, "plugins of Toy have no scenarios"),
        (["package", "broken"], 2, "expected a text, found 3"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    (tmp_path / "taken").mkdir()
    toy_folder(tmp_path, "toy")
    (toy_folder(tmp_path, "broken") / "toy.json").write_text('{"slug": 3}')
    assert run(arguments) == code
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
