from __future__ import annotations

import io
from pathlib import Path

import pytest

from jackfield.tengo import CompileError, Limits, TimeLimitError
from jackfield.tengo.__main__ import main
from jackfield.tengo.tools import ScriptNotFound, check_script, format_script, run_script


def script(folder: Path, text: str) -> Path:
    path = folder / "script.tengo"
    path.write_text(text)
    return path


def test_run(tmp_path: Path) -> None:
    (tmp_path / "lib.tengo").write_text("export 41")
    path = script(tmp_path, '#!/usr/bin/env tengo\nout := import("lib") + 1')
    assert run_script(path)["out"] == 42


def test_run_under_limits(tmp_path: Path) -> None:
    with pytest.raises(TimeLimitError, match=r"script\.tengo:1:1"):
        run_script(script(tmp_path, "for {}"), limits=Limits(seconds=0.05))


def test_check(tmp_path: Path) -> None:
    assert check_script(script(tmp_path, 'a := import("text")')) is None
    problem = check_script(script(tmp_path, "a = 1"))
    assert problem == "Compile Error: unresolved reference 'a'\n\tat script.tengo:1:1"
    assert "cannot read" in str(check_script(tmp_path / "none.tengo"))


def test_check_of_a_script_that_is_made_for_a_host(tmp_path: Path) -> None:
    path = script(tmp_path, 'srv := import("server")\nif srv.method == "" { panic("no") }')
    assert "module 'server' not found" in str(check_script(path))
    assert "unresolved reference 'panic'" in str(check_script(path, modules=["server"]))
    assert check_script(path, modules=["server"], inputs=["panic"]) is None
    assert "module 'server' not found" in str(check_script(path, inputs=["panic"]))


def test_format(tmp_path: Path) -> None:
    path = script(tmp_path, "a:=1")
    assert format_script(path)
    assert path.read_text() == "a:=1"
    assert format_script(path, write=True)
    assert path.read_text() == "a := 1\n"
    assert not format_script(path, write=True)


def test_format_takes_a_lone_carriage_return_for_the_space_that_it_is(tmp_path: Path) -> None:
    path = tmp_path / "odd.tengo"
    path.write_bytes(b"x := 5\r-3\r\ny := `a\r\nb`")
    assert run_script(path)["x"] == 2
    assert format_script(path, write=True)
    assert path.read_bytes() == b"x := 5 - 3\ny := `a\nb`\n"
    result = run_script(path)
    assert result["x"] == 2
    assert result["y"] == "a\nb"


def test_format_sees_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "lines.tengo"
    path.write_bytes(b"x := 5\r\n")
    assert format_script(path, write=True)
    assert path.read_bytes() == b"x := 5\n"


def test_format_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(ScriptNotFound):
        format_script(tmp_path / "none.tengo")
    path = tmp_path / "odd.tengo"
    path.write_bytes(b"\xff")
    with pytest.raises(CompileError, match="illegal UTF-8"):
        format_script(path)


def test_an_interrupted_program_ends_as_shells_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting(io.StringIO):
        def write(self, _text: str) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdout", Interrupting())
    assert main([str(script(tmp_path, 'import("fmt").println("hi")'))]) == 130


def test_module_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = script(tmp_path, 'import("fmt").println("hi")')
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == "hi\n"
    assert main([str(path), "--check"]) == 0
    bad = script(tmp_path, "a b")
    assert main([str(bad), "--check"]) == 1
    assert main([str(bad)]) == 1
    assert "Parse Error: expected ';', found b" in capsys.readouterr().err
    assert main([str(script(tmp_path, "a:=1")), "--format"]) == 0
    assert path.read_text() == "a := 1\n"
    assert main([str(tmp_path / "none")]) == 2
    assert main([str(script(tmp_path, "for {}")), "--seconds", "0.05"]) == 1
