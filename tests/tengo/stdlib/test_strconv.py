"""Numbers and quotes as Go writes and reads them; expectations are Go's documented or seen ones."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import strconv

FORMATS = [
    ((1.5, "x"), "0x1.8p+00"),
    ((3.5, "X"), "0X1.CP+01"),
    ((0.0, "x"), "0x0p+00"),
    ((-1.0, "x"), "-0x1p+00"),
    ((1.23456, "x", 2), "0x1.3cp+00"),
    ((1.9999, "x", 0), "0x1p+01"),
    ((1.5, "x", 4), "0x1.8000p+00"),
    ((0.1, "x", -1, 32), "0x1.99999ap-04"),
    ((5e-324, "x"), "0x1p-1074"),
    ((1.5, "b"), "6755399441055744p-52"),
    ((-0.1, "b"), "-7205759403792794p-56"),
    ((1.5, "b", -1, 32), "12582912p-23"),
    ((5e-324, "b"), "1p-1074"),
    ((1e21, "f"), "1000000000000000000000"),
    ((1e-7, "f"), "0.0000001"),
    ((2.5, "f", 0), "2"),
    ((3.5, "f", 0), "4"),
    ((1.5, "f", 3), "1.500"),
    ((-0.0, "f"), "-0"),
    ((123456.789, "e", 6), "1.234568e+05"),
    ((1.5, "e"), "1.5e+00"),
    ((0.0, "e"), "0e+00"),
    ((1e100, "E"), "1E+100"),
    ((1e-5, "E", 2), "1.00E-05"),
    ((1e-7, "g"), "1e-07"),
    ((100000.0, "g"), "100000"),
    ((1e6, "g"), "1e+06"),
    ((1e6, "G"), "1E+06"),
    ((0.0001, "g"), "0.0001"),
    ((0.00001, "g"), "1e-05"),
    ((1234567.0, "g", 3), "1.23e+06"),
    ((100.0, "g", 3), "100"),
    ((1.23456789, "g", 4), "1.235"),
    ((100000.0, "g", 10), "100000"),
    ((0.0, "g", 3), "0"),
    ((0.1, "f", -1, 32), "0.1"),
    ((16777216.0, "g", -1, 32), "1.6777216e+07"),
    ((1.5, "z"), "%z"),
]


@pytest.mark.parametrize(("arguments", "text"), FORMATS)
def test_format_float(arguments: tuple[float, str], text: str) -> None:
    assert strconv.format_float(*arguments) == text


@pytest.mark.parametrize("letter", list("befgxX"))
def test_what_is_no_number_has_one_form(letter: str) -> None:
    assert strconv.format_float(math.inf, letter) == "+Inf"
    assert strconv.format_float(-math.inf, letter) == "-Inf"
    assert strconv.format_float(math.nan, letter) == "NaN"


def test_format_float_refuses_other_sizes() -> None:
    with pytest.raises(ValueError, match="illegal AppendFloat/FormatFloat bitSize"):
        strconv.format_float(1.0, "f", -1, 16)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shortest_forms_read_back(value: float) -> None:
    for letter in "efgx":
        assert strconv.parse_float(strconv.format_float(value, letter)) == value
    assert strconv.parse_float(strconv.display_float(value)) == value
    assert "e" not in strconv.display_float(value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_shortest_forms_of_32_bits_read_back(value: float) -> None:
    text = strconv.format_float(value, "g", -1, 32)
    assert strconv.parse_float(text, 32) == value
    assert len(text) <= len(strconv.format_float(value, "g"))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 20))
def test_fixed_forms_agree_with_c(value: float, precision: int) -> None:
    assert strconv.format_float(value, "f", precision) == f"{value:.{precision}f}"
    assert strconv.format_float(value, "e", precision) == f"{value:.{precision}e}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (1.5, "1.5"), (-0.0, "-0"), (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"),
        (1e16, "10000000000000000"), (123456789.25, "123456789.25"),
    ],
)  # fmt: skip
def test_display_float(value: float, text: str) -> None:
    assert strconv.display_float(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("+1e3", 1000.0), ("1_000", 1000.0),
        ("1_23.50_0_0e+1_2", 1.235e14), ("0x1p-2", 0.25), ("0x_1p4", 16.0), ("0X1.8p1", 3.0),
        ("inf", math.inf), ("-Infinity", -math.inf), ("+INF", math.inf), ("1e-400", 0.0),
    ],
)  # fmt: skip
def test_parse_float(text: str, value: float) -> None:
    assert strconv.parse_float(text) == value


def test_parse_float_reads_nan() -> None:
    assert math.isnan(strconv.parse_float("NaN"))


@pytest.mark.parametrize(
    "text",
    ["", "a", "1__0", "_1", "1_", "1_.5", "e5", "1e", "1e+", "0x", "0x1", "0x.p1", "0xp1", "+nan",
     "1 ", " 1", "1.2.3", "infin", "--1", "٣"],
)  # fmt: skip
def test_parse_float_refuses(text: str) -> None:
    with pytest.raises(strconv.NumError) as caught:
        strconv.parse_float(text)
    assert str(caught.value) == (
        f"strconv.ParseFloat: parsing {strconv.quote(text)}: invalid syntax"
    )


@pytest.mark.parametrize(
    ("text", "bits"), [("1e400", 64), ("-1e400", 64), ("1e39", 32), ("0x1p2000", 64)]
)
def test_parse_float_out_of_range(text: str, bits: int) -> None:
    with pytest.raises(strconv.NumError, match="value out of range"):
        strconv.parse_float(text, bits)


def test_parse_float_rounds_to_32_bits_once() -> None:
    # Rounded to 64 bits first, this would lie exactly between two 32-bit floats.
    tie = "1.00000005960464477539062500000000000000001"
    assert strconv.parse_float(tie, 32) == struct.unpack("<f", struct.pack("<I", 0x3F800001))[0]
    assert strconv.parse_float("1.000000059604644775390625", 32) == 1.0
    assert strconv.parse_float("0.1", 32) == 0.10000000149011612


@pytest.mark.parametrize("text", ["1" * 100_000 + "x", "0x" + "1" * 100_000, "_" * 100_000])
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    with pytest.raises(strconv.NumError):
        strconv.parse_float(text)


@pytest.mark.parametrize(
    ("text", "base", "value"),
    [
        ("ff", 16, 255), ("FF", 16, 255), ("0xff", 0, 255), ("0b11", 0, 3), ("0o17", 0, 15),
        ("017", 0, 15), ("1_000", 0, 1000), ("0x_f", 0, 15), ("0_7", 0, 7), ("+5", 10, 5),
        ("-9223372036854775808", 10, -(2**63)), ("zz", 36, 1295), ("0", 0, 0), ("-0", 10, 0),
    ],
)  # fmt: skip
def test_parse_int(text: str, base: int, value: int) -> None:
    assert strconv.parse_int(text, base) == value


@pytest.mark.parametrize(
    ("text", "base", "bits", "reason"),
    [
        ("", 10, 64, "invalid syntax"),
        ("-", 10, 64, "invalid syntax"),
        ("z", 10, 64, "invalid syntax"),
        ("1_0", 10, 64, "invalid syntax"),
        ("_1", 0, 64, "invalid syntax"),
        ("1__0", 0, 64, "invalid syntax"),
        ("08", 0, 64, "invalid syntax"),
        ("0x", 0, 64, "invalid syntax"),
        ("9223372036854775808", 10, 64, "value out of range"),
        ("99999999999999999999x", 10, 64, "value out of range"),
        ("300", 10, 8, "value out of range"),
        ("128", 10, 8, "value out of range"),
        ("-129", 10, 8, "value out of range"),
        ("10", 1, 64, "invalid base 1"),
        ("10", 37, 64, "invalid base 37"),
        ("10", 10, 65, "invalid bit size 65"),
        ("10", 10, -1, "invalid bit size -1"),
    ],
)
def test_parse_int_refuses(text: str, base: int, bits: int, reason: str) -> None:
    with pytest.raises(strconv.NumError) as caught:
        strconv.parse_int(text, base, bits)
    assert str(caught.value) == f"strconv.ParseInt: parsing {strconv.quote(text)}: {reason}"


@given(st.integers(-(2**63), 2**63 - 1), st.integers(2, 36))
def test_integers_read_back_in_every_base(value: int, base: int) -> None:
    text = strconv.format_int(value, base)
    assert strconv.parse_int(text, base) == value
    assert int(text, base) == value


@pytest.mark.parametrize("base", [-1, 0, 1, 37])
def test_format_int_refuses_other_bases(base: int) -> None:
    with pytest.raises(ValueError, match="illegal AppendInt/FormatInt base"):
        strconv.format_int(5, base)


def test_atoi_names_itself() -> None:
    assert strconv.atoi("-12") == -12
    with pytest.raises(strconv.NumError, match=r'strconv\.Atoi: parsing "a": invalid syntax'):
        strconv.atoi("a")


@pytest.mark.parametrize("text", ["1", "t", "T", "true", "TRUE", "True"])
def test_parse_bool_true(text: str) -> None:
    assert strconv.parse_bool(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "false", "FALSE", "False"])
def test_parse_bool_false(text: str) -> None:
    assert strconv.parse_bool(text) is False


@pytest.mark.parametrize("text", ["", "yes", "tRUE", " 1"])
def test_parse_bool_refuses(text: str) -> None:
    with pytest.raises(strconv.NumError, match=r"strconv\.ParseBool: parsing"):
        strconv.parse_bool(text)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a", '"a"'),
        ('a"b\n', r'"a\"b\n"'),
        ("\a\b\f\r\t\v\\", r'"\a\b\f\r\t\v\\"'),
        ("é\x00\x7f\udcff\u200b😀", r'"é\x00\x7f\xff\u200b😀"'),
        ("\u00a0\U000e0001'", '"\\u00a0\\U000e0001\'"'),
        ("\ufffd", '"\ufffd"'),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    assert strconv.quote(text) == quoted


def test_quote_in_ascii_and_runes() -> None:
    assert strconv.quote("é😀", ascii_only=True) == r'"\u00e9\U0001f600"'
    assert strconv.quote_rune(ord("'")) == r"'\''"
    assert strconv.quote_rune(ord('"')) == "'\"'"
    assert strconv.quote_rune(0x4E5D, ascii_only=True) == r"'\u4e5d'"
    assert strconv.quote_rune(-1) == "'\ufffd'"
    assert strconv.quote_rune(0xD800) == "'\ufffd'"


@pytest.mark.parametrize(
    ("text", "possible"),
    [("a\tb", True), ("a`b", False), ("a\nb", False), ("\x7f", False), ("\ufeff", False),
     ("\udcff", False), ("é", True)],
)  # fmt: skip
def test_can_backquote(text: str, possible: bool) -> None:
    assert strconv.can_backquote(text) is possible


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"a\n"', "a\n"),
        ("'a'", "a"),
        (r"'\''", "'"),
        ("`a\\n\r\n`", "a\\n\n"),
        (r'"\x41\101\u00e9\U0001f600"', "AAé😀"),
        (r'"\xff"', "\udcff"),
        (r'"\xc3\xa9"', "é"),
        ('""', ""),
    ],
)
def test_unquote(literal: str, text: str) -> None:
    assert strconv.unquote(literal) == text


@pytest.mark.parametrize(
    "literal",
    ["", '"', "abc", "\"a'", "''", "'ab'", '"a"b"', '"\n"', "`a`b`", r'"\q"', r'"\'"', r'"\x4"',
     r'"\u12"', r'"\ud800"', r'"\U00110000"', r'"\400"', r'"\08"', '"\\"'],
)  # fmt: skip
def test_unquote_refuses(literal: str) -> None:
    with pytest.raises(strconv.SyntaxProblem, match="invalid syntax"):
        strconv.unquote(literal)


@given(st.binary())
def test_any_bytes_survive_quoting(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    assert strconv.unquote(strconv.quote(text)) == text
    assert strconv.unquote(strconv.quote(text, ascii_only=True)) == text
