"""From what a plugin returns to plain JSON."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.plugin_process.answers import NotPlain, plain, wrapped


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Row:
    def keys(self) -> list[str]:
        return ["a"]

    def __getitem__(self, key: str) -> int:
        return 1


class Array:
    def tolist(self) -> list[int]:
        return [1, 2]


UTC = datetime.UTC
ID = uuid.UUID(int=5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (True, True), (3, 3), (1.5, 1.5), ("x", "x"), (Level.LOW, 1),
        (Colour.RED, "red"), ([1, (2, 3)], [1, [2, 3]]), ({"a": {1}}, {"a": [1]}),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00Z"),
        (datetime.date(2026, 1, 2), "2026-01-02"), (datetime.time(1, 2), "01:02:00"),
        (datetime.timedelta(seconds=90), "90.0"), (decimal.Decimal("1.50"), "1.50"),
        (ID, str(ID)), (b"abc", "abc"), (Path("/a/b"), "/a/b"), (iter([1, 2]), [1, 2]),
        (collections.OrderedDict(a=1), {"a": 1}), (collections.deque([1]), [1]), (Row(), {"a": 1}),
        (Array(), [1, 2]), ({1: "a", None: "b", 2.5: "d"},
                            {"1": "a", "null": "b", "2.5": "d"}),
        ({ID: 1}, {str(ID): 1}), (range(3), [0, 1, 2]), ({"a": 1}.keys(), ["a"]),
    ],
)  # fmt: skip
def test_what_dispatcharr_converts_is_converted(value: Any, expected: Any) -> None:
    found = plain(value, "value")
    assert found == expected
    json.dumps(found)


def test_a_dictionary_is_the_answer_and_anything_else_is_put_into_one() -> None:
    assert wrapped({"status": "error"}) == {"status": "error"}
    assert wrapped(None) == {"status": "ok", "result": None}
    assert wrapped([1]) == {"status": "ok", "result": [1]}
    assert wrapped("text") == {"status": "ok", "result": "text"}


def _circle() -> Any:
    found: list[Any] = []
    found.append(found)
    return {"a": found}


def _deep() -> Any:
    found: Any = 1
    for _ in range(200):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"rows": [1, {"x": object()}]}, "result['rows'][1]['x'] is of type object, which JSON"),
        ({"f": len}, "result['f'] is of type builtin_function_or_method"),
        ({"t": Row}, "result['t'] is of type type"),
        ({"n": float("nan")}, "result['n'] is the number nan, which JSON cannot hold"),
        ({"n": [float("inf")]}, "result['n'][0] is the number inf"),
        ({("a", 1): 2}, "a key of result is of type tuple"),
        (_circle(), "result['a'][0] is a list that contains itself"),
        (_deep(), "is nested deeper than 100 levels"),
    ],
)
def test_what_json_cannot_hold_is_named_with_its_place(value: Any, said: str) -> None:
    with pytest.raises(NotPlain) as caught:
        wrapped(value)
    assert said in str(caught.value)


def test_one_list_twice_is_no_circle() -> None:
    one = [1]
    assert plain({"a": one, "b": one}, "value") == {"a": [1], "b": [1]}


def test_an_endless_iterator_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    import itertools

    from jackfield.dialects.dispatcharr.plugin_process import answers

    monkeypatch.setattr(answers, "MAX_VALUES", 1000)
    with pytest.raises(NotPlain, match="more than are sent"):
        plain(itertools.count(), "value")


def test_rows_of_the_database(django_env: object) -> None:
    from apps.channels.models import ChannelGroup
    from django.utils.functional import lazystr

    ChannelGroup.objects.create(name="News")
    names = ChannelGroup.objects.filter(name="News").values("name")
    assert plain({"groups": names, "lazy": lazystr("x")}, "value") == {
        "groups": [{"name": "News"}],
        "lazy": "x",
    }
    with pytest.raises(NotPlain, match=r"result\['groups'\]\[0\] is of type apps.channels.models"):
        wrapped({"groups": ChannelGroup.objects.filter(name="News")})


def test_texts_are_sent_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    from jackfield.dialects.dispatcharr.plugin_process import answers

    monkeypatch.setattr(answers, "MAX_CHARACTERS", 10)
    assert wrapped({"a": "12345", "b": ["67890"]}) == {"a": "12345", "b": ["67890"]}
    with pytest.raises(NotPlain, match=r"result\['b'\]\[0\] is beyond 10 characters"):
        wrapped({"a": "12345", "b": ["678901"]})


def test_a_long_way_to_a_value_is_cut_short() -> None:
    deep: list[object] = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(NotPlain) as caught:
        wrapped(deep)
    assert "nested deeper" in str(caught.value) and len(str(caught.value)) < 300
