"""``import("json")``: the quick way and the slow way give the same."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jackfield.tengo.arrays import ArrayView, sliced
from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import gojson, json_module
from jackfield.tengo.stdlib.gotime import UTC, FixedZone, Time, date
from jackfield.tengo.values import (
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
    UserFunction,
)

Load = Callable[..., Any]

LIMIT = 2**31 - 1
LEN = Builtin("len", len)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1e-10, "1e-10"),
        (1e16, "10000000000000000"),
        (True, "true"),
        (Undefined, "null"),
        (Char("a"), "97"),
        ("a", '"a"'),
        ('"\\/<>&\u2028é', '"\\"\\\\/<>&\u2028é"'),
        ("\b\f\n\r\t\x01\x7f", '"\\u0008\\u000c\\n\\r\\t\\u0001\x7f"'),
        (Bytes(b"ab\xff"), '"YWL/"'),
        ([], "[]"),
        ({}, "{}"),
        ([1, [2.0]], "[1,[2]]"),
        ({"a": {"b": Undefined}}, '{"a":{"b":null}}'),
        (ImmutableArray([1]), "[1]"),
        (ImmutableMap({"a": ImmutableArray([Char("b")])}), '{"a":[98]}'),
        (date(2020, 2, 29, 1, 2, 3, 4, UTC), '"2020-02-29T01:02:03.000000004Z"'),
        (Time(0, FixedZone("", 19800)), '"1970-01-01T05:30:00+05:30"'),
        (LEN, ""),
        ([LEN], "[]"),
        ({"f": LEN}, '{"f":}'),
        ([1, ErrorValue("x"), 2], "[1,,2]"),
        (UserFunction("f", len), ""),
        (["1.0,", 2.0, '"1.0]'], '["1.0,",2,"\\"1.0]"]'),
        ({"1.0": 1e16, "e5": "1e16,"}, '{"1.0":10000000000000000,"e5":"1e16,"}'),
    ],
)
def test_encode(value: Any, text: str, load: Load) -> None:
    encoded = load("json").encode(value)
    assert type(encoded) is Bytes
    assert bytes(encoded).decode() == text


def test_encode_passes_invalid_bytes_through(load: Load) -> None:
    encode = load("json").encode
    assert bytes(encode([TengoString(b"\xff\n"), 1.0])) == b'["\xff\\n",1]'
    assert bytes(encode({TengoString(b"\xff"): 1})) == b'{"\xff":1}'


def test_encode_reads_arrays_that_share_storage(load: Load) -> None:
    view = sliced([1, 2, 3], 1, 3)
    assert type(view) is ArrayView
    assert bytes(load("json").encode([view, {"a": view}])) == b'[[2,3],{"a":[2,3]}]'


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [1, {"a": x}], lambda x: [x, LEN]])
def test_encode_of_what_is_no_number(number: float, wrap: Any, load: Load) -> None:
    result = load("json").encode(wrap(number))
    assert type(result) is ErrorValue
    assert result.value == "unsupported float value"


def test_encode_of_years_that_rfc3339_cannot_write(load: Load) -> None:
    result = load("json").encode([date(10_000, 1, 1, 0, 0, 0, 0, UTC)])
    assert result.value == "Time.MarshalJSON: year outside of range [0,9999]"


def test_undefined_beside_floats_is_no_complaint(load: Load) -> None:
    assert bytes(load("json").encode([Undefined, 1.5])) == b"[null,1.5]"


TENGO_VALUES = st.recursive(
    st.just(Undefined)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-100, 100).map(lambda x: float(round(x)))
    | st.text(alphabet='ab"\\\b\f\n1.0e5,]é\x01', max_size=8)
    | st.builds(Char, st.integers(-10, 200))
    | st.builds(Bytes, st.binary(max_size=4))
    | st.builds(Time, st.integers(0, 10**18))
    | st.just(TengoString(b"\xff1.0,")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet='a1.0"é', max_size=4), inner, max_size=4)
        | st.lists(inner, max_size=3).map(ImmutableArray)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2).map(ImmutableMap)
    ),
    max_leaves=12,
)


@given(TENGO_VALUES)
def test_quick_and_slow_encoding_agree(value: Any) -> None:
    slow = json_module._Writer(LIMIT).write(value).encode("utf-8", "surrogateescape")
    assert json_module.encode(value, LIMIT) == slow


@given(TENGO_VALUES)
def test_what_is_encoded_reads_back_alike(value: Any) -> None:
    text = json_module.encode(value, LIMIT)
    assume(not re.search(rb"-0(?![.0-9])", text))  # -0 comes back as the integer 0
    again = json_module.decode(text, all_floats=False)
    assert json_module.encode(again, LIMIT) == text.replace(b"\xff", "\ufffd".encode())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_valid_json_and_exact(value: float) -> None:
    assert float(json.loads(json_module.float_text(value))) == value


def test_depth(load: Load) -> None:
    encode = load("json").encode
    value: list[Any] = []
    for _ in range(50_000):
        value = [value]
    assert bytes(encode(value)) == b"[" * 50_001 + b"]" * 50_001
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Fault, match=r"stack overflow|exceeding bytes size limit"):
        encode(endless)
    while value:  # take it apart gently
        value = value.pop()


def test_a_small_value_with_a_huge_text_is_stopped(load: Load) -> None:
    value: list[Any] = [0]
    for _ in range(30):
        value = [value, value]
    with pytest.raises(Fault, match="exceeding bytes size limit"):
        load("json", bytes_length=1_000_000).encode(value)


def test_size_limits(load: Load) -> None:
    small = load("json", bytes_length=6)
    assert bytes(small.encode("abcd")) == b'"abcd"'
    for call in (
        lambda: small.encode("abcde"),
        lambda: small.encode([LEN, "abcd"]),
        lambda: small.indent("[1,2]", "", "    "),
        lambda: small.html_escape("<<"),
    ):
        with pytest.raises(Fault, match="exceeding bytes size limit"):
            call()


@pytest.mark.parametrize("source", [lambda t: t, lambda t: Bytes(t.encode())])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("-0", 0),
        ("12345678901234567890", 2**63 - 1),
        ("[123456789012345678]", [123456789012345678]),
        ("null", Undefined),
        ("1e400", math.inf),
        ('[null, {"a": [null, 1]}]', [Undefined, {"a": [Undefined, 1]}]),
        ('"null"', "null"),
        ('"\\ud800"', "\ufffd"),
        ('{"é": "\\ud83d\\ude00"}', {"é": "😀"}),
        ('{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_decode(source: Any, text: str, value: Any, load: Load) -> None:
    got = load("json").decode(source(text))
    assert got == value
    assert type(got) is type(value)


def test_decode_at_level_2_10_knows_only_floats(load: Load) -> None:
    decode = load("json", level="2.10").decode
    assert decode("[1, 12345678901234567890, -0]") == [1.0, 12345678901234567890.0, 0.0]
    assert all(type(item) is float for item in decode("[1, 12345678901234567890, -0]"))
    assert math.copysign(1, decode(" -0 ")) == -1
    assert decode('"\\ud800"') == "\ufffd"
    assert decode(Bytes(b'"\xff"')) == "\ufffd"
    assert decode(Bytes(b"1")) == 1.0
    assert decode("").value == "unexpected end of JSON input"
    assert decode("NaN").value == "invalid character 'N' looking for beginning of value"


def test_decode_of_invalid_bytes(load: Load) -> None:
    decode = load("json").decode
    assert decode(Bytes(b'["\xff", null]')) == ["\ufffd", Undefined]
    assert decode(TengoString(b'"\xff"')) == "\ufffd"
    assert decode(TengoString(b"\xff")).value == (
        "invalid character 'ÿ' looking for beginning of value"
    )


def test_decode_fails_with_a_value(load: Load) -> None:
    error = load("json").decode("[1,]")
    assert type(error) is ErrorValue
    assert error.value == "invalid character ']' looking for beginning of value"


@pytest.mark.parametrize("all_floats", [False, True])
@given(text=st.text(alphabet='{}[]",:\\ud8 01.eE-truefalsn', max_size=24))
def test_quick_and_slow_decoding_agree(all_floats: bool, text: str) -> None:
    try:
        slow = gojson.decode(text.encode(), all_floats=all_floats)
    except gojson.JSONError as error:
        with pytest.raises(gojson.JSONError) as caught:
            json_module.decode(text, all_floats=all_floats)
        assert str(caught.value) == str(error)
    else:
        assert repr(json_module.decode(text, all_floats=all_floats)) == repr(slow)


def test_indent_is_named_encode(load: Load) -> None:
    assert load("json").indent.name == "encode"
    assert bytes(load("json").indent(Bytes(b"[1]"), "", " ")) == b"[\n 1\n]"
    assert load("json").indent("{", "", " ").value == "unexpected end of JSON input"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("encode", (), "wrong number of arguments in call to 'user-function:encode'"),
        ("decode", (1, 2), "wrong number of arguments in call to 'user-function:decode'"),
        ("indent", ("{}",), "wrong number of arguments in call to 'user-function:encode'"),
        (
            "decode",
            (1,),
            (
                "invalid type for argument 'first' in call to 'user-function:decode': "
                "expected bytes/string, found int"
            ),
        ),
        (
            "indent",
            (1, "", ""),
            (
                "invalid type for argument 'first' in call to 'user-function:encode': "
                "expected bytes/string, found int"
            ),
        ),
        (
            "indent",
            ("{}", Undefined, ""),
            (
                "invalid type for argument 'prefix' in call to "
                "'user-function:encode': expected string(compatible), found undefined"
            ),
        ),
        (
            "indent",
            ("{}", "", Undefined),
            (
                "invalid type for argument 'indent' in call to "
                "'user-function:encode': expected string(compatible), found undefined"
            ),
        ),
        (
            "html_escape",
            (1,),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:html_escape': expected bytes/string, found int"
            ),
        ),
    ],
)
def test_complaints(name: str, arguments: tuple[Any, ...], message: str, load: Load) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("json"), name)(*arguments)
    assert caught.value.message == message
