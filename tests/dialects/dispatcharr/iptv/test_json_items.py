from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv import json_items as module
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.json_items import json_items, storable


def items(data: bytes, size: int = 1 << 20) -> list[Any]:
    return list(json_items((data[i : i + size] for i in range(0, len(data), size)), name="host"))


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=8), st.integers(1, 40), st.booleans())
def test_what_was_written_is_read_however_it_is_cut(
    values: list[Any], size: int, ascii_only: bool
) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert items(data, size) == [storable(value) for value in json.loads(data)]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_spaces_marks_and_numbers_at_the_edge(size: int) -> None:
    assert items(b"\xef\xbb\xbf \n[ 12 ,\n345 , true ] trailing", size) == [12, 345, True]
    assert items(b" [] ", size) == []


def test_an_object_whose_keys_are_numbers_is_a_list_too() -> None:
    assert items(b'{"0": {"a": 1}, "1": {"a": 2}}') == [{"a": 1}, {"a": 2}]
    assert items(b"{}") == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "answered with nothing"),
        (b"   ", "answered with nothing"),
        (b"<html>no</html>", "is no JSON; it begins with '<html>no"),
        (b'{"user_info": {"auth": 0}}', "expected an array, found"),
        (b'"text"', "expected an array, found text"),
        (b"[1, 2", "is JSON that breaks off"),
        (b'[{"a": ', "is broken JSON"),
        (b"[1, x]", "is broken JSON"),
        (b"[" * 100_000, "nested too deeply|broken JSON"),
    ],
)
def test_what_is_none(data: bytes, said: str) -> None:
    with pytest.raises(BadSource, match=f"^host: .*({said})"):
        items(data)


def test_what_came_before_a_break_was_handed_out() -> None:
    found = []
    with pytest.raises(BadSource):
        for item in json_items([b'[{"a": 1}, {"b"']):
            found.append(item)  # noqa: PERF402 - it raises at the end
    assert found == [{"a": 1}]


def test_an_endless_item_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_ITEM", 10_000)
    read = 0

    def endless() -> Any:
        nonlocal read
        yield b'["'
        while True:
            read += 1
            yield b"x" * 1000

    with pytest.raises(BadSource, match="broken JSON"):
        list(json_items(endless()))
    assert read < 100


def test_what_databases_refuse_is_replaced() -> None:
    data = rb'[{"a\u0000": "x\ud800y", "list": ["\u0000"], "emoji": "\ud83d\ude00"}]'
    assert items(data) == [{"a": "x?y", "list": [""], "emoji": "😀"}]
