from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.servemsx.wire_json import (
    WireJsonError,
    decode,
    encode,
    field,
    sorted_keys,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES, st.booleans())
def test_what_is_written_is_read(value: object, indent: bool) -> None:
    data = encode(value, indent=indent)
    assert data.endswith(b"\n")
    assert not set(data) & set(b"<>&")
    assert json.loads(data) == value
    assert decode(data) == value


def test_the_form() -> None:
    assert encode({"b": [], "a": {}}) == b'{"b":[],"a":{}}\n'
    assert encode({"a": [1]}, indent=True) == b'{\n  "a": [\n    1\n  ]\n}\n'
    text = encode("\\b\b\f\n\u2028<ä\ud800")
    assert text == '"\\\\b\\u0008\\u000c\\n\\u2028\\u003cä\ufffd"\n'.encode()


def test_sorted_keys() -> None:
    found = sorted_keys({"b": [{"z": 1, "y": 2}], "a": None})
    assert json.dumps(found) == '{"a": null, "b": [{"y": 2, "z": 1}]}'


def test_only_the_first_value_is_read() -> None:
    assert decode(b' {"a": 1} {') == {"a": 1}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "EOF"),
        (b"\n\t ", "EOF"),
        (b"{", "unexpected EOF"),
        (b'"a', "unexpected EOF"),
        (b"x", "invalid character 'x' looking for beginning of value"),
        (b"NaN", "invalid character 'N' looking for beginning of value"),
        (b"[" * 200_000, "exceeded max depth"),
    ],
)
def test_messages(data: bytes, text: str) -> None:
    with pytest.raises(WireJsonError) as error:
        decode(data)
    assert str(error.value) == text


def test_a_field_in_any_case() -> None:
    assert field({"DATA": 1, "data": 2}, "data") == 2
    assert field({"Data": 1}, "data") == 1
    assert field(None, "data") is None
    assert field([1], "data") is None
