from __future__ import annotations

import logging
import time

import pytest

from jackfield.sandbox import Limits
from jackfield.sandbox.output import PrintGate, neutralise


@pytest.fixture
def lines():
    return []


def gate(lines, **limits):
    return PrintGate(lambda channel, text: lines.append((channel, text)), Limits(**limits))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("tab\tstays", "tab\tstays"),
        ("Grüße 👋", "Grüße 👋"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwrite", r"over\rwrite"),
        ("two\nlines", r"two\nlines"),
        ("csi \x9b1m", r"csi \x9b1m"),
        ("null\x00", r"null\x00"),
        ("del\x7f", r"del\x7f"),
        ("right\u202eto left", r"right\u202eto left"),
        ("line\u2028separator", r"line\u2028separator"),
        ("no-break\u00a0space", "no-break\u00a0space"),
    ],
)
def test_control_characters_are_written_out(text, shown):
    assert neutralise(text) == shown


def test_lines_pass_with_their_channel(lines):
    gate(lines).line("stderr", "oops")
    assert lines == [("stderr", "oops")]


def test_a_line_of_the_exact_length_is_whole(lines):
    gate(lines, print_line_bytes=10).line("stdout", "x" * 10)
    assert lines == [("stdout", "x" * 10)]


def test_a_longer_line_is_cut_and_says_so(lines):
    gate(lines, print_line_bytes=10).line("stdout", "x" * 11)
    assert lines == [("stdout", "x" * 10 + "... [cut, 11 characters]")]


def test_a_line_is_cut_between_characters(lines):
    gate(lines, print_line_bytes=5).line("stdout", "ééé")
    assert lines == [("stdout", "éé... [cut, 3 characters]")]


def test_a_flood_is_announced_once_and_dropped(lines):
    flooded = gate(lines, print_burst_lines=3, print_lines_per_second=0.001)
    for number in range(10):
        flooded.line("stdout", str(number))
    assert lines == [
        ("stdout", "0"),
        ("stdout", "1"),
        ("stdout", "2"),
        ("stderr", "[printing too fast: lines are being dropped]"),
    ]


def test_after_a_flood_the_number_of_dropped_lines_is_told(lines):
    flooded = gate(lines, print_burst_lines=1, print_lines_per_second=50)
    for number in range(4):
        flooded.line("stdout", str(number))
    time.sleep(0.05)
    flooded.line("stdout", "calm again")
    assert lines[-2:] == [("stderr", "[3 printed lines were dropped]"), ("stdout", "calm again")]


def test_a_log_that_fails_does_not_stop_the_plugin(caplog):
    def broken(channel, text):
        raise OSError("disk full")

    with caplog.at_level(logging.ERROR):
        PrintGate(broken, Limits()).line("stdout", "x")
    assert "could not be logged" in caplog.text
    assert "disk full" in caplog.text
