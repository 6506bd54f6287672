"""What commands print."""

from __future__ import annotations

import json

import pytest

from jackfield.cli.output import Output, indent, paint, plain, table
from jackfield.errors import ManifestError
from jackfield.plugins.dialect import PluginFailure


def test_a_table_is_as_wide_as_its_cells_and_ends_without_blanks() -> None:
    lines = table([("a", "1", ""), ("longer", "22", "why")])
    assert lines == ["a       1", "longer  22  why"]


def test_a_table_without_rows_has_no_header_either() -> None:
    assert table([], ("NAME",)) == []


def test_a_table_has_its_header_in_bold() -> None:
    header, row = table([("x",)], ("NAME",))
    assert "NAME" in header
    assert header.startswith("\x1b[1m")
    assert row == "x"


def test_states_are_coloured_and_unknown_words_are_not() -> None:
    assert paint("running") != "running"
    assert "running" in paint("running")
    assert paint("whatever") == "whatever"


def test_colour_does_not_shift_the_columns() -> None:
    (line,) = table([("running", "next")])
    assert line.replace(paint("running"), "running") == "running  next"


def test_texts_of_plugins_cannot_move_the_cursor() -> None:
    assert "\x1b" not in plain("\x1b[2Jgone\x07")
    assert plain("two\nlines") == "two lines"
    assert plain("two\nlines", lines=True) == "two\nlines"
    (line,) = table([("\x1b[31mred\x1b[0m",)])
    assert "\x1b" not in line


def test_indent_moves_every_line() -> None:
    assert indent("a\nb") == "  a\n  b"


def test_results_are_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    Output().result({"a": 1}, ["one", "two"])
    Output().result({"a": 1}, "three")
    assert capsys.readouterr().out == "one\ntwo\nthree\n"


def test_results_are_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=True)
    output.result({"a": "ü"}, "text")
    output.note("never printed")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"a": "ü"}
    assert "ü" in captured.out
    assert captured.err == ""


def test_a_mistake_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    error = ManifestError(
        "expected text,\nfound 3", plugin="greeter", file="m.json", field="name", hint="fix it"
    )
    Output().error(error)
    captured = capsys.readouterr()
    assert captured.out == ""
    expected = "error: greeter: m.json: name: expected text, found 3 (fix it)\n"
    assert captured.err == expected


def test_a_mistake_is_an_object_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).error(ManifestError("wrong", plugin="greeter"))
    assert json.loads(capsys.readouterr().err) == {
        "error": {"code": "invalid_manifest", "message": "wrong", "plugin": "greeter"}
    }


def test_the_traceback_of_a_plugin_is_the_authors_to_see(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trace = 'File "plugin.py", line 3\n    boom()'
    Output().error(PluginFailure("it broke", plugin="greeter", call="load", traceback=trace))
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "error: greeter: it broke"
    assert rest == ['  File "plugin.py", line 3', "      boom()"]


def test_without_a_terminal_there_are_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    Output().lines([paint("running")])
    assert capsys.readouterr().out == "running\n"


def test_a_plugins_name_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "A\x1b]0;title\x07\x1b[2J\r\x9b5m\u202eB"
    Output().lines([f"{name} (a)\n\tsecond"])
    Output().note(name)
    harmless = r"A\x1b]0;title\x07\x1b[2J\r\x9b5m\u202eB"
    captured = capsys.readouterr()
    assert captured.out == f"{harmless} (a)\n\tsecond\n"
    assert captured.err == f"{harmless}\n"
