"""The table of host functions: what is in it, what it refuses, what it answers.

The functions act on the stand-ins of scenarios; the sandbox is not needed for that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.owncast.call_scope import CallScope, RequestScope
from jackfield.dialects.owncast.custom_events import SilentBus
from jackfield.dialects.owncast.hostfunctions import Caller, HostTable, build_table
from jackfield.dialects.owncast.hostfunctions.table import _GROUPS
from jackfield.dialects.owncast.permissions import PERMISSIONS
from jackfield.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    SurroundingsError,
    Unavailable,
)
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants, Permission
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.bus import PluginBus
from jackfield.services.fetch import Fetch, FetchRefused
from jackfield.services.files import DiskFiles, Files
from jackfield.services.kv import KeyValue
from jackfield.services.recording import Found, Recorded, recording_services
from jackfield.services.sql import Sql, SqliteSpaces
from owncast_plugin._wire import FUNCTIONS, pack, unpack


class Plugin:
    """A plugin without code, and what it can call."""

    def __init__(self, root: Path, *permissions: str, lend: bool = True, **given: Any) -> None:
        self.recorded = Recorded()
        self.log = PluginLog("bot")
        self.scope = CallScope()
        self.timers: list[tuple[Any, ...]] = []
        services: dict[type, Any] = {}
        if lend:
            services = recording_services("bot", Found(**given), self.recorded)
            services[Files] = DiskFiles(lambda slug: root / "data" / slug)
            services[Sql] = SqliteSpaces(lambda slug: None)
        table = ServiceTable(services)
        self.services = table
        self.caller = Caller(
            slug="bot",
            bot_name="Bot",
            grants=Grants(Permission.parse(text) for text in permissions),
            services=table,
            log=self.log,
            root=root,
            settings=lambda: {"greeting": "hi", "count": 3, "none": None},
            bus=table.find(PluginBus) or SilentBus(),
            scope=self.scope,
            set_timer=lambda *timer: bool(self.timers.append(timer)) or True,
            clear_timer=lambda timer_id: self.timers.append((timer_id,)),
        )
        self.table: HostTable = build_table(self.caller)

    def call(self, name: str, *arguments: Any) -> Any:
        return self.table(f"owncast_{name}", list(arguments))


Open = Callable[..., Plugin]


@pytest.fixture
def plugin(tmp_path: Path) -> Open:
    return lambda *permissions, **more: Plugin(tmp_path, *permissions, **more)


AMBIENT = {name for name, function in FUNCTIONS.items() if function.permission is None}


def test_every_function_of_the_wire_is_offered(plugin: Open) -> None:
    offered: set[str] = set()
    for group in _GROUPS:
        functions = set(group(plugin().caller))
        assert not functions & offered
        offered |= functions
    assert offered == set(FUNCTIONS)


def test_without_grants_only_what_every_plugin_may(plugin: Open) -> None:
    assert plugin().table.names == AMBIENT


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_a_grant_brings_its_functions_and_no_other(plugin: Open, permission: str) -> None:
    own = {name for name, function in FUNCTIONS.items() if function.permission == permission}
    assert plugin(permission).table.names == AMBIENT | own


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - AMBIENT))
def test_what_was_not_granted_says_which_permission(plugin: Open, name: str) -> None:
    needed = FUNCTIONS[name].permission
    with pytest.raises(PermissionDenied, match=f"{name} needs the permission '{needed}'") as error:
        plugin().table(name, [])
    assert f'declare "{needed}"' in str(error.value)


@pytest.mark.parametrize("name", ["owncast_shutdown", "", "__class__"])
def test_what_does_not_exist(plugin: Open, name: str) -> None:
    with pytest.raises(NotFound, match="this host has no function"):
        plugin().table(name, [])


@pytest.mark.parametrize(
    ("name", "arguments", "what"),
    [
        ("send_chat", [], "takes 1 arguments, not 0"),
        ("send_chat", ["a", "b"], "takes 1 arguments, not 2"),
        ("send_chat", [5], "owncast_send_chat text: expected text, found int"),
        ("send_chat", [None], "expected text, found NoneType"),
        ("send_chat_to", ["1", "x"], "clientId: expected integer, found str"),
        ("send_chat_to", [True, "x"], "clientId: expected integer, found bool"),
        ("send_chat_to", [1.5, "x"], "clientId: expected integer, found float"),
    ],
)
def test_arguments_are_checked(plugin: Open, name: str, arguments: list[Any], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        plugin("chat.send").call(name, *arguments)


def test_bytes_must_be_base64(plugin: Open) -> None:
    with pytest.raises(InvalidInput, match="expected base64 text"):
        plugin("storage.fs").call("fs_write", "a", "not base64!")


@pytest.mark.parametrize(
    ("name", "arguments", "permission"),
    [
        ("chat_history", [0], "chat.history"),
        ("kv_get", ["a"], "storage.kv"),
        ("fs_read", ["a"], "storage.fs"),
        ("stream_current", [], "server.read"),
        ("notify_discord", ["a"], "notifications.send"),
        ("users_list", [], "users.read"),
        ("fediverse_post", ["a"], "fediverse.post"),
        ("sse_send", ["", "", ""], "http.sse"),
        ("http_request", ["https://x", "GET", {}, None], "network.fetch"),
        ("video_config_read", [], "videoconfig.read"),
        ("auth_end_session", [], "auth.gate"),
    ],
)
def test_what_a_host_does_not_lend_says_so(
    plugin: Open, name: str, arguments: list[Any], permission: str
) -> None:
    with pytest.raises(Unavailable, match=f"this host does not offer {permission} yet"):
        plugin(permission, lend=False).call(name, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "permission"),
    [
        ("kv_set", ["a", "b"], "storage.kv"),
        ("fs_write", ["a", ""], "storage.fs"),
        ("ban_ip", ["a"], "users.moderate"),
        ("video_config_write", [{}], "videoconfig.write"),
        ("users_register", [{"authId": "a"}], "users.register"),
        ("auth_grant_session", [{"userId": "a"}], "auth.gate"),
        ("sql_query", [{"sql": "SELECT 1"}], "storage.sql"),
        ("storage_upload", ["a", ""], "storage.upload"),
        ("add_actions", [[]], "ui.modify"),
    ],
)
def test_where_an_outcome_is_due_it_is_the_outcome(
    plugin: Open, name: str, arguments: list[Any], permission: str
) -> None:
    answer = plugin(permission, lend=False).call(name, *arguments)
    assert answer["error"] == f"this host does not offer {permission} yet"
    assert answer.get("ok", False) is False


# -- chat and people ----------------------------------------------------------------------------


def test_chat(plugin: Open) -> None:
    bot = plugin("chat.send", "chat.moderate")
    assert bot.call("send_chat", "a") is None
    bot.call("send_chat_action", "b")
    bot.call("send_chat_system", "<b>c</b>")
    bot.call("send_chat_to", 7, "d")
    assert bot.call("delete_message", "m1") == {"ok": True}
    assert bot.call("kick_client", 7) == {"ok": True}
    of = bot.recorded.of
    assert of("chatSends") == ["a"]
    assert of("chatActions") == ["b"]
    assert of("chatSystems") == ["<b>c</b>"]
    assert of("chatTo") == [{"clientId": 7, "text": "d"}]
    assert of("deletedMessages") == ["m1"]
    assert of("kickedClients") == [7]


def test_reading_the_chat_gives_plain_json(plugin: Open) -> None:
    from jackfield.services.chat import ChatClient, ChatMessage

    history = [ChatMessage(id=str(n), body="x", timestamp="t") for n in range(60)]
    bot = plugin("chat.history", chat_history=history, chat_clients=[ChatClient(id=4)])
    assert len(bot.call("chat_history", 0)) == 50
    assert [m["id"] for m in bot.call("chat_history", 2)] == ["58", "59"]
    assert bot.call("chat_clients")[0]["id"] == 4
    assert plugin("chat.history").call("chat_history", -1) == []


def test_users(plugin: Open) -> None:
    from jackfield.services.users import User

    bot = plugin("users.read", "users.moderate", users=[User(id="u1", display_name="ann")])
    assert bot.call("user_get", "u1")["displayName"] == "ann"
    assert bot.call("user_get", "u2") is None
    assert [u["id"] for u in bot.call("users_list")] == ["u1"]
    assert bot.call("user_set_enabled", "u1", 0, "spam") == {"ok": True}
    assert bot.call("ban_ip", "192.0.2.1") == {"ok": True}
    assert bot.recorded.of("userModerations") == [
        {"userId": "u1", "enabled": False, "reason": "spam"}
    ]
    assert bot.recorded.of("bannedIPs") == ["192.0.2.1"]


def test_registering_people(plugin: Open) -> None:
    bot = plugin("users.register")
    assert bot.call("users_register", {"authId": "42", "displayName": None, "scopes": []}) == {
        "userId": "u-42"
    }
    assert bot.call("users_register", {})["error"] == "authId: is empty"
    assert "Expected `object`" in bot.call("users_register", "x")["error"]


def test_sessions_only_while_answering(plugin: Open) -> None:
    bot = plugin("auth.gate")
    answer = bot.call("auth_grant_session", {"userId": "u1"})
    assert answer == {
        "ok": False,
        "error": "a session can only be granted while answering a request",
    }
    assert bot.call("auth_end_session") is None
    assert bot.recorded.of("sessionGrants") == bot.recorded.of("sessionClears") == []
    request = RequestScope()
    with bot.scope.enter(request):
        assert bot.call("auth_grant_session", {"userId": "u1", "ttl": 10**9}) == {"ok": True}
        assert bot.call("auth_grant_session", {"userId": "u1", "ttl": -5}) == {"ok": True}
        assert bot.call("auth_grant_session", {"userId": ""})["error"] == "userId: is empty"
        bot.call("auth_end_session")
    assert [cookie.split("; ")[2] for cookie in request.cookies] == [
        "Max-Age=2592000",
        "Max-Age=86400",
        "Max-Age=0",
    ]
    assert len(bot.recorded.of("sessionClears")) == 1


# -- storage --------------------------------------------------------------------------------------


def test_pairs(plugin: Open) -> None:
    bot = plugin("storage.kv", kv={"a": "1"})
    assert bot.call("kv_get", "a") == "1"
    assert bot.call("kv_get", "b") is None
    assert bot.call("kv_set", "b", "2") == {"ok": True}
    refused = bot.call("kv_set", "b", "x" * 300_000)
    assert refused["ok"] is False
    assert "the value is 300,000 bytes; at most 262,144" in refused["error"]
    assert bot.call("kv_get", "b") == "2"


def test_files(plugin: Open) -> None:
    bot = plugin("storage.fs")
    assert bot.call("fs_write", "d/a.bin", pack(b"\xff")) == {"ok": True}
    assert unpack(bot.call("fs_read", "d/a.bin")) == b"\xff"
    assert bot.call("fs_read", "none") is None
    assert bot.call("fs_list", "d") == ["a.bin"]
    assert bot.call("fs_exists", "d") is True
    assert bot.call("fs_delete", "none") == {"ok": False, "error": "no such file"}
    assert bot.call("fs_delete", "d/a.bin") == {"ok": True}
    assert bot.call("fs_exists", "d/a.bin") is False


def test_sql(plugin: Open) -> None:
    bot = plugin("storage.sql")
    assert bot.call("sql_exec", {"sql": "CREATE TABLE t (a)"}) == {
        "rowsAffected": 0,
        "lastInsertId": 0,
    }
    inserted = bot.call("sql_exec", {"sql": "INSERT INTO t VALUES (?)", "params": [1.0]})
    assert inserted == {"rowsAffected": 1, "lastInsertId": 1}
    assert bot.call("sql_query", {"sql": "SELECT a FROM t", "maxRows": 1}) == {
        "columns": ["a"],
        "rows": [[1]],
    }
    assert bot.call("sql_query", {"sql": "PRAGMA x"})["error"] == "sql: PRAGMA is not allowed"
    assert "Expected `str`" in bot.call("sql_exec", {"sql": 5})["error"]


def test_uploads(plugin: Open) -> None:
    bot = plugin("storage.upload")
    assert bot.call("storage_upload", "a.png", pack(b"x")) == {"url": "mock://uploads/a.png"}
    assert bot.recorded.of("uploads") == [{"name": "a.png", "body": b"x"}]


# -- outward ----------------------------------------------------------------------------------


def test_events_and_notices(plugin: Open) -> None:
    bot = plugin("events.emit", "notifications.send", "fediverse.post", "http.sse")
    bot.call("emit_event", "other.go", {"n": [1, None]})
    bot.call("notify_discord", "hi")
    bot.call("notify_browser_push", {"title": "t", "unknown": 1})
    bot.call("notify_browser_push", "not an object")
    bot.call("notify_fediverse", {"type": "post", "body": 5})
    assert bot.call("fediverse_post", "x") == {"url": "mock://fediverse/bot/1"}
    bot.call("sse_send", "c", "e", "d")
    of = bot.recorded.of
    assert of("emits") == [{"eventType": "other.go", "payload": {"n": [1, None]}}]
    assert of("browserPushes") == [{"title": "t"}]
    assert of("fediversePosts") == []
    assert of("sseSends") == [{"channel": "c", "event": "e", "data": "d"}]
    texts = [line.text for line in bot.log.tail()]
    assert texts[0].startswith("notifications.browser_push was not sent: Expected `object`")
    assert texts[1].startswith("notifications.fediverse was not sent: Expected `str`")


def test_requests_go_to_the_granted_hosts(plugin: Open) -> None:
    from jackfield.services.recording import CannedResponse

    bot = plugin(
        "network.fetch(hosts=a.example,b.example)",
        http_responses=[CannedResponse(url="https://a.example/*", status=204, body="é")],
    )
    hosts: list[Any] = []
    fetch = bot.services.get(Fetch)
    original = fetch.fetch
    fetch.fetch = lambda slug, request, allowed: (  # type: ignore[method-assign]
        hosts.append(tuple(allowed)) or original(slug, request, allowed)
    )
    answer = bot.call("http_request", "https://a.example/x", "POST", {"X": 1}, pack(b"in"))
    assert answer == {"status": 204, "headers": {}, "body": pack("é".encode())}
    assert hosts == [("a.example", "b.example")]
    with pytest.raises(FetchRefused):
        bot.call("http_request", "https://c.example/", "GET", None, None)


# -- server, pages, ambient -----------------------------------------------------------------------


def test_facts(plugin: Open) -> None:
    bot = plugin("server.read", "videoconfig.read", "videoconfig.write", tags=["a"])
    assert bot.call("stream_current") == {"online": False, "viewers": 0}
    assert bot.call("stream_broadcaster") == bot.call("server_info") == {}
    assert bot.call("server_socials") == bot.call("server_emotes") == []
    assert bot.call("server_federation") == {"enabled": False}
    assert bot.call("server_tags") == ["a"]
    assert bot.call("video_config_read")["variants"] == []
    assert bot.call("video_config_write", {"latencyLevel": 3, "more": 1}) == {"ok": True}
    assert bot.call("video_config_write", {"latencyLevel": "high"})["ok"] is False
    assert bot.recorded.of("videoConfigWrites") == [{"latencyLevel": 3}]


def test_buttons(plugin: Open) -> None:
    bot = plugin("ui.modify")
    assert bot.call("add_actions", [{"title": "a", "html": "x"}]) == {"ok": True}
    refused = bot.call("add_actions", [{"title": "b", "html": "x"}, {"title": ""}])
    assert refused["error"] == "actions[1].title: is missing or empty"
    kv = bot.services.get(KeyValue)
    assert kv.get("bot", "owncast.actions") == '[{"title": "a", "html": "x"}]'
    assert bot.call("clear_actions") == {"ok": True}
    assert kv.get("bot", "owncast.actions") is None


def test_settings_timers_and_assets(plugin: Open, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/a.bin").write_bytes(b"\xff")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "assets/link").symlink_to(tmp_path / "secret")
    bot = plugin()
    assert bot.call("config_get", "greeting") == "hi"
    assert bot.call("config_get", "none") is None
    assert bot.call("config_get", "undeclared") is None
    assert bot.call("timer_set", 1, 500, 1) is True
    assert bot.call("timer_set", 2, 500, 7) is True
    bot.call("timer_clear", 1)
    assert bot.timers == [(1, 500, True), (2, 500, False), (1,)]
    assert unpack(bot.call("asset_read", "a.bin")) == b"\xff"
    for path in (
        "../secret",
        "/a.bin",
        "x/../a.bin",
        "a..b",
        "none",
        "link",
        "\\a",
        "a\0",
        "x" * 5000,
    ):
        assert bot.call("asset_read", path) is None


def test_the_log_has_one_line_an_entry(plugin: Open) -> None:
    bot = plugin()
    bot.call("log_info", "a\nb\x1b[31m")
    bot.call("log_warning", "w")
    bot.call("log_error", "x" * 5000)
    first, second, third = bot.log.tail()
    assert (first.level, first.text) == ("info", "a b [31m")
    assert second.level == "warning"
    assert len(third.text) == 4096
    assert third.text.endswith(" [truncated]")
    assert [entry["level"] for entry in bot.recorded.of("logs")] == ["info", "warning", "error"]


def test_what_this_machine_refuses_names_none_of_its_paths() -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/srv/data/secret")

    table = HostTable("bot", {"owncast_kv_get": full, "owncast_kv_set": full})
    with pytest.raises(SurroundingsError) as caught:
        table("owncast_kv_get", ["k"])
    assert str(caught.value) == "owncast_kv_get failed: No space left on device"
    outcome = table("owncast_kv_set", ["k", "v"])
    assert outcome == {"ok": False, "error": "owncast_kv_set failed: No space left on device"}
