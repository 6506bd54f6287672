"""From what the host sends to the author's function and back."""

from __future__ import annotations

from typing import Any

import pytest

from owncast_plugin import ChatMessage, Content, auth_check, filter, owncast, plugin  # noqa: A004
from owncast_plugin.guest import exports
from owncast_plugin.testing import RecordingHost

EVENTS = {
    "on_chat_message": "chat.message.received",
    "on_chat_user_joined": "chat.user.joined",
    "on_chat_user_parted": "chat.user.parted",
    "on_chat_user_renamed": "chat.user.renamed",
    "on_message_moderated": "chat.message.moderated",
    "on_stream_started": "stream.started",
    "on_stream_stopped": "stream.stopped",
    "on_stream_title_changed": "stream.title.changed",
    "on_sse_connect": "sse.connect",
    "on_sse_disconnect": "sse.disconnect",
    "on_tick": "tick",
    "on_fediverse": "fediverse.activity",
    "on_fediverse_follow": "fediverse.follow",
    "on_fediverse_like": "fediverse.like",
    "on_fediverse_repost": "fediverse.repost",
    "on_fediverse_quote": "fediverse.quote",
    "on_fediverse_mention": "fediverse.mention",
    "on_fediverse_reply": "fediverse.reply",
}


def send(name: str, payload: Any = None) -> None:
    assert exports["on_event"]({"eventType": name, "payload": payload}) is None


def subscriptions() -> dict[str, Any]:
    found: dict[str, Any] = exports["register"](None)["subscriptions"]
    return found


def request(method: str = "GET", path: str = "/", **more: Any) -> Any:
    return exports["on_http_request"]({"method": method, "path": path, **more})


