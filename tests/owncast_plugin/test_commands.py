"""Chat commands: who matches them, and that none runs twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from owncast_plugin import ChatMessage, CommandContext, define_commands, filter, plugin  # noqa: A004
from owncast_plugin.guest import exports
from owncast_plugin.testing import RecordingHost

EVENT = "chat.message.received"


def message(body: str, at: int = 0, **more: Any) -> dict[str, Any]:
    user = {"id": "u1", "displayName": "Ada", "scopes": []}
    return {"body": body, "timestamp": f"2026-01-01T12:00:{at:02}Z", "user": user, **more}


def say(body: str, **more: Any) -> None:
    exports["on_event"]({"eventType": EVENT, "payload": message(body, **more)})


def command(name: str, **more: Any) -> None:
    exports["on_event"]({"eventType": "chat.command", "payload": {"command": name, **more}})


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def run(ran: list[str]) -> Callable[[CommandContext], None]:
    return lambda ctx: ran.append(f"{ctx.command}/{ctx.invoked_as}/{ctx.args}/{ctx.arg_string}")


def infos() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = exports["register"](None)["commands"]
    return found


class TestOfTheHost:
    def test_are_reported_with_all_their_members(self, run: Any) -> None:
        plugin.commands(
            {
                "roll": {
                    "run": run,
                    "description": "d",
                    "usage": "!roll N",
                    "aliases": ["dice"],
                    "mod_only": True,
                    "cooldown_ms": 500,
                },
                "plain": {"run": run},
            },
            prefix="?",
            case_sensitive=True,
        )
        full, plain = infos()
        assert full == {
            "name": "roll",
            "prefix": "?",
            "description": "d",
            "usage": "!roll N",
            "aliases": ["dice"],
            "modOnly": True,
            "caseSensitive": True,
            "cooldownMs": 500,
        }
        assert (plain["aliases"], plain["modOnly"], plain["cooldownMs"]) == ([], False, 0)

    def test_run_once_when_the_host_says_so_and_not_on_the_message(
        self, run: Any, ran: list[str]
    ) -> None:
        plugin.commands({"roll": {"run": run, "aliases": ["dice"]}})
        assert "notify" not in exports["register"](None)["subscriptions"]
        say("!dice 2 d6")
        assert ran == []
        command("roll", invokedAs="dice", args=["2", "d6"], argString="2 d6", message=message("x"))
        assert ran == ["roll/dice/['2', 'd6']/2 d6"]

    def test_a_bare_event_is_enough(self, run: Any, ran: list[str]) -> None:
        plugin.commands({"a": {"run": run}})
        command("a")
        assert ran == ["a/a/[]/"]

    @pytest.mark.parametrize("payload", [None, {}, {"command": "other"}, {"command": ["a"]}, "a"])
    def test_other_events_run_nothing(self, payload: Any, run: Any, ran: list[str]) -> None:
        plugin.commands({"a": {"run": run}, "silent": {}})
        exports["on_event"]({"eventType": "chat.command", "payload": payload})
        command("silent")
        assert ran == []

    def test_tables_add_up(self, run: Any, ran: list[str]) -> None:
        plugin.commands({"a": {"run": run}})
        plugin.commands({"b": {"run": run}}, prefix="?")
        command("a")
        command("b")
        assert len(ran) == 2

    def test_the_table_is_given_back_and_tells_without_running(
        self, run: Any, ran: list[str]
    ) -> None:
        table = {"a": {"run": run}}
        given = plugin.commands(table)
        assert given == table
        assert given(ChatMessage(message("!A x"))) is True
        assert given(ChatMessage(message("!b"))) is False
        assert given(ChatMessage(message("a"))) is False
        assert ran == []

    def test_async_functions_are_run_to_their_end(self, ran: list[str]) -> None:
        async def run(ctx: CommandContext) -> None:
            ran.append(ctx.command)

        plugin.commands({"a": {"run": run}})
        command("a")
        assert ran == ["a"]


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ([], {}, "table must be a dict, not list"),
        ({"a": 1}, {}, 'command "a" must be a dict, not int'),
        ({"a": {"aliases": "b"}}, {}, 'command "a": aliases must be a list of str'),
        ({"a": {"aliases": [1]}}, {}, 'command "a": aliases'),
        ({"a": {"cooldown_ms": -1}}, {}, 'command "a": cooldown_ms'),
        ({"a": {"cooldown_ms": True}}, {}, 'command "a": cooldown_ms'),
        ({"a": {"cooldown_ms": 1.5}}, {}, 'command "a": cooldown_ms'),
        ({}, {"prefix": ""}, "prefix must be a non-empty str"),
        ({}, {"prefix": 1}, "prefix must be a non-empty str"),
    ],
)
def test_a_wrong_table_is_a_type_error(table: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        plugin.commands(table, **more)


class TestOfThePluginItself:
    def test_a_router_runs_what_it_is_handed(self, run: Any, ran: list[str]) -> None:
        router = define_commands({"commands": {"Roll": {"run": run, "aliases": ["dice"]}}})
        assert router(ChatMessage(message("!DICE  2   d6 "))) is True
        assert ran == ["Roll/DICE/['2', 'd6']/2   d6"]

    def test_the_host_is_told_for_its_help_and_its_event_runs_nothing(
        self, run: Any, ran: list[str]
    ) -> None:
        define_commands({"commands": {"roll": {"run": run}}})
        assert infos()[0]["selfRouted"] is True
        command("roll")
        assert ran == []

    @pytest.mark.parametrize("body", ["", "roll", "!", "!  ", "?roll", " !roll"])
    def test_no_command(self, body: str, run: Any, ran: list[str]) -> None:
        router = define_commands({"commands": {"roll": {"run": run}}, "on_unknown": run})
        assert router(ChatMessage(message(body))) is False
        assert ran == []

    def test_unknown(self, run: Any, ran: list[str]) -> None:
        router = define_commands({"commands": {}, "on_unknown": run})
        assert router(ChatMessage(message("!Fly high"))) is False
        assert ran == ["fly/Fly/['high']/high"]

    def test_case_and_prefix(self, run: Any, ran: list[str]) -> None:
        router = define_commands(
            {"commands": {"Roll": {"run": run}}, "case_sensitive": True, "prefix": "//"}
        )
        assert router(ChatMessage(message("//roll"))) is False
        assert router(ChatMessage(message("//Roll"))) is True

    def test_only_moderators(self, run: Any, ran: list[str]) -> None:
        router = define_commands(
            {
                "commands": {"ban": {"run": run, "mod_only": True}},
                "on_denied": lambda ctx: ran.append("denied"),
            }
        )
        assert router(ChatMessage(message("!ban"))) is True
        assert router(ChatMessage(message("!ban", user=None))) is True
        assert ran == ["denied", "denied"]
        router(ChatMessage(message("!ban", user={"id": "m", "scopes": ["MODERATOR"]})))
        assert ran[2:] == ["ban/ban/[]/"]

    def test_cooldown_by_user_and_message_time(self, ran: list[str]) -> None:
        router = define_commands(
            {
                "commands": {
                    "a": {
                        "cooldown_ms": 5000,
                        "run": lambda ctx: ran.append(ctx.msg.timestamp[17:19]),
                        "on_cooldown": lambda ctx: ran.append("wait"),
                    }
                }
            }
        )
        for at in (0, 4, 5):
            assert router(ChatMessage(message("!a", at))) is True
        assert ran == ["00", "wait", "05"]
        router(ChatMessage(message("!a", 6, user={"id": "u2"})))
        router(ChatMessage(message("!a", 6, user=None, clientId=3)))
        router(ChatMessage(message("!a", 6, user=None)))
        router(ChatMessage(message("!a", 7, user=None)))
        assert ran[3:] == ["06", "06", "06", "wait"]

    @pytest.mark.parametrize("timestamp", [None, "", "yesterday"])
    def test_an_unreadable_time_never_cools_down(
        self, timestamp: Any, run: Any, ran: list[str]
    ) -> None:
        router = define_commands({"commands": {"a": {"cooldown_ms": 5000, "run": run}}})
        for _ in range(2):
            router(ChatMessage(message("!a", timestamp=timestamp)))
        assert len(ran) == 2

    def test_a_filter_can_run_and_drop(self, run: Any, ran: list[str]) -> None:
        router = define_commands({"commands": {"a": {"run": run}}})

        @plugin.filter_chat_message
        def check(msg: ChatMessage) -> dict[str, Any]:
            return filter.drop("command") if router(msg) else filter.pass_()

        envelope = {"eventType": EVENT, "payload": message("!a")}
        assert exports["on_filter"](envelope) == {"action": "drop", "reason": "command"}
        assert len(ran) == 1

    @pytest.mark.parametrize("callback", ["on_unknown", "on_denied", "on_cooldown"])
    def test_a_table_with_callbacks_of_0_9_is_routed_before_the_handler(
        self, callback: str, run: Any, ran: list[str]
    ) -> None:
        @plugin.on_chat_message
        def every(msg: ChatMessage) -> None:
            ran.append("handler")

        if callback == "on_unknown":
            plugin.commands({"a": {"run": run}}, on_unknown=run)
        else:
            plugin.commands({"a": {"run": run, callback: run}})
        assert exports["register"](None)["subscriptions"]["notify"] == [{"event": EVENT}]
        say("!a")
        command("a")
        assert ran == ["a/a/[]/", "handler"]

    def test_no_config_is_no_command(self) -> None:
        assert define_commands(None)(ChatMessage(message("!a"))) is False


class TestContext:
    def test_reply(self, host: RecordingHost) -> None:
        context = CommandContext(ChatMessage(message("x", clientId=4)), "a", "a", [], "")
        context.reply("all")
        context.reply_privately("you")
        assert [(c.method, c.arguments) for c in host.calls] == [
            ("chat.send", ("all",)),
            ("chat.send_to", (4, "you")),
        ]

    def test_a_private_reply_without_a_connection_is_public(self, host: RecordingHost) -> None:
        CommandContext(ChatMessage(message("x")), "a", "a", [], "").reply_privately("you")
        assert host.chat == ["you"]

    def test_user(self) -> None:
        assert CommandContext(ChatMessage({}), "a", "a", [], "").user is None
