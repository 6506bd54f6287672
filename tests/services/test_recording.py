"""The stand-ins of scenarios: what they write down and what they answer (owncast spec 6.2)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import pytest

from jackfield.errors import InvalidInput
from jackfield.services.bus import PluginBus
from jackfield.services.chat import Chat
from jackfield.services.console import Console
from jackfield.services.fediverse import Fediverse
from jackfield.services.fetch import Fetch, FetchRefused, FetchRequest
from jackfield.services.kv import KeyValue
from jackfield.services.notifications import BrowserPush, FediverseNotice, Notifications
from jackfield.services.recording import Found, Recorded, recording_services
from jackfield.services.server import Server
from jackfield.services.signin import Registration, SignIn
from jackfield.services.sse import EventStreams
from jackfield.services.stream import Stream
from jackfield.services.timers import MAX_PENDING, Timers
from jackfield.services.uploads import Uploads
from jackfield.services.users import Users
from jackfield.services.video import VideoConfigUpdate, VideoSettings, merged

T = TypeVar("T")


class Stage:
    """A plugin's surroundings, made from a scenario's ``given``."""

    def __init__(self, **given: Any) -> None:
        self.recorded = Recorded()
        self.heard: list[tuple[str, ...]] = []
        found = msgspec.convert(given, Found)
        self._services = recording_services("mine", found, self.recorded, self)

    def __getitem__(self, kind: type[T]) -> T:
        service: T = self._services[kind]
        return service

    def printed(self, slug: str, line: str) -> None:
        self.heard.append((slug, line))

    def logged(self, slug: str, level: str, message: str) -> None:
        self.heard.append((slug, level, message))


def test_chat_is_written_down_in_order() -> None:
    stage = Stage()
    chat = stage[Chat]
    chat.send_as_bot("mine", "Bot", "one")
    chat.send_as_bot("mine", "Bot", "two")
    chat.send_action("mine", "Bot", "waves")
    chat.send_system("mine", "<b>x</b>")
    assert chat.send_to("mine", 4, "psst")
    chat.hide("m1")
    chat.kick(9)
    of = stage.recorded.of
    assert of("chatSends") == ["one", "two"]
    assert of("chatActions") == ["waves"]
    assert of("chatSystems") == ["<b>x</b>"]
    assert of("chatTo") == [{"clientId": 4, "text": "psst"}]
    assert of("deletedMessages") == ["m1"]
    assert of("kickedClients") == [9]
    assert of("emits") == []


def test_given_history_is_cut_from_its_end() -> None:
    history = [{"id": str(n), "body": "x", "timestamp": ""} for n in range(5)]
    stage = Stage(chatHistory=history, chatClients=[{"id": 3, "displayName": "ann"}])
    assert [m.id for m in stage[Chat].history(2)] == ["3", "4"]
    assert [c.display_name for c in stage[Chat].clients()] == ["ann"]


def test_given_facts_are_read_and_what_is_not_given_is_empty() -> None:
    stage = Stage(stream={"online": True, "viewers": 3, "title": "t"}, tags=["a"])
    assert msgspec.to_builtins(stage[Stream].current()) == {
        "online": True,
        "viewers": 3,
        "title": "t",
    }
    assert stage[Server].tags() == ["a"]
    empty = Stage()
    assert msgspec.to_builtins(empty[Stream].current()) == {"online": False, "viewers": 0}
    assert msgspec.to_builtins(empty[Stream].broadcaster()) == {}
    assert msgspec.to_builtins(empty[Server].info()) == {}
    assert msgspec.to_builtins(empty[Server].federation()) == {"enabled": False}
    assert (empty[Server].socials(), empty[Server].emotes()) == ([], [])
    assert msgspec.to_builtins(empty[VideoSettings].read()) == {
        "latencyLevel": 0,
        "codec": "",
        "autoplay": "",
        "variants": [],
    }


def test_users_are_found_and_stay_as_they_are() -> None:
    stage = Stage(users=[{"id": "u1", "displayName": "ann"}])
    users = stage[Users]
    users.set_enabled("u1", False, "spam")
    users.ban_ip("192.0.2.7")
    found = users.get("u1")
    assert found is not None
    assert found.disabled_at is None
    assert users.get("u2") is None
    assert [u.id for u in users.all()] == ["u1"]
    assert stage.recorded.of("userModerations") == [
        {"userId": "u1", "enabled": False, "reason": "spam"}
    ]
    assert stage.recorded.of("bannedIPs") == ["192.0.2.7"]


def test_a_video_write_keeps_only_what_was_set() -> None:
    stage = Stage(videoConfig={"latencyLevel": 2, "codec": "libx264"})
    update = msgspec.convert({"latencyLevel": 0, "variants": [{"width": 1280}]}, VideoConfigUpdate)
    stage[VideoSettings].write("mine", update)
    assert stage.recorded.of("videoConfigWrites") == [
        {"latencyLevel": 0, "variants": [{"width": 1280}]}
    ]
    config = stage[VideoSettings].read()
    assert config.latency_level == 2
    changed = merged(config, update)
    assert (changed.latency_level, changed.codec) == (0, "libx264")
    assert (changed.variants[0].width, changed.variants[0].height) == (1280, 0)


def test_notices_posts_and_uploads() -> None:
    stage = Stage()
    stage[Notifications].discord("mine", "hi")
    stage[Notifications].browser_push("mine", BrowserPush(title="t", body="b"))
    stage[Notifications].fediverse("mine", FediverseNotice(type="post", body="b"))
    assert stage[Fediverse].post("mine", "a") == "mock://fediverse/mine/1"
    assert stage[Fediverse].post("mine", "b") == "mock://fediverse/mine/2"
    assert stage[Uploads].upload("mine", "x.png", b"\xff") == "mock://uploads/x.png"
    of = stage.recorded.of
    assert of("discordPosts") == ["hi"]
    assert of("browserPushes") == [{"title": "t", "body": "b"}]
    assert of("fediversePosts") == [{"type": "post", "body": "b"}]
    assert of("fediverseOutbox") == ["a", "b"]
    assert of("uploads") == [{"name": "x.png", "body": b"\xff"}]


def test_sign_in() -> None:
    stage = Stage()
    registration = Registration(auth_id="42", display_name="ann", scopes=["MODERATOR"])
    assert stage[SignIn].register("mine", registration) == "u-42"
    with pytest.raises(InvalidInput, match="authId is empty"):
        stage[SignIn].register("mine", Registration())
    assert stage[SignIn].grant("mine", "u-42", 60) == "mock-session:u-42"
    stage[SignIn].ended("mine")
    assert stage.recorded.of("userRegistrations") == [
        {"authId": "42", "displayName": "ann", "scopes": ["MODERATOR"]}
    ]
    assert stage.recorded.of("sessionGrants") == [{"userId": "u-42", "ttl": 60}]
    assert len(stage.recorded.of("sessionClears")) == 1


def test_fetch_answers_with_the_first_fixture_that_fits() -> None:
    stage = Stage(
        httpResponses=[
            {"url": "https://a/*", "method": "post", "status": 201},
            {"url": "https://a/*", "status": 200, "body": "é", "headers": {"X": "1"}},
            {"url": "https://a/b", "status": 404},
        ]
    )
    fetch = stage[Fetch]
    assert fetch.fetch("mine", FetchRequest("https://a/b", "POST", {}, b"in"), []).status == 201
    answer = fetch.fetch("mine", FetchRequest("https://a/b/c?d"), [])
    assert (answer.status, answer.body, answer.headers) == (200, "é".encode(), {"X": "1"})
    with pytest.raises(FetchRefused, match=r"no given\.httpResponses entry matches GET https://z"):
        fetch.fetch("mine", FetchRequest("https://z/"), [])
    assert stage.recorded.of("httpRequests") == [
        {"url": "https://a/b", "method": "POST", "body": "in"},
        {"url": "https://a/b/c?d", "method": "GET", "body": ""},
        {"url": "https://z/", "method": "GET", "body": ""},
    ]


def test_key_value_pairs_belong_to_the_plugin_under_test() -> None:
    stage = Stage(kv={"a": "1"})
    assert stage[KeyValue].get("mine", "a") == "1"
    assert stage[KeyValue].get("other", "a") is None


def test_timers_are_accepted_up_to_the_cap() -> None:
    timers = Stage()[Timers]
    assert all(timers.set("mine", n, 100, True) for n in range(MAX_PENDING))
    assert not timers.set("mine", 999, 100, False)
    assert timers.set("mine", 3, 100, False)
    assert timers.set("other", 1, 100, False)
    timers.handled("mine", 3)
    timers.clear("mine", 3)
    assert timers.set("mine", 999, 100, False)
    timers.clear_all("mine")
    assert timers.set("mine", 1000, 100, False)


def test_events_streams_and_the_console() -> None:
    stage = Stage()
    stage[PluginBus].emit("mine", "other.go", {"n": 1})
    stage[EventStreams].send("mine", "", "goal", "1")
    stage[Console].printed("mine", "a line")
    stage[Console].logged("mine", "warning", "careful")
    of = stage.recorded.of
    assert of("emits") == [{"eventType": "other.go", "payload": {"n": 1}}]
    assert of("sseSends") == [{"channel": "", "event": "goal", "data": "1"}]
    assert of("logs") == [{"plugin": "mine", "level": "warning", "message": "careful"}]
    assert stage.heard == [("mine", "a line"), ("mine", "warning", "careful")]


def test_a_wrong_type_in_given_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"Expected `str`, got `int`.*kv"):
        Stage(kv={"n": 1})
