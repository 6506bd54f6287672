"""Go's verbs over Tengo values; expectations are outcomes of the native program."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib.gofmt import sprintf
from jackfield.tengo.stdlib.gotime import Time
from jackfield.tengo.values import (
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
)

A = Char("a")
INF, NAN = float("inf"), float("nan")

CASES: list[tuple[str, list[Any], str]] = [
    # plain verbs, one type after the other
    ("%v", [1], "1"),
    ("%d %b %o %O %x %X", [-5, -5, 8, 8, 255, 255], "-5 -101 10 0o10 ff FF"),
    ("%c%c%c", [65, 0x4E5D, -1], "A九\ufffd"),
    ("%q %q", [65, 0x110000], "'A' %!q(1114112=1114112)"),
    ("%U %#U %U", [0x4E5D, 0x4E5D, -1], "U+4E5D U+4E5D '九' U+FFFFFFFFFFFFFFFF"),
    ("%v %v %v", [1.0, 1e21, 1e-7], "1 1000000000000000000000 0.0000001"),
    (
        "%e %E %f %F %g %G",
        [1e6] * 6,
        "1.000000e+06 1.000000E+06 1000000.000000 1000000.000000 1e+06 1E+06",
    ),
    ("%x %X %b", [3.5, 3.5, 1.5], "0x1.cp+01 0X1.CP+01 6755399441055744p-52"),
    ("%s|%v|%q|%x|%X", ["hi", "hi", "hi", "hi", "hi"], 'hi|"hi"|"hi"|6869|6869'),
    ("%t %v", [True, False], "true false"),
    ("%s %v %q %x %d", [Bytes(b"ab")] * 5, 'ab ab "ab" 6162 [97 98]'),
    ("%s %v %q %x", [A] * 4, 'a a "a" 61'),
    ("%s %v", [[1, "a", A], {"k": "v"}], '[1, "a", a] {k: "v"}'),
    ("%s %v", [ImmutableArray([1]), ImmutableMap({"k": 1})], "[1] {k: 1}"),
    ("%s %v", [Undefined, ErrorValue("x")], '<undefined> error: "x"'),
    ("%s", [Time(0)], "1970-01-01 00:00:00 +0000 UTC"),
    ("%v", [Builtin("len", len)], "<builtin-function>"),
    ("%T %T %T", [1, A, Builtin("len", len)], "int char builtin-function:len"),
    # verbs that do not fit
    ("%d", ["hi"], '%!d("hi"="hi")'),
    ("%5d", ["hi"], '%!d("hi"= "hi")'),
    ("%05d", [True], "%!d(true=0true)"),
    ("%s %t %c", [1, 1, "a"], '%!s(1=1) %!t(1=1) %!c("a"="a")'),
    (
        "%d %d %d",
        [A, Undefined, [1, 2]],
        "%!d(a=a) %!d(<undefined>=<undefined>) %!d([1, 2]=[1, 2])",
    ),
    ("%s %d", [1.5, 1.5], "%!s(1.5=1.5) %!d(1.5=1.5)"),
    ("%p %é %!", [1, 1, 1], "%!p(1=1) %!é(1=1) %!!(1=1)"),
    ("%c", [Bytes(b"ab")], ""),
    # too few, too many, no verb
    ("%v %v", [1], "1 %!v(MISSING)"),
    ("%v", [1, 2, "x"], '1%!(EXTRA int=2, string="x")'),
    ("none", [1], "none%!(EXTRA int=1)"),
    ("%d%", [1], "1%!(NOVERB)"),
    ("%5", [1], "%!(NOVERB)%!(EXTRA int=1)"),
    ("%% %5% %d", [1], "% % 1"),
    # flags, width, precision
    ("%6d|%-6d|%06d|%+d|% d", [42] * 5, "    42|42    |000042|+42| 42"),
    ("%-06d|%+06d|% 06d", [42] * 3, "42    |+00042| 00042"),
    ("%.3d|%8.3d|%08.3d|%-8.3d|", [5] * 4, "005|     005|     005|005     |"),
    ("%.d|%.0d|%5.0d|", [0, 0, 0], "||     |"),
    ("%#x %#X %#o %#o %#b %#q", [10, 10, 8, 0, 2, 65], "0xa 0XA 010 0 0b10 'A'"),
    ("%06.2f|%-8.2f|%+.1f|% .1f|%8.3f", [3.14159] * 5, "003.14|3.14    |+3.1| 3.1|   3.142"),
    ("%08.3f|%+08.3f|%08.3f", [-3.14159, 3.14159, 3.14159], "-003.142|+003.142|0003.142"),
    (
        "%#g %#.3g %#x %#.0f %#e",
        [1.0, 1.0, 1.0, 1.0, 1.0],
        "1.00000 1.00 0x1.000p+00 1. 1.000000e+00",
    ),
    ("%#g %#g", [1e10, 123456789.0], "1.00000e+10 1.23456789e+08"),
    ("%f|%8f|%-8f|%+f|% f|%08f", [INF] * 6, "+Inf|    +Inf|+Inf    |+Inf| Inf|    +Inf"),
    ("%f|%08f|%+f|% f", [NAN] * 4, "NaN|     NaN|+NaN| NaN"),
    ("%8s|%-8s|%08s|%.1s|%8.1s|", ["ab"] * 5, "      ab|ab      |000000ab|a|       a|"),
    ("%.2s|%3s|", ["九é!", "é"], "九é|  é|"),
    ("%10.3v|", ["abcdef"], '       "ab|'),
    ("%+q %#q %#q %.1q", ["é", "a", "a`", "ab"], '"\\u00e9" `a` "a`" "a"'),
    (
        "% x|%#x|% #x|%# X|%.1x|%6.1x|%-6x|",
        ["ab"] * 7,
        "61 62|0x6162|0x61 0x62|0X61 0X62|61|    61|6162  |",
    ),
    ("%x|%5x|", ["", ""], "|     |"),
    ("%5t|%-5t|", [True, True], " true|true |"),
    ("%8U|%-8U|%08U|%.6U", [65] * 4, "  U+0041|U+0041  |  U+0041|U+000041"),
    ("%5c|%-5c|%05c", [65] * 3, "    A|A    |0000A"),
    ("%4d", [Bytes(b"ab")], "[  97   98]"),
    ("%10T|", [1], "       int|"),
    ("%+v %#v", [1, "a"], '1 "a"'),
    # widths and values by position
    ("%[2]d %[1]d", [1, 2], "2 1"),
    ("%[3]d %[x]d %[0]d", [1, 2], "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)"),
    ("%[2]*[1]d|", [7, 3], "  7|"),
    ("%[1]*d", [5], "%!d(MISSING)"),
    ("%*d|%-*d|%*d|", [5, 42, 5, 42, -5, 42], "   42|42   |42   |"),
    ("%.*f %.*f", [2, 3.14159, -1, 2.0], "3.14 %!(BADPREC)2.000000"),
    ("%*d", ["a", 42], "%!(BADWIDTH)42"),
    ("%*d", [2_000_000, 42], "%!(BADWIDTH)42"),
    ("%[3]2d", [1, 2, 3], "%!d(BADINDEX)"),
    ("%[1].2d", [1], "%!d(BADINDEX)"),
    ("%[1", [1], "%!(NOVERB)"),
    ("%10000010d|", [1], "%!(NOVERB)%!(EXTRA int=1)"),
]


@pytest.mark.parametrize(("text", "arguments", "result"), CASES)
def test_sprintf(text: str, arguments: list[Any], result: str) -> None:
    assert sprintf(text, arguments) == result


def test_without_arguments_nothing_is_interpreted() -> None:
    assert sprintf("100%", []) == "100%"
    assert sprintf("%% %d", []) == "%% %d"


def test_invalid_bytes_pass_through_and_count_as_one() -> None:
    odd = TengoString(b"\xffa")
    assert sprintf("%s", [odd]) == odd
    assert sprintf("%4s", [odd]) == TengoString(b"  \xffa")
    assert sprintf("%q %x", [odd, odd]) == r'"\xffa" ff61'
    assert sprintf(TengoString(b"\xff%d"), [1]) == TengoString(b"\xff1")
    assert sprintf(TengoString(b"%\xff"), [1]) == "%!\ufffd(1=1)"


def test_halves_of_a_character_join() -> None:
    assert sprintf("%s%s", [TengoString(b"\xc3"), TengoString(b"\xa9")]) == "é"


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("%s%%", "abcdef"),
        ("%7d", 1),
        ("%.7d", 1),
        ("%.7f", 1.0),
        ("%x", "abcd"),
        ("%.7U", 1),
        ("%d", Bytes(b"abcdef")),
        ("é%s", "abcde"),
        ("%v", "abcde"),
        ("%07.1f", -1.0),
        ("%999999d", 1),
        ("%.999999f", 1.0),
    ],
)
def test_no_longer_than_allowed(text: str, argument: Any) -> None:
    with pytest.raises(Fault, match=r"^exceeding string size limit$"):
        sprintf(text, [argument], 6)


def test_exactly_as_long_as_allowed() -> None:
    assert sprintf("%6d", [1], 6) == "     1"
    assert sprintf("é%s", ["abcd"], 6) == "éabcd"
    with pytest.raises(Fault):
        sprintf("abcdefg", [], 6)


@given(st.text(alphabet="%#0+- .*[]123dvsxqTéa", max_size=12), st.integers(0, 3))
def test_any_format_is_answered(text: str, count: int) -> None:
    assert isinstance(sprintf(text, [1, "a", 2.5][:count]), str)
