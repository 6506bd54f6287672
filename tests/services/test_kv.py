from __future__ import annotations

import pytest

from jackfield.errors import InvalidInput
from jackfield.services.kv import MAX_KEY_BYTES, MAX_VALUE_BYTES, KeyValue, MemoryKeyValue


@pytest.fixture
def kv() -> KeyValue:
    return MemoryKeyValue({"seeded": {"greeting": "hello"}})


def test_values_are_kept_apart_by_plugin(kv: KeyValue) -> None:
    kv.set("one", "key", "first")
    kv.set("two", "key", "second")
    assert (kv.get("one", "key"), kv.get("two", "key")) == ("first", "second")
    assert kv.get("three", "key") is None


def test_what_was_given_is_there(kv: KeyValue) -> None:
    assert kv.get("seeded", "greeting") == "hello"
    assert kv.keys("seeded") == ["greeting"]


def test_delete_keys_and_clear(kv: KeyValue) -> None:
    kv.set("one", "b", "2")
    kv.set("one", "a", "1")
    assert kv.keys("one") == ["a", "b"]
    kv.delete("one", "a")
    kv.delete("one", "never")
    assert kv.keys("one") == ["b"]
    kv.clear("one")
    kv.clear("never")
    assert kv.keys("one") == []
    assert kv.keys("seeded") == ["greeting"]


def test_the_largest_key_and_value_fit(kv: KeyValue) -> None:
    kv.set("one", "k" * MAX_KEY_BYTES, "v" * MAX_VALUE_BYTES)
    assert kv.get("one", "k" * MAX_KEY_BYTES) == "v" * MAX_VALUE_BYTES


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("k" * (MAX_KEY_BYTES + 1), "v", "the key is 1,025 bytes; at most 1,024"),
        ("é" * 513, "v", "the key is 1,026 bytes"),
        ("k", "v" * (MAX_VALUE_BYTES + 1), "the value is 262,145 bytes; at most 262,144"),
    ],
)
def test_what_is_too_large_is_refused_and_changes_nothing(
    kv: KeyValue, key: str, value: str, what: str
) -> None:
    kv.set("one", "k", "before")
    with pytest.raises(InvalidInput, match=what) as caught:
        kv.set("one", key, value)
    assert caught.value.plugin == "one"
    assert kv.keys("one") == ["k"]
    assert kv.get("one", "k") == "before"
