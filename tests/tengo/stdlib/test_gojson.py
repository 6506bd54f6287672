"""The exact JSON reader: Go's messages, any depth; and indentation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import gojson
from jackfield.tengo.values import Undefined


def decode(text: str | bytes, all_floats: bool = False) -> Any:
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return gojson.decode(raw, all_floats=all_floats)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("12345678901234567890", 2**63 - 1),
        ("-12345678901234567890", -(2**63)),
        ("9" * 5000, 2**63 - 1),
        ("1e400", float("inf")),
        ("null", Undefined),
        (' [1, 2.5, "x", null, true, false, {}] ', [1, 2.5, "x", Undefined, True, False, {}]),
        ('{"a": 1, "a": {"b": []}}', {"a": {"b": []}}),
        ('"a\\u00e9\\ud83d\\ude00\\n\\/"', "aé😀\n/"),
        ('"\\ud800\\udc00\\ud800x"', "\U00010000\ufffdx"),
        (b'"\xff\xe4\xb8"', "\ufffd\ufffd\ufffd"),
        ('{"\\ud800": 1}', {"\ufffd": 1}),
    ],
)
def test_decode(text: str | bytes, value: Any) -> None:
    got = decode(text)
    assert got == value
    assert type(got) is type(value)


def test_all_floats() -> None:
    assert [type(item) for item in decode("[1, -0, 1.5]", all_floats=True)] == [float] * 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unexpected end of JSON input"),
        (" ", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("[", "unexpected end of JSON input"),
        ("[1", "unexpected end of JSON input"),
        ("[1,", "unexpected end of JSON input"),
        ('{"a"', "unexpected end of JSON input"),
        ('{"a":', "unexpected end of JSON input"),
        ('{"a":1', "unexpected end of JSON input"),
        ('{"a":1,', "unexpected end of JSON input"),
        ('"abc', "unexpected end of JSON input"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("]", "invalid character ']' looking for beginning of value"),
        ("+1", "invalid character '+' looking for beginning of value"),
        ("'a'", r"invalid character '\'' looking for beginning of value"),
        ("é", "invalid character 'Ã' looking for beginning of value"),
        (b"\xff", "invalid character 'ÿ' looking for beginning of value"),
        ("\ufeff1", "invalid character 'ï' looking for beginning of value"),
        ("\x80", "invalid character 'Â' looking for beginning of value"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ('{"a"}', "invalid character '}' after object key"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ('{"a":1]', "invalid character ']' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1}", "invalid character '}' after array element"),
        ("1 2", "invalid character '2' after top-level value"),
        ("01", "invalid character '1' after top-level value"),
        ("truex", "invalid character 'x' after top-level value"),
        ("nul", "invalid character ' ' in literal null (expecting 'l')"),
        ("tru", "invalid character ' ' in literal true (expecting 'e')"),
        ("fa1se", "invalid character '1' in literal false (expecting 'l')"),
        ("-", "invalid character ' ' in numeric literal"),
        ("-a", "invalid character 'a' in numeric literal"),
        ("1.", "invalid character ' ' after decimal point in numeric literal"),
        ("[1.]", "invalid character ']' after decimal point in numeric literal"),
        ("1.e5", "invalid character 'e' after decimal point in numeric literal"),
        ("1e", "invalid character ' ' in exponent of numeric literal"),
        ("1e+", "invalid character ' ' in exponent of numeric literal"),
        ("1.5e-x", "invalid character 'x' in exponent of numeric literal"),
        ('"a\x01b"', r"invalid character '\x01' in string literal"),
        ('"a\nb"', r"invalid character '\n' in string literal"),
        ('"\\x"', "invalid character 'x' in string escape code"),
        ('"\\', "invalid character ' ' in string escape code"),
        ('"\\\'"', r"invalid character '\'' in string escape code"),
        ('"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
        ('"\\u12', "invalid character ' ' in \\u hexadecimal character escape"),
        ('"\\n\\u0041\x02"', r"invalid character '\x02' in string literal"),
    ],
)
def test_messages(text: str | bytes, message: str) -> None:
    with pytest.raises(gojson.JSONError) as caught:
        decode(text)
    assert str(caught.value) == message


def test_depth_is_limited_by_memory_only() -> None:
    depth = 200_000
    value = decode("[" * depth + "]" * depth)
    levels = 0
    while value:
        (value,) = value
        levels += 1
    assert levels == depth - 1
    with pytest.raises(gojson.JSONError, match="unexpected end"):
        decode("[" * depth)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def none_for_undefined(value: Any) -> Any:
    if value is Undefined:
        return None
    if type(value) is list:
        return [none_for_undefined(item) for item in value]
    if type(value) is dict:
        return {key: none_for_undefined(item) for key, item in value.items()}
    return value


@given(JSON_VALUES, st.booleans())
def test_reads_what_python_writes(value: Any, ascii_only: bool) -> None:
    assert none_for_undefined(decode(json.dumps(value, ensure_ascii=ascii_only))) == value


@given(st.text(alphabet='{}[]",:\\u0d8 1.eE+-truefalsn\n', max_size=20))
def test_accepts_what_python_accepts(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(gojson.JSONError):
            decode(text)
    else:
        decode(text)


@pytest.mark.parametrize(
    ("text", "prefix", "step", "result"),
    [
        ('{"a":[1,2],"b":{}}', "", "  ", '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}'),
        ('{"a":[1,2],"b":{}}', ">", "\t", '{\n>\t"a": [\n>\t\t1,\n>\t\t2\n>\t],\n>\t"b": {}\n>}'),
        (' [ ] \n', "", " ", "[] \n"),
        ("1", ">", " ", "1"),
        ('["a, {b}: \\" ",[[]]]', "", " ", '[\n "a, {b}: \\" ",\n [\n  []\n ]\n]'),
        ("[true ,null]", "", "", "[\ntrue,\nnull\n]"),
    ],
)  # fmt: skip
def test_indent(text: str, prefix: str, step: str, result: str) -> None:
    assert gojson.indent(text.encode(), prefix.encode(), step.encode(), 10_000).decode() == result


def test_indent_refuses() -> None:
    with pytest.raises(gojson.JSONError, match="unexpected end of JSON input"):
        gojson.indent(b"{", b"", b" ", 100)
    with pytest.raises(Fault, match="exceeding bytes size limit"):
        gojson.indent(b"[" * 50 + b"]" * 50, b"", b" " * 1000, 10_000)


@given(JSON_VALUES)
def test_indent_changes_no_value(value: Any) -> None:
    text = json.dumps(value)
    assert json.loads(gojson.indent(text.encode(), b" ", b"\t", 10**7)) == value


def test_html_escape() -> None:
    escaped = gojson.html_escape('{"a":"<b>&\u2028\u2029é"}'.encode())
    assert escaped.decode() == r'{"a":"\u003cb\u003e\u0026\u2028\u2029é"}'
    assert gojson.html_escape(b"\xff<") == b"\xff\\u003c"
