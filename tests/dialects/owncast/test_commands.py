"""Which command a message calls. Source: owncast spec 3.7."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.owncast.commands import (
    CommandInfo,
    Commands,
    asks_for_help,
    help_text,
    is_moderator,
    match,
)

PING = CommandInfo(name="ping", aliases=["p", "Pong"])


def message(body: str, at: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    return {"id": "m", "user": {"id": "u1"}, "body": body, "timestamp": at, **more}


@pytest.mark.parametrize(
    ("body", "invoked_as", "args", "arg_string"),
    [
        ("!ping", "ping", (), ""),
        ("!PING", "PING", (), ""),
        ("!p a  b ", "p", ("a", "b"), "a  b"),
        ("! pong x", "pong", ("x",), "x"),
        ("!ping\tone\ntwo", "ping", ("one", "two"), "one\ntwo"),
    ],
)
def test_what_calls_it(body: str, invoked_as: str, args: tuple[str, ...], arg_string: str) -> None:
    found = match(PING, body)
    assert found is not None
    assert (found.invoked_as, found.args, found.arg_string) == (invoked_as, args, arg_string)
    assert found.command.name == "ping"


@pytest.mark.parametrize("body", ["ping", " !ping", "!", "!  ", "!pin", "!pingx", "?ping", ""])
def test_what_does_not_call_it(body: str) -> None:
    assert match(PING, body) is None


def test_prefix_and_case() -> None:
    command = CommandInfo(name="Go", prefix="??", case_sensitive=True)
    assert match(command, "??Go now") is not None
    assert match(command, "??go") is None
    assert match(command, "!Go") is None
    assert match(CommandInfo(name="straße"), "!STRASSE") is not None


def test_the_event_names_command_and_call() -> None:
    sent = message("!p 1 2")
    (found,) = Commands([PING]).called_by(sent)
    assert found.event(sent) == {
        "message": sent,
        "command": "ping",
        "invokedAs": "p",
        "args": ["1", "2"],
        "argString": "1 2",
    }


def test_several_commands_of_one_message_all_run() -> None:
    commands = Commands([CommandInfo(name="a"), CommandInfo(name="b", aliases=["a"])])
    assert [found.command.name for found in commands.called_by(message("!a"))] == ["a", "b"]


def test_what_the_plugin_routes_itself_is_not_called() -> None:
    assert Commands([CommandInfo(name="a", self_routed=True)]).called_by(message("!a")) == []


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"id": "u", "scopes": ["MODERATOR"]}, True),
        ({"id": "u", "scopes": ["OTHER"]}, False),
        ({"id": "u"}, False),
        (None, False),
        ("MODERATOR", False),
    ],
)
def test_only_moderators_use_their_commands(user: Any, expected: bool) -> None:
    commands = Commands([CommandInfo(name="mod", mod_only=True)])
    sent = message("!mod", user=user)
    assert bool(commands.called_by(sent)) is expected
    assert is_moderator(sent) is expected


def test_a_body_that_is_no_text_calls_nothing() -> None:
    assert Commands([PING]).called_by({"body": 5}) == []
    assert Commands([PING]).called_by({}) == []


class Cooling:
    def __init__(self, *commands: CommandInfo) -> None:
        self._commands = Commands(commands or [CommandInfo(name="a", cooldown_ms=10_000)])

    def runs(self, second: int, body: str = "!a", **more: Any) -> bool:
        at = f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z"
        return bool(self._commands.called_by(message(body, **{"at": at, **more})))


def test_a_cooldown_is_the_messages_time_per_person() -> None:
    cooling = Cooling()
    assert cooling.runs(0)
    assert not cooling.runs(9)
    assert cooling.runs(9, user={"id": "u2"})
    assert cooling.runs(10)
    assert not cooling.runs(11)


def test_who_has_no_id_is_known_by_connection() -> None:
    cooling = Cooling()
    assert cooling.runs(0, user=None, clientId=4)
    assert not cooling.runs(1, user=None, clientId=4)
    assert cooling.runs(1, user=None, clientId=5)
    assert cooling.runs(1, user="ann")
    assert not cooling.runs(2, user=None)  # everybody else is one


def test_a_time_that_cannot_be_read_is_always_allowed_and_not_kept() -> None:
    cooling = Cooling()
    for at in ("", "soon", "2026-01-01T00:00:00", None):
        assert cooling.runs(0, at=at)
    assert cooling.runs(0)


def test_a_refused_moderator_command_does_not_start_a_cooldown() -> None:
    cooling = Cooling(CommandInfo(name="a", cooldown_ms=10_000, mod_only=True))
    assert not cooling.runs(0)
    assert cooling.runs(1, user={"id": "u1", "scopes": ["MODERATOR"]})


def test_old_cooldowns_are_forgotten() -> None:
    cooling = Cooling()
    for second in range(0, 300, 20):
        assert cooling.runs(second, user={"id": f"u{second}"})
    assert len(cooling._commands._last) < 8


@pytest.mark.parametrize(
    ("body", "expected"),
    [("!help", True), (" !Commands ", True), ("!help me", False), ("help", False)],
)
def test_asking_for_help(body: str, expected: bool) -> None:
    assert asks_for_help(body) is expected


def test_the_help_is_sorted_and_hides_moderator_commands() -> None:
    plugins = [
        ("zed", [CommandInfo(name="b", prefix="?"), CommandInfo(name="a", description="does a")]),
        ("Alpha", [CommandInfo(name="ban", mod_only=True)]),
        ("none", []),
    ]
    assert help_text(plugins, moderator=False) == (
        "Available commands:\n\n**zed**\n\n- `!a` \N{EM DASH} does a\n- `?b`"
    )
    assert help_text(plugins, moderator=True).startswith(
        "Available commands:\n\n**Alpha**\n\n- `!ban` *(mod)*\n\n**zed**"
    )
    assert help_text([("none", [])], moderator=True) == ""