class TestEvents:
    @pytest.mark.parametrize("decorator", EVENTS)
    def test_each_decorator_subscribes_and_receives(self, decorator: str) -> None:
        got: list[Any] = []
        handler = getattr(plugin, decorator)(got.append)
        assert handler == got.append
        assert subscriptions() == {"notify": [{"event": EVENTS[decorator]}]}
        send(EVENTS[decorator], {"someThing": 1})
        assert got[0].some_thing == 1

    def test_the_last_handler_of_an_event_wins(self) -> None:
        got: list[str] = []
        plugin.on_tick(lambda event: got.append("first"))
        plugin.on_tick(lambda event: got.append("second"))
        send("tick", {"now": 1})
        assert got == ["second"]
        assert len(subscriptions()["notify"]) == 1

    def test_custom_events_get_plain_json(self) -> None:
        got: list[Any] = []
        plugin.on("a.b")(got.append)
        assert subscriptions() == {"notify": [{"event": "a.b"}]}
        for payload in ({"x": 1}, [1], "text", None):
            send("a.b", payload)
        assert got == [{"x": 1}, [1], "text", None]

    def test_a_name_that_is_built_in_too_is_reported_once(self) -> None:
        got: list[str] = []
        plugin.on("tick")(lambda payload: got.append("custom"))
        plugin.on_tick(lambda event: got.append("built-in"))
        assert subscriptions()["notify"] == [{"event": "tick"}]
        send("tick", {})
        assert got == ["built-in"]

    @pytest.mark.parametrize("name", ["nothing", "chat.message.received", "timer.fire", None])
    def test_what_nobody_handles_is_ignored(self, name: Any) -> None:
        send(name)

    def test_async(self) -> None:
        got: list[str] = []

        @plugin.on_chat_message
        async def handler(msg: ChatMessage) -> None:
            got.append(msg.body)

        send("chat.message.received", {"body": "hi"})
        assert got == ["hi"]

    def test_async_that_waits_is_an_error_not_a_hang(self) -> None:
        class Never:
            def __await__(self) -> Any:
                yield "a future"

        @plugin.on_tick
        async def handler(event: Any) -> None:
            await Never()

        with pytest.raises(RuntimeError, match=r"no event loop in a plugin, use owncast\.timer"):
            send("tick")

    def test_an_exception_goes_to_the_host(self) -> None:
        plugin.on_tick(lambda event: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send("tick")


class TestFilters:
    def verdict(self, payload: Any = None) -> Any:
        return exports["on_filter"]({"eventType": "chat.message.received", "payload": payload})

    def test_subscription_and_priority(self) -> None:
        plugin.filter_chat_message(lambda msg: filter.pass_())
        name = "chat.message.received"
        assert subscriptions() == {"filter": [{"event": name, "priority": 100}]}
        plugin.set_filter_priority(5)
        assert subscriptions() == {"filter": [{"event": name, "priority": 5}]}

    def test_verdicts(self) -> None:
        @plugin.filter_chat_message
        def check(msg: ChatMessage) -> dict[str, Any]:
            if "spam" in msg.body:
                return filter.drop("spam")
            return filter.modify({**msg.raw, "body": msg.body.upper()})

        assert self.verdict({"body": "spam"}) == {"action": "drop", "reason": "spam"}
        assert self.verdict({"id": "1", "body": "a"}) == {
            "action": "modify",
            "payload": {"id": "1", "body": "A"},
        }

    @pytest.mark.parametrize("answer", [None, True, "drop", 3])
    def test_what_is_no_verdict_passes(self, answer: Any) -> None:
        plugin.filter_chat_message(lambda msg: answer)
        assert self.verdict({}) == {"action": "pass"}

    def test_no_filter_passes(self) -> None:
        assert self.verdict() == {"action": "pass"}

    def test_a_message_instead_of_a_dict_is_explained(self) -> None:
        plugin.filter_chat_message(lambda msg: filter.modify(msg))
        with pytest.raises(TypeError, match=r"\*\*msg\.raw"):
            self.verdict({"body": "x"})


class TestHttp:
    def test_routes(self) -> None:
        plugin.get("/a")(lambda req: "get")
        plugin.post("/a")(lambda req: "post")
        plugin.put("/a")(lambda req: "put")
        plugin.delete("/a")(lambda req: "delete")
        plugin.patch("/a")(lambda req: "patch")
        plugin.route("/r", ["get", "head"])(lambda req: "route")
        plugin.route("/any")(lambda req: "any")
        plugin.on_http_request("/h", methods=["POST"])(lambda req: "h")
        for method in ("get", "post", "put", "delete", "patch"):
            assert request(method.upper(), "/a")["body"] == method
        assert request("HEAD", "/r")["body"] == "route"
        assert request("OPTIONS", "/any")["body"] == "any"
        assert request("POST", "/h")["body"] == "h"
        assert request("HEAD", "/a") == {"status": 405, "body": "method not allowed"}
        assert request("GET", "/b") == {"status": 404, "body": "not found"}

    def test_the_first_route_that_fits_answers(self) -> None:
        plugin.route("/a")(lambda req: "first")
        plugin.get("/a")(lambda req: "second")
        assert request(path="/a")["body"] == "first"

    def test_a_known_path_never_reaches_the_handler_of_everything(self) -> None:
        plugin.post("/a")(lambda req: "post")
        plugin.on_http_request(lambda req: f"all of {req.path}")
        assert request(path="/a")["status"] == 405
        assert request(path="/b")["body"] == "all of /b"

    def test_empty_brackets_mean_everything(self) -> None:
        plugin.on_http_request()(lambda req: "all")
        assert request()["body"] == "all"

    def test_methods_without_a_path_are_a_mistake(self) -> None:
        with pytest.raises(TypeError, match="takes a path"):
            plugin.on_http_request(methods=["GET"])

    @pytest.mark.parametrize(
        ("answer", "response"),
        [
            (None, {"status": 204}),
            ("text", {"status": 200, "body": "text"}),
            (12, {"status": 200, "body": "12"}),
            ({"status": 418}, {"status": 418}),
            ({"body": b"\xff"}, {"bodyBase64": "/w=="}),
            (Content(b"hi"), {"status": 200, "bodyBase64": "aGk="}),
        ],
    )
    def test_answers(self, answer: Any, response: dict[str, Any]) -> None:
        plugin.on_http_request(lambda req: answer)
        assert request() == response

    def test_the_request(self) -> None:
        seen: list[Any] = []
        plugin.get("/")(seen.append)
        request(query={"q": "1"}, headers={"Content-Type": "x"}, user={"displayName": "Ada"})
        req = seen[0]
        assert req.query.q == "1"
        assert req.raw["headers"]["Content-Type"] == "x"
        assert req.user.display_name == "Ada"


class TestPages:
    @pytest.mark.parametrize("kind", ["tab_content", "page_content"])
    def test_content_by_slug(self, kind: str) -> None:
        getattr(plugin, f"on_{kind}")("info")(lambda req: f"<b>{req.slug}</b>")
        export = exports[f"on_{kind}"]
        assert export({"slug": "info"}) == "<b>info</b>"
        assert export({"slug": "other"}) == export(None) == ""

    @pytest.mark.parametrize("kind", ["page_styles", "page_scripts"])
    def test_styles_and_scripts(self, kind: str) -> None:
        export = exports[f"on_{kind}"]
        assert export(None) == ""
        getattr(plugin, f"on_{kind}")(lambda: "x")
        assert export(None) == "x"
        getattr(plugin, f"on_{kind}")(lambda: None)
        assert export(None) == ""


class TestAuthCheck:
    def test_without_a_handler_a_session_goes_on(self) -> None:
        assert exports["on_auth_check"]({"user": {}}) == {"action": "ok"}

    @pytest.mark.parametrize(
        ("answer", "verdict"),
        [
            (auth_check.ok(), {"action": "ok"}),
            (auth_check.refresh(), {"action": "refresh"}),
            (auth_check.refresh(60.9), {"action": "refresh", "ttl": 60}),
            (auth_check.deny("gone"), {"action": "deny", "reason": "gone"}),
            (None, {"action": "ok"}),
        ],
    )
    def test_verdicts(self, answer: Any, verdict: dict[str, Any]) -> None:
        plugin.on_auth_check(lambda req: answer)
        assert exports["on_auth_check"]({"user": {"id": "u"}}) == verdict


class TestTimers:
    def test_once(self, host: RecordingHost) -> None:
        got: list[str] = []
        timer_id = owncast.timer.set_timeout(lambda: got.append("fired"), 1500.7)
        assert host.calls[-1].arguments == (1, 1500, 0)
        send("timer.fire", {"id": timer_id})
        send("timer.fire", {"id": timer_id})
        assert got == ["fired"]

    def test_again_and_again_until_cleared(self, host: RecordingHost) -> None:
        got: list[str] = []
        timer_id = owncast.timer.set_interval(lambda: got.append("fired"), 1000)
        assert host.calls[-1].arguments == (1, 1000, 1)
        for _ in range(2):
            send("timer.fire", {"id": timer_id})
        owncast.timer.clear(timer_id)
        assert host.calls[-1] == ("timer.clear", (timer_id,))
        send("timer.fire", {"id": timer_id})
        assert len(got) == 2

    def test_a_timer_may_set_the_next(self, host: RecordingHost) -> None:
        def again() -> None:
            ids.append(owncast.timer.set_timeout(again, 100))

        ids = [owncast.timer.set_timeout(again, 100)]
        send("timer.fire", {"id": ids[-1]})
        send("timer.fire", {"id": ids[-1]})
        assert ids == [1, 2, 3]

    def test_refused(self) -> None:
        with RecordingHost(answers={"timer.set_timeout": False}):
            assert owncast.timer.set_timeout(print, 100) == 0
        send("timer.fire", {"id": 1})

    @pytest.mark.parametrize("payload", [None, {}, {"id": 99}, "x"])
    def test_unknown_timers_are_ignored(self, payload: Any) -> None:
        send("timer.fire", payload)
