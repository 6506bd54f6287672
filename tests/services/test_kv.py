from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.errors import InvalidInput
from jackfield.services.kv import (
    MAX_KEY_BYTES,
    MAX_VALUE_BYTES,
    KeyValue,
    MemoryKeyValue,
    StoredKeyValue,
)
from jackfield.store import Database


@pytest.fixture(params=["memory", "stored"])
def kv(request: pytest.FixtureRequest) -> Iterator[KeyValue]:
    if request.param == "memory":
        yield MemoryKeyValue({"seeded": {"greeting": "hello"}})
        return
    with Database() as database:
        stored = StoredKeyValue(database)
        stored.set("seeded", "greeting", "hello")
        yield stored


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
        ("k\0", "v", "the key has a null character"),
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


def test_stored_values_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/jackfield.db"
    with Database(url) as database:
        StoredKeyValue(database).set("one", "key", "kept")
    with Database(url) as database:
        assert StoredKeyValue(database).get("one", "key") == "kept"


def test_writers_in_several_threads_lose_nothing(kv: KeyValue) -> None:
    def write(slug: str) -> None:
        for number in range(25):
            kv.set(slug, f"key{number:02}", slug)

    threads = [threading.Thread(target=write, args=(f"plugin{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(kv.keys(f"plugin{n}")) for n in range(4)] == [25] * 4
