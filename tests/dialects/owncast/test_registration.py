"""What a plugin says of itself. Source: owncast spec 1.6."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.owncast.registration import Registration, read_registration
from jackfield.errors import PluginError
from jackfield.plugins.permissions import Grants

CHAT = "chat.message.received"


def told(answer: Any, *permissions: str, granted: tuple[str, ...] | None = None) -> Registration:
    grants = Grants.parse(permissions if granted is None else granted)
    return read_registration(answer, slug="bot", declared=permissions, grants=grants)


def test_subscriptions_hooks_and_commands() -> None:
    registered = told(
        {
            "slug": "bot",
            "permissions": ["chat.filter"],
            "subscriptions": {
                "notify": [{"event": CHAT}, {"event": "go"}, {"event": "tick"}],
                "filter": [{"event": CHAT, "priority": 5}],
            },
            "commands": [{"name": "up", "aliases": ["u"], "cooldownMs": 5, "extra": 1}],
        },
        "chat.filter",
    )
    assert registered.subscriptions.events == {CHAT, "tick"}
    assert registered.subscriptions.filters == {CHAT: 5}
    assert registered.hooks == {"go"}
    assert registered.commands[0].cooldown_ms == 5
    assert registered.warnings == ()


def test_nothing_at_all() -> None:
    assert told({}) == Registration()
    assert told({"subscriptions": {"notify": None, "filter": None}, "commands": None}) == told({})


def test_a_missing_priority_is_zero() -> None:
    registered = told({"subscriptions": {"filter": [{"event": CHAT}]}}, "chat.filter")
    assert registered.subscriptions.filters == {CHAT: 0}


def test_events_with_one_owner_need_no_subscription() -> None:
    answer = {"subscriptions": {"notify": [{"event": "sse.connect"}, {"event": "timer.fire"}]}}
    assert told(answer).subscriptions.events == frozenset()


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("text", "register returned something else: Expected `object`"),
        ({"subscriptions": []}, "subscriptions"),
        ({"commands": [{"name": 5}]}, r"commands\[0\]\.name"),
        ({"commands": [{}]}, "missing required field `name`"),
        ({"slug": "other"}, "the code says it is 'other', the manifest 'bot'"),
        ({"permissions": ["chat.send", "storage.kv"]}, "asks for chat.send, storage.kv, which"),
        ({"subscriptions": {"filter": [{"event": CHAT}]}}, "needs the permission 'chat.filter'"),
    ],
)
def test_what_is_refused(answer: Any, what: str) -> None:
    with pytest.raises(PluginError, match=what) as caught:
        told(answer)
    assert caught.value.plugin == "bot"


def test_what_was_not_granted_is_left_out_with_a_warning() -> None:
    answer = {
        "subscriptions": {
            "notify": [{"event": "fediverse.like"}, {"event": "tick"}],
            "filter": [{"event": CHAT}],
        }
    }
    registered = told(answer, "chat.filter", granted=())
    assert registered.subscriptions.filters == {}
    assert registered.subscriptions.events == {"tick"}
    assert registered.warnings == (
        "its filter does not run: chat.filter was not granted",
        "fediverse.like will not be heard: fediverse.inbound is missing",
    )
