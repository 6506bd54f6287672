"""Checking arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib import ModuleContext, arguments
from jackfield.tengo.stdlib.gotime import Time
from jackfield.tengo.values import Bytes, Char, ErrorValue, TengoString, Undefined

ODD = TengoString(b"\xff")


@pytest.mark.parametrize(
    ("convert", "value", "result"),
    [
        (arguments.string, "a", "a"),
        (arguments.string, ODD, ODD),
        (arguments.string, 1.0, "1"),
        (arguments.string, ErrorValue("x"), 'error: "x"'),
        (arguments.integer, "12", 12),
        (arguments.integer, True, 1),
        (arguments.integer, Char("a"), 97),
        (arguments.integer, 1.9, 1),
        (arguments.floating, "1.5", 1.5),
        (arguments.floating, 2, 2.0),
        (arguments.octets, Bytes(b"a"), b"a"),
        (arguments.octets, ODD, b"\xff"),
        (arguments.instant, 1, Time(10**9)),
        (arguments.exactly_string, ODD, ODD),
    ],
)
def test_accepted(convert: Callable[..., Any], value: Any, result: Any) -> None:
    assert convert(value, "first") == result


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        (arguments.string, Undefined, "string(compatible)"),
        (arguments.integer, "1.5", "int(compatible)"),
        (arguments.integer, Undefined, "int(compatible)"),
        (arguments.floating, True, "float(compatible)"),
        (arguments.floating, ODD, "float(compatible)"),
        (arguments.octets, 1, "bytes(compatible)"),
        (arguments.instant, "1", "time(compatible)"),
        (arguments.exactly_string, 1, "string"),
    ],
)
def test_refused(convert: Callable[..., Any], value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        convert(value, "fourth")
    assert (caught.value.argument, caught.value.expected) == ("fourth", expected)


def test_counts() -> None:
    arguments.expect(2, 2)
    arguments.expect(3, 2, 3)
    for count, least, most in ((1, 2, None), (3, 2, None), (4, 2, 3)):
        with pytest.raises(WrongArgumentCount):
            arguments.expect(count, least, most)


def test_limits_count_bytes() -> None:
    assert arguments.limited_text("ééé", 6) == "ééé"
    assert arguments.limited_string(b"\xff", 1) == ODD
    assert bytes(arguments.limited_bytes(b"ab", 2)) == b"ab"
    with pytest.raises(Fault, match="exceeding string size limit"):
        arguments.limited_text("ééé", 5)
    with pytest.raises(Fault, match="exceeding string size limit"):
        arguments.limited_string(b"ab", 1)
    with pytest.raises(Fault, match="exceeding bytes size limit"):
        arguments.limited_bytes(b"ab", 1)


def test_native_2_10_forgets_names() -> None:
    for level, name in (("head", "f"), ("2.10", "")):
        context = ModuleContext(level, 1, 1, print)
        assert arguments.functions(context, {"f": len})["f"].name == name
