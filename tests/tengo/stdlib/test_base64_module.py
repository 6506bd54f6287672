"""``import("base64")``."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import base64_module
from jackfield.tengo.values import Bytes, ErrorValue, TengoString, Undefined

Load = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "text"),
    [("encode", "+/8="), ("raw_encode", "+/8"), ("url_encode", "-_8="), ("raw_url_encode", "-_8")],
)
def test_alphabets(name: str, text: str, load: Load) -> None:
    module = load("base64")
    assert getattr(module, name)(Bytes(b"\xfb\xff")) == text
    assert getattr(module, name)(TengoString(b"\xfb\xff")) == text
    assert bytes(getattr(module, name.replace("en", "de"))(text)) == b"\xfb\xff"


@pytest.mark.parametrize(
    ("name", "text", "raw"),
    [
        ("decode", "", b""),
        ("decode", "YW\nI\r=\n", b"ab"),
        ("decode", "YWI=\r\n", b"ab"),
        ("decode", "YQ=\n=", b"a"),
        ("decode", "YR==", b"a"),  # spare bits are not looked at
        ("raw_decode", "YWI", b"ab"),
        ("raw_decode", "YQ\n", b"a"),
        ("url_decode", "YWI=", b"ab"),
    ],
)
def test_decode(name: str, text: str, raw: bytes, load: Load) -> None:
    assert bytes(getattr(load("base64"), name)(text)) == raw


@pytest.mark.parametrize(
    ("name", "text", "offset"),
    [
        ("decode", "YWI", 0),
        ("decode", "YWJjZ", 4),
        ("decode", "!!!", 0),
        ("decode", "YW!=", 2),
        ("decode", "Y===", 1),
        ("decode", "=", 0),
        ("decode", "YQ=", 3),
        ("decode", "YQ=x", 2),
        ("decode", "YQ==x", 4),
        ("decode", "YWI=YWI=", 4),
        ("decode", "YQ=\nx", 3),
        ("decode", "-_8=", 0),
        ("decode", "é", 0),
        ("raw_decode", "YWI=", 3),
        ("raw_decode", "Y", 0),
        ("raw_decode", "YWJjZ", 4),
        ("url_decode", "+/8=", 0),
        ("raw_url_decode", "a b", 1),
        ("decode", "YW\n", 1),
        ("decode", "YWJj\nY", 5),
    ],
)
def test_errors(name: str, text: str, offset: int, load: Load) -> None:
    error = getattr(load("base64"), name)(text)
    assert type(error) is ErrorValue
    assert error.value == f"illegal base64 data at input byte {offset}"


@given(st.binary(), st.booleans(), st.booleans())
def test_reads_back(raw: bytes, url: bool, padded: bool) -> None:
    text = base64_module.encode(raw, url=url, padded=padded)
    assert base64_module.decode(text.encode(), url=url, padded=padded) == raw
    expected = (base64.urlsafe_b64encode if url else base64.b64encode)(raw).decode()
    assert text == (expected if padded else expected.rstrip("="))


@given(st.text(alphabet="YWI=+-/_\n !", max_size=12), st.booleans(), st.booleans())
def test_any_text_is_answered(text: str, url: bool, padded: bool) -> None:
    try:
        base64_module.decode(text.encode(), url=url, padded=padded)
    except base64_module.CorruptInput as error:
        assert 0 <= int(str(error).rpartition(" ")[2]) <= len(text)


def test_functions_have_no_names(load: Load) -> None:
    module = load("base64")
    assert {function.name for function in vars(module).values()} == {""}
    with pytest.raises(Fault) as caught:
        module.encode(1)
    assert caught.value.message == (
        "invalid type for argument 'first' in call to 'user-function:': "
        "expected bytes(compatible), found int"
    )
    with pytest.raises(Fault, match="found undefined"):
        module.decode(Undefined)
    with pytest.raises(Fault, match="wrong number of arguments in call to 'user-function:'"):
        module.decode()
    assert module.decode(5).value == "illegal base64 data at input byte 0"


def test_size_limits(load: Load) -> None:
    module = load("base64", string_bytes=6, bytes_length=2)
    with pytest.raises(Fault, match="exceeding string size limit"):
        module.encode("abcd")
    with pytest.raises(Fault, match="exceeding bytes size limit"):
        module.decode("YWJj")
