"""Administrators, as plugins know them."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.owncast.rights import in_their_words, may_moderate

BOSS = {"id": "b", "scopes": ["ADMIN"]}
KNOWN = {"id": "b", "scopes": ["ADMIN", "MODERATOR"]}
ANN = {"id": "a", "scopes": ["CAN_SEND_MESSAGES"]}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (BOSS, KNOWN),  # chat.user.joined
        ({"body": "x", "user": BOSS}, {"body": "x", "user": KNOWN}),
        (
            {"command": "c", "message": {"body": "x", "user": BOSS}},
            {"command": "c", "message": {"body": "x", "user": KNOWN}},
        ),
        ({"messageId": "m", "moderator": BOSS}, {"messageId": "m", "moderator": KNOWN}),
    ],
)
def test_an_administrator_is_a_moderator(payload: Any, expected: Any) -> None:
    before = repr(payload)
    assert in_their_words(payload) == expected
    assert repr(payload) == before


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "ann",
        [BOSS],
        {"user": "ann"},
        {"user": None, "message": 5},
        {"user": ANN},
        {"user": {"scopes": "ADMIN"}},
        {"user": KNOWN},
        KNOWN,
    ],
)
def test_everything_else_is_handed_on_as_it_is(payload: Any) -> None:
    assert in_their_words(payload) is payload


def test_who_may_moderate() -> None:
    assert may_moderate(BOSS) and may_moderate({"scopes": ["MODERATOR"]})
    assert not any(map(may_moderate, (ANN, {}, None, "ADMIN", {"scopes": "ADMIN"})))
