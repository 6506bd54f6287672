"""Events between plugins of every era. Source: owncast spec 3.5."""

from __future__ import annotations

import pytest

from dialects.owncast.conftest import PluginHost
from jackfield.dialects.owncast.custom_events import (
    CustomEvents,
    SilentBus,
    check_hooks,
    hook_for,
)
from jackfield.errors import InvalidInput
from jackfield.plugins.events import Event


@pytest.mark.parametrize(
    ("hooks", "emitter", "event", "expected"),
    [
        ({"go"}, "a", "b.go", "go"),  # the recipient's slug
        ({"go"}, "a", "go", "go"),  # global names
        ({"a.go"}, "a", "go", "a.go"),  # the host put the emitter's slug in front
        ({"a.go"}, "a", "a.go", "a.go"),
        ({"go"}, "a", "c.go", None),
        ({"go"}, "a", "stop", None),
        ({"x.y"}, "a", "b.x.y", "x.y"),
        ({"b.go"}, "a", "b.go", "b.go"),
        ({"go", "b.go"}, "a", "b.go", "go"),
        ({"go"}, "b", "go", "go"),  # to itself
        ({"go"}, "b", "b.go", "go"),
        ({""}, "a", "b.", None),
    ],
)
def test_which_hook_of_plugin_b_hears(
    hooks: set[str], emitter: str, event: str, expected: str | None
) -> None:
    assert hook_for("b", frozenset(hooks), emitter, event) == expected


def test_each_plugin_hears_once_under_its_own_name() -> None:
    heard: list[tuple[str, Event]] = []

    def deliver(slug: str, event: Event) -> bool:
        heard.append((slug, event))
        return True

    hooks = {
        "b": frozenset({"go", "a.go", "b.go"}),
        "c": frozenset({"a.go"}),
        "d": frozenset({"other"}),
    }
    CustomEvents(lambda: hooks, deliver).emit("a", "go", {"n": 1})
    assert heard == [
        ("b", Event("go", {"n": 1}, source="a")),
        ("c", Event("a.go", {"n": 1}, source="a")),
    ]


@pytest.mark.parametrize("name", ["chat.message.received", "tick", "timer.fire", "sse.connect"])
def test_names_of_the_host_cannot_be_sent(name: str) -> None:
    with pytest.raises(InvalidInput, match="only the host"):
        CustomEvents(dict, lambda slug, event: True).emit("a", name, None)


def test_an_event_needs_a_name() -> None:
    with pytest.raises(InvalidInput, match="needs a name"):
        CustomEvents(dict, lambda slug, event: True).emit("a", " ", None)


def test_a_hook_may_not_be_a_name_of_the_host() -> None:
    check_hooks("bot", ["message.received", "go"])
    with pytest.raises(InvalidInput, match=r"'message\.received' .* chat\.message\.received"):
        check_hooks("chat", ["go", "message.received"])


def test_outside_of_a_host_nobody_hears() -> None:
    SilentBus().emit("a", "go", None)


# -- in the sandbox -------------------------------------------------------------------------------


@pytest.fixture
def talking(open_host: object) -> PluginHost:
    host: PluginHost = open_host(real=True)  # type: ignore[operator]
    return host


@pytest.mark.sandbox
def test_one_plugin_reaches_another(talking: PluginHost) -> None:
    talking.add("@plugin.on('go')\ndef f(p):\n    print('heard', p['n'])\n", slug="b")
    talking.add(
        "@plugin.on_chat_message\ndef f(m):\n    owncast.events.emit('b.go', {'n': 7})\n",
        "events.emit",
        slug="a",
    )
    talking.say("x")
    assert talking.log("b") == ["info: heard 7"]


@pytest.mark.sandbox
def test_a_plugin_may_send_to_itself_and_is_stopped_after_eight(talking: PluginHost) -> None:
    talking.add(
        "@plugin.on_chat_message\n"
        "def f(m):\n"
        "    owncast.events.emit('bot.go', 0)\n"
        "@plugin.on('go')\n"
        "def go(n):\n"
        "    print(n)\n"
        "    owncast.events.emit('bot.go', n + 1)\n",
        "events.emit",
    )
    talking.say("x")
    lines = talking.log()
    assert lines[:7] == [f"info: {n}" for n in range(7)]
    assert lines[7].startswith("warning: event 'go' was dropped")
    assert len(lines) == 8


@pytest.mark.sandbox
def test_a_reserved_name_is_logged_and_dropped(talking: PluginHost) -> None:
    talking.add(
        "@plugin.on_chat_message\n"
        "def f(m):\n"
        "    owncast.events.emit('tick', 0)\n"
        "    print('went on')\n",
        "events.emit",
    )
    talking.say("x")
    assert talking.log() == [
        "warning: event 'tick' was not sent: only the host sends this event",
        "info: went on",
    ]
