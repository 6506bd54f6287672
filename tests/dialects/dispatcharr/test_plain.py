from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.literals import UNKNOWN
from jackfield.dialects.dispatcharr.plain import MAX_DEPTH, Notes, shown, to_plain


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        ("a", "a"),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({1: {"a": True}}, {"1": {"a": True}}),
        ({"b", "a"}, ["a", "b"]),
        (2**70, float(2**70)),
        (1.5, 1.5),
    ],
)
def test_json_is_taken_over(value: Any, plain: Any) -> None:
    notes = Notes("plugin.py")
    assert to_plain(value, "fields", notes) == plain
    assert not notes.warnings
    assert not notes.unknown


def test_what_is_unknown_is_left_out_and_noted() -> None:
    notes = Notes("plugin.py")
    found = to_plain([{"id": "a", "options": UNKNOWN}, UNKNOWN, 3], "fields", notes)
    assert found == [{"id": "a"}, 3]
    assert notes.unknown == ["fields[0].options", "fields[1]"]
    assert to_plain(UNKNOWN, "name", notes) is UNKNOWN


@pytest.mark.parametrize(
    ("value", "plain", "kind"),
    [(b"x", "b'x'", "bytes"), (..., "Ellipsis", "ellipsis"), (float("nan"), None, "number nan")],
)
def test_what_json_cannot_hold_is_a_warning(value: Any, plain: Any, kind: str) -> None:
    notes = Notes("plugin.py")
    assert to_plain({"default": value}, "fields[0]", notes) == {"default": plain}
    assert notes.warnings[0].startswith("plugin.py: fields[0].default: expected a")
    assert kind in notes.warnings[0]


def test_depth_is_bounded() -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH + 5):
        deep = [deep]
    for value in (deep, {"a": deep}):
        notes = Notes("plugin.py")
        to_plain(value, "fields", notes)
        assert f"at most {MAX_DEPTH} levels" in notes.warnings[0]


def test_values_are_quoted_with_their_type() -> None:
    assert shown(None) == "nothing"
    assert shown(True) == "boolean True"
    assert shown("x" * 100).endswith("x…")
    assert shown({"a": 1}) == "object {'a': 1}"
