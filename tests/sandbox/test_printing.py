"""What a plugin prints."""

from __future__ import annotations

import pytest

from jackfield.sandbox import (
    Limits,
)

pytestmark = pytest.mark.sandbox


def test_print_arrives_line_by_line(load, printed):
    load("print('one\\ntwo')\ndef run(_): print('three', end='')\n").call("run", seconds=1)
    assert printed == [("stdout", "one"), ("stdout", "two"), ("stdout", "three")]


def test_stderr_logging_and_warnings_arrive(load, printed):
    source = (
        "import sys, logging, warnings\n"
        "def run(_):\n"
        "    print('to stderr', file=sys.stderr)\n"
        "    logging.warning('logged %s', 1)\n"
        "    warnings.warn('warned')\n"
    )
    load(source).call("run", seconds=1)
    assert ("stderr", "to stderr") in printed
    assert ("stderr", "WARNING:root:logged 1") in printed
    assert any("UserWarning: warned" in line for _, line in printed)


def test_what_the_interpreter_itself_writes_arrives(load, printed):
    load("import os\ndef run(_): os.write(2, b'raw\\x1b[0m\\n')\n").call("run", seconds=1)
    assert printed == [("stderr", r"raw\x1b[0m")]


def test_ansi_escapes_are_neutralised(load, printed):
    load("print('\\x1b[2Jgone')\n")
    assert printed == [("stdout", r"\x1b[2Jgone")]


def test_printing_surrogates_and_very_long_lines(load, printed):
    load("print('\\ud800')\nprint('x' * 10_000)\n", limits=Limits(print_line_bytes=50))
    assert printed[0] == ("stdout", r"\ud800")
    assert all(len(line) < 100 for _, line in printed)
    assert len(printed) == 4  # one, and ten thousand in pieces of 4096


def test_a_print_flood_is_dropped_not_kept(load, printed):
    limits = Limits(print_burst_lines=20, print_lines_per_second=1)
    load("for n in range(5_000): print(n)\n", limits=limits)
    assert len(printed) < 40
    assert ("stderr", "[printing too fast: lines are being dropped]") in printed
