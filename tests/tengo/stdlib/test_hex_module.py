"""``import("hex")``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import hex_module
from jackfield.tengo.values import Bytes, ErrorValue, TengoString

Load = Callable[..., Any]


def test_encode(load: Load) -> None:
    encode = load("hex").encode
    assert encode(TengoString(b"ab\xff")) == "6162ff"
    assert encode(Bytes(b"ab")) == "6162"
    assert encode("") == ""


def test_decode(load: Load) -> None:
    decode = load("hex").decode
    assert bytes(decode("AbcD")) == b"\xab\xcd"
    assert bytes(decode(12)) == b"\x12"
    assert type(decode("")) is Bytes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("616", "encoding/hex: odd length hex string"),
        ("zz", "encoding/hex: invalid byte: U+007A 'z'"),
        ("61z", "encoding/hex: invalid byte: U+007A 'z'"),
        ("61 62", "encoding/hex: invalid byte: U+0020 ' '"),
        ("é", "encoding/hex: invalid byte: U+00C3 'Ã'"),
        ("6\n", "encoding/hex: invalid byte: U+000A"),
    ],
)
def test_errors(text: str, message: str, load: Load) -> None:
    error = load("hex").decode(text)
    assert type(error) is ErrorValue
    assert error.value == message


@given(st.binary())
def test_reads_back(raw: bytes) -> None:
    assert hex_module.decode(raw.hex().encode()) == raw
    assert hex_module.decode(raw.hex().upper().encode()) == raw


def test_functions_have_no_names_and_limits_hold(load: Load) -> None:
    module = load("hex", string_bytes=6, bytes_length=2)
    with pytest.raises(Fault, match="'user-function:': expected bytes"):
        module.encode(1)
    with pytest.raises(Fault, match="wrong number of arguments in call to 'user-function:'"):
        module.encode()
    with pytest.raises(Fault, match="exceeding string size limit"):
        module.encode("abcd")
    with pytest.raises(Fault, match="exceeding bytes size limit"):
        module.decode("616263")
