from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib import gotime
from jackfield.tengo.values import (
    MAX_INT,
    MIN_INT,
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
    UndefinedType,
    UserFunction,
    byte_length,
    decode_runes,
    escaped,
    is_callable,
    raw_bytes,
    string_of,
    truthy,
    type_name,
    unescaped,
    wrap,
)


@pytest.mark.parametrize(
    ("value", "wrapped"),
    [
        (MAX_INT, MAX_INT),
        (MAX_INT + 1, MIN_INT),
        (MIN_INT - 1, MAX_INT),
        (2**64, 0),
        (2**64 + 5, 5),
        (-(2**70) - 1, -1),
    ],
)
def test_wrap(value: int, wrapped: int) -> None:
    assert wrap(value) == wrapped


@given(st.integers())
def test_wrap_is_twos_complement(value: int) -> None:
    assert wrap(value) == int.from_bytes((value % 2**64).to_bytes(8), signed=True)


def test_undefined_is_one_falsy_value() -> None:
    assert UndefinedType() is Undefined
    assert not Undefined
    assert repr(Undefined) == "<undefined>"
    assert pickle.loads(pickle.dumps(Undefined)) is Undefined


def test_char_wraps_to_32_bits_and_equals_only_chars() -> None:
    assert int(Char(2**31)) == -(2**31)
    assert int(Char("é")) == 233
    assert Char(5) != 5
    assert (Char(5) == 5) is False
    assert Char(5) == Char(5)
    assert {Char(5): 1}[Char(5)] == 1


@pytest.mark.parametrize(("code", "shown"), [(65, "A"), (-1, "\ufffd"), (0xD800, "\ufffd")])
def test_char_shows_what_it_can(code: int, shown: str) -> None:
    assert str(Char(code)) == shown


def test_strings_are_plain_wherever_they_can_be() -> None:
    assert string_of("é".encode()) == "é"
    odd = string_of(b"\xff")
    assert isinstance(odd, TengoString)
    assert bytes(odd) == b"\xff"
    assert odd != "\ufffd"
    assert odd == TengoString(b"\xff")
    assert hash(odd) == hash(TengoString(b"\xff"))


def test_halves_of_a_character_join() -> None:
    first, second = string_of(b"\xc3"), string_of(b"\xa9")
    assert first + second == "é"
    assert "a" + first == TengoString(b"a\xc3")
    assert first + "a" == TengoString(b"\xc3a")


def test_odd_strings_are_ordered_by_their_bytes() -> None:
    odd = TengoString(b"\xff")
    assert odd > "z"
    assert odd > "z"
    assert odd >= "z"
    assert odd <= TengoString(b"\xff")
    assert not odd < TengoString(b"\xff")


def test_runes_of_invalid_bytes() -> None:
    assert list(decode_runes(b"a\xffb\xe2\x82")) == [97, 0xFFFD, 98, 0xFFFD, 0xFFFD]
    assert TengoString(b"\xff\xc3\xa9").runes == [0xFFFD, 233]


@given(st.binary())
def test_bytes_survive_every_form(raw: bytes) -> None:
    text = string_of(raw)
    assert raw_bytes(text) == raw
    assert byte_length(text) == len(raw)
    assert unescaped(escaped(text)) == text


def test_bytes_share_their_buffer() -> None:
    whole = Bytes(b"abc")
    whole.slice(0, 1).extended(b"Z")
    assert bytes(whole) == b"aZc"
    part = whole.slice(1, 3)
    part.write(b"xy")
    assert bytes(whole) == b"axy"
    assert list(part) == [120, 121]
    assert part[0] == 120
    with pytest.raises(IndexError):
        part[2]


def test_bytes_move_when_they_grow_beyond_capacity() -> None:
    first = Bytes(b"12345678")
    second = first.extended(b"9")
    second.write(b"x")
    assert bytes(first) == b"12345678"
    assert bytes(second) == b"x23456789"
    assert not Bytes(b"")
    assert Bytes(b"a") == Bytes(b"a")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "int"),
        (True, "bool"),
        (1.0, "float"),
        ("", "string"),
        (TengoString(b"\xff"), "string"),
        (Char(1), "char"),
        (Bytes(), "bytes"),
        ([], "array"),
        ({}, "map"),
        (ImmutableArray(), "immutable-array"),
        (ImmutableMap(), "immutable-map"),
        (ErrorValue(), "error"),
        (gotime.Time(0), "time"),
        (Undefined, "undefined"),
        (lambda: 1, "compiled-function"),
        (Builtin("len", len), "builtin-function:len"),
        (UserFunction("f", len), "user-function:f"),
    ],
)
def test_type_names(value: object, name: str) -> None:
    assert type_name(value) == name
    assert is_callable(value) == ("function" in name)


@pytest.mark.parametrize("value", [0.0, -0.0, "0", [0], {"a": 1}, Char(1), Bytes(b"\0"), -1])
def test_true(value: object) -> None:
    assert truthy(value)


@pytest.mark.parametrize(
    "value",
    [
        0,
        False,
        "",
        [],
        {},
        float("nan"),
        Undefined,
        ErrorValue("x"),
        Char(0),
        Bytes(),
        ImmutableArray(),
        ImmutableMap(),
        gotime.Time(gotime.ZERO_UNIX_NS),
    ],
)
def test_false(value: object) -> None:
    assert not truthy(value)


def test_lent_functions_word_their_complaints() -> None:
    def picky(*args: object) -> object:
        if not args:
            raise WrongArgumentCount
        raise InvalidArgument("first", "int", type_name(args[0]))

    with pytest.raises(Fault, match="wrong number of arguments in call to 'user-function:p'"):
        UserFunction("p", picky)()
    text = (
        "invalid type for argument 'first' in call to 'builtin-function:p': expected int, found map"
    )
    with pytest.raises(Fault, match=text):
        Builtin("p", picky)({})


def test_immutable_containers_are_plain_to_hosts() -> None:
    array, entries = ImmutableArray([1, 2]), ImmutableMap({"a": 1})
    assert list(array) == [1, 2]
    assert array == [1, 2]
    assert array[1] == 2
    assert len(array) == 2
    assert entries == {"a": 1}
    assert entries["a"] == entries.get("a") == 1
    assert entries.get("b") is None
    assert "a" in entries
    assert (list(entries), list(entries.values()), list(entries.items())) == (
        ["a"],
        [1],
        [("a", 1)],
    )
    assert list(entries.keys()) == ["a"]
    assert entries == ImmutableMap({"a": 1})
    assert array == ImmutableArray([1, 2])
