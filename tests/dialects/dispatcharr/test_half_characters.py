from __future__ import annotations

import json

import pytest

from jackfield.dialects.dispatcharr.half_characters import encoded, whole


def test_halves_are_replaced_wherever_they_stand() -> None:
    value = {"a\udcff": ["\ud800", ("x\udfff", 1)], "b": {"c": "\udc80"}, "d": None}
    found = whole(value)
    assert found == {"a\ufffd": ["\ufffd", ["x\ufffd", 1]], "b": {"c": "\ufffd"}, "d": None}
    json.dumps(found, ensure_ascii=False).encode()


def test_whole_characters_stay() -> None:
    value = {"a": "caf\u00e9 \U0001f600 \ufffd \ud7ff\ue000", "n": 1.5, "t": True}
    assert whole(value) == value


def test_what_has_halves_is_encoded_without_them() -> None:
    assert json.loads(encoded({"a": ["\udc80", "\u00e9"]})) == {"a": ["\ufffd", "\u00e9"]}
    with pytest.raises(TypeError):
        encoded({"a": object()})
