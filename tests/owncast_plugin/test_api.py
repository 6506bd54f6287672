"""Every method of the host API: what it sends, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from owncast_plugin import ChatMessage, Content, HostError, owncast
from owncast_plugin._wire import pack
from owncast_plugin.payloads import (
    ChatClient,
    Emote,
    FederationInfo,
    ServerInfo,
    SocialHandle,
    StreamBroadcaster,
    StreamInfo,
    User,
    VideoConfig,
)
from owncast_plugin.testing import RecordingHost

SENT: list[tuple[Callable[[], Any], str, tuple[Any, ...]]] = [
    (lambda: owncast.chat.send(1), "chat.send", ("1",)),
    (lambda: owncast.chat.send_action("waves"), "chat.send_action", ("waves",)),
    (lambda: owncast.chat.system("<b>"), "chat.system", ("<b>",)),
    (lambda: owncast.chat.send_to("7", "x"), "chat.send_to", (7, "x")),  # type: ignore[arg-type]
    (lambda: owncast.chat.history(), "chat.history", (0,)),
    (lambda: owncast.chat.delete_message("m"), "chat.delete_message", ("m",)),
    (lambda: owncast.chat.kick(7), "chat.kick", (7,)),
    (lambda: owncast.kv.set("k", 1), "kv.set", ("k", "1")),
    (lambda: owncast.kv.delete("k"), "kv.set", ("k", "")),
    (lambda: owncast.kv.set_json("k", {"a": [1]}), "kv.set", ("k", '{"a": [1]}')),
    (lambda: owncast.storage.upload("a.txt", "é"), "storage.upload", ("a.txt", "w6k=")),
    (lambda: owncast.storage.upload("a", bytearray(b"a")), "storage.upload", ("a", "YQ==")),
    (lambda: owncast.fs.write("a", Content(b"\xff")), "fs.write", ("a", "/w==")),
    (lambda: owncast.events.emit("b.x", {"a": 1}), "events.emit", ("b.x", {"a": 1})),
    (lambda: owncast.events.emit("b.x"), "events.emit", ("b.x", None)),
    (lambda: owncast.notifications.discord("x"), "notifications.discord", ("x",)),
    (
        lambda: owncast.notifications.browser_push({"title": "t"}),
        "notifications.browser_push",
        ({"title": "t"},),
    ),
    (
        lambda: owncast.notifications.browser_push('{"title": "t"}'),
        "notifications.browser_push",
        ({"title": "t"},),
    ),
    (
        lambda: owncast.notifications.browser_push("plain"),
        "notifications.browser_push",
        ("plain",),
    ),
    (
        lambda: owncast.notifications.fediverse({"type": "live"}),
        "notifications.fediverse",
        ({"type": "live"},),
    ),
    (lambda: owncast.users.get(5), "users.get", ("5",)),
    (lambda: owncast.users.set_enabled("u", False, "r"), "users.set_enabled", ("u", 0, "r")),
    (lambda: owncast.users.set_enabled("u", True), "users.set_enabled", ("u", 1, "")),
    (lambda: owncast.users.ban_ip("192.0.2.1"), "users.ban_ip", ("192.0.2.1",)),
    (lambda: owncast.users.register("a"), "users.register", ({"authId": "a"},)),
    (
        lambda: owncast.users.register("a", "n", ["MODERATOR"], "https://x", "@a", False),
        "users.register",
        (
            {
                "authId": "a",
                "displayName": "n",
                "scopes": ["MODERATOR"],
                "profileUrl": "https://x",
                "handle": "@a",
                "public": False,
            },
        ),
    ),
    (lambda: owncast.auth.grant_session("u"), "auth.grant_session", ({"userId": "u"},)),
    (
        lambda: owncast.auth.grant_session("u", 60),
        "auth.grant_session",
        ({"userId": "u", "ttl": 60},),
    ),
    (lambda: owncast.auth.end_session(), "auth.end_session", ()),
    (lambda: owncast.fediverse.post("x"), "fediverse.post", ("x",)),
    (lambda: owncast.sse.send("c", "e", "text"), "sse.send", ("c", "e", "text")),
    (lambda: owncast.sse.send("c", "e", {"a": 1}), "sse.send", ("c", "e", '{"a": 1}')),
    (lambda: owncast.actions.add({"title": "t"}), "actions.add", ([{"title": "t"}],)),
    (lambda: owncast.actions.add([{"title": "t"}]), "actions.add", ([{"title": "t"}],)),
    (lambda: owncast.actions.clear(), "actions.clear", ()),
    (lambda: owncast.log.info(1), "log.info", ("1",)),
    (lambda: owncast.log.warning("w"), "log.warning", ("w",)),
    (lambda: owncast.log.error("e"), "log.error", ("e",)),
    (
        lambda: owncast.video_config.write({"latencyLevel": 2}),
        "video_config.write",
        ({"latencyLevel": 2},),
    ),
]


@pytest.mark.parametrize(("call", "method", "arguments"), SENT, ids=[s[1] for s in SENT])
def test_what_is_sent(
    call: Callable[[], Any], method: str, arguments: tuple[Any, ...], host: RecordingHost
) -> None:
    call()
    assert host.calls == [(method, arguments)]


OBJECTS: list[tuple[Callable[[], Any], str, type]] = [
    (owncast.server.info, "server.info", ServerInfo),
    (owncast.server.federation, "server.federation", FederationInfo),
    (owncast.stream.current, "stream.current", StreamInfo),
    (owncast.stream.broadcaster, "stream.broadcaster", StreamBroadcaster),
    (owncast.video_config.read, "video_config.read", VideoConfig),
    (lambda: owncast.users.get("u"), "users.get", User),
]
LISTS: list[tuple[Callable[[], Any], str, type]] = [
    (owncast.server.socials, "server.socials", SocialHandle),
    (owncast.server.emotes, "server.emotes", Emote),
    (owncast.users.list, "users.list", User),
    (owncast.chat.history, "chat.history", ChatMessage),
    (owncast.chat.clients, "chat.clients", ChatClient),
]


@pytest.mark.parametrize(("call", "method", "kind"), OBJECTS, ids=[o[1] for o in OBJECTS])
def test_objects(call: Callable[[], Any], method: str, kind: type) -> None:
    with RecordingHost(answers={method: {"displayName": "x"}}):
        found = call()
    assert type(found) is kind
    assert found.display_name == "x"
    with RecordingHost(answers={method: None}):
        assert call() is None


@pytest.mark.parametrize(("call", "method", "kind"), LISTS, ids=[o[1] for o in LISTS])
def test_lists(call: Callable[[], Any], method: str, kind: type) -> None:
    with RecordingHost(answers={method: [{"name": "x"}]}):
        found = call()
    assert [type(item) for item in found] == [kind]
    with RecordingHost(answers={method: None}):
        assert call() == []


def test_tags() -> None:
    with RecordingHost(answers={"server.tags": ["a"]}):
        assert owncast.server.tags() == ["a"]


class TestChat:
    def test_reply_to_a_message_or_a_client(self, host: RecordingHost) -> None:
        assert owncast.chat.reply_to(ChatMessage({"clientId": 3}), "a") is True
        assert owncast.chat.reply_to(4, "b") is True
        assert owncast.chat.reply_to(ChatMessage({}), "c") is False
        assert owncast.chat.reply_to(None, "d") is False
        assert [c.arguments for c in host.calls] == [(3, "a"), (4, "b")]


class TestKV:
    def test_round_trip(self, host: RecordingHost) -> None:
        assert owncast.kv.get("k") is None
        owncast.kv.set("k", "v")
        assert owncast.kv.get("k") == "v"
        owncast.kv.delete("k")
        assert owncast.kv.get("k") is None

    def test_json(self) -> None:
        with RecordingHost(kv={"bad": "{", "good": "[1]"}):
            assert owncast.kv.get_json("good") == [1]
            assert owncast.kv.get_json("bad", "f") == "f"
            assert owncast.kv.get_json("none") is None
            with pytest.raises(TypeError):
                owncast.kv.set_json("x", {1, 2})

    def test_over_quota_raises(self) -> None:
        refusal = {"ok": False, "error": "value is too large"}
        with RecordingHost(answers={"kv.set": refusal}), pytest.raises(HostError, match="large"):
            owncast.kv.set("k", "v")


class TestFiles:
    def test_round_trip(self, host: RecordingHost) -> None:
        assert owncast.fs.write("a/b.bin", b"\xff\x00") == {"ok": True}
        assert owncast.fs.read("a/b.bin") == b"\xff\x00"
        assert owncast.fs.read_text("a/b.bin") == "�\x00"
        assert owncast.fs.list("a") == ["b.bin"]
        assert owncast.fs.list("") == ["a"]
        assert owncast.fs.exists("a")
        assert owncast.fs.delete("a/b.bin") == {"ok": True}
        assert owncast.fs.delete("a/b.bin") == {"ok": False, "error": "no such file"}
        assert owncast.fs.read("a/b.bin") is None
        assert owncast.fs.read_text("a/b.bin") is None

    def test_an_empty_file_is_there(self, host: RecordingHost) -> None:
        owncast.fs.write("a", b"")
        assert owncast.fs.read("a") == b""
        assert owncast.fs.read_text("a") == ""

    def test_assets(self) -> None:
        with RecordingHost(assets={"a.txt": "é", "b.bin": b"\xff"}):
            assert owncast.assets.read("b.bin") == b"\xff"
            assert owncast.assets.read_text("a.txt") == "é"
            assert owncast.assets.read("c") is owncast.assets.read_text("c") is None


class TestSQL:
    def test_requests(self) -> None:
        result = {"columns": ["a"], "rows": [[1], [2]]}
        with RecordingHost(answers={"sql.query": result, "sql.exec": {"rowsAffected": 1}}) as host:
            assert owncast.sql.exec("x", (1, None)) == {"rowsAffected": 1}
            assert owncast.sql.query("q") == [{"a": 1}, {"a": 2}]
            assert owncast.sql.query_row("q", [2**53 + 1]) == {"a": 1}
        assert [c.arguments[0] for c in host.calls] == [
            {"sql": "x", "params": [1, None]},
            {"sql": "q", "params": []},
            {"sql": "q", "params": [2**53 + 1], "maxRows": 1},
        ]

    def test_no_row_and_equal_columns(self) -> None:
        with RecordingHost(answers={"sql.query": {"columns": ["a", "a"], "rows": []}}):
            assert owncast.sql.query_row("q") is None
        with RecordingHost(answers={"sql.query": {"columns": ["a", "a"], "rows": [[1, 2]]}}):
            assert owncast.sql.query("q") == [{"a": 2}]

    @pytest.mark.parametrize(
        "answer", [{}, {"columns": [], "rows": None}, {"columns": ["a"], "rows": [1]}]
    )
    def test_a_wrong_answer_raises(self, answer: Any) -> None:
        with RecordingHost(answers={"sql.query": answer}), pytest.raises(HostError):
            owncast.sql.query("q")

    def test_an_error_raises(self) -> None:
        answers = {"sql.exec": {"error": "no such table"}}
        with RecordingHost(answers=answers), pytest.raises(HostError, match="no such table"):
            owncast.sql.exec("x")


class TestOthers:
    def test_config(self) -> None:
        with RecordingHost(config={"a": False}):
            assert owncast.config.get("a", True) is False
            assert owncast.config.get("b", "f") == "f"

    def test_register_gives_the_id(self, host: RecordingHost) -> None:
        assert owncast.users.register("x:1").user_id == "u-x:1"

    def test_video_config_write_gives_its_outcome(self, host: RecordingHost) -> None:
        assert owncast.video_config.write({})["ok"] is True

    @pytest.mark.parametrize("method", ["storage.upload", "fediverse.post"])
    def test_urls(self, method: str) -> None:
        group, name = method.split(".")
        function = getattr(getattr(owncast, group), name)
        arguments = ("a", b"x") if name == "upload" else ("a",)
        with RecordingHost(answers={method: {"url": "u"}}):
            assert function(*arguments) == {"url": "u"}
        with RecordingHost(answers={method: None}):
            assert function(*arguments) is None


class TestFetch:
    def test_request_and_answer(self) -> None:
        answer = {"status": 404, "headers": {"etag": "x"}, "body": pack("é".encode())}
        with RecordingHost(answers={"http.fetch": answer}) as host:
            found = owncast.http.fetch(
                "https://a", {"method": "post", "body": "é", "headers": {"A": 1}}
            )
            owncast.http.fetch("https://b")
        assert host.calls[0].arguments == ("https://a", "POST", {"A": "1"}, "w6k=")
        assert host.calls[1].arguments == ("https://b", "GET", {}, None)
        assert (found.status, found.body, found.headers["etag"]) == (404, "é", "x")

    def test_a_body_that_is_no_text_raises(self) -> None:
        answer = {"status": 200, "body": pack(b"\xff")}
        with RecordingHost(answers={"http.fetch": answer}), pytest.raises(UnicodeDecodeError):
            owncast.http.fetch("https://a")

    def test_a_body_of_another_type_is_refused(self, host: RecordingHost) -> None:
        with pytest.raises(TypeError, match="must be text or bytes, not dict"):
            owncast.http.fetch("https://a", {"body": {"a": 1}})

    def test_no_answer_raises(self) -> None:
        with (
            RecordingHost(answers={"http.fetch": None}),
            pytest.raises(HostError, match="https://a"),
        ):
            owncast.http.fetch("https://a")
