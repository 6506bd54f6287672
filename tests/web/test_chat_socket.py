"""The chat over real sockets: what a client says, what it hears, and how it is shown out."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from jackfield.plugins.events import PASS, Event, FilterResult
from jackfield.services.rate_limits import RateLimits
from jackfield.services.users import ADMIN, MODERATOR
from plugins.fakes import FunctionRuntime, running
from web.served import Served


def filter_with(served: Served, judge: Any) -> None:
    runtime = FunctionRuntime(filters={"chat.message.received": 1}, on_filter=judge)
    served.host.dispatcher.attach(running("judge", runtime))


# -- coming in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by_address", [True, False])
def test_a_token_opens_the_chat(served: Served, by_address: bool) -> None:
    user_id, token = served.register("Ann")
    client = served.open(token, by_address=by_address)
    hello = client.next()
    assert hello["type"] == "hello"
    assert hello["you"]["id"] == user_id
    assert client.connection.subprotocol == (None if by_address else "jackfield.chat.v1")


@pytest.mark.parametrize("token", ["", "jfu_wrong", "x" * 3000])
def test_an_unknown_token_is_told_so(served: Served, token: str) -> None:
    client = served.open(token, by_address=True)
    bye = client.next()
    assert (bye["type"], bye["code"], bye["retry"]) == ("bye", "unauthorized", False)
    assert client.until_closed() == 4401


def test_the_banned_are_told_so(served: Served) -> None:
    user_id, token = served.register("Ann")
    served.accounts.set_enabled(user_id, False)
    client = served.open(token)
    assert client.next()["code"] == "banned"
    assert client.until_closed() == 4410


def test_a_full_chat_asks_to_come_later(served: Served) -> None:
    served.tune(max_connections=0)
    client = served.open(served.register("Ann")[1])
    bye = client.next()
    assert (bye["code"], bye["retry"]) == ("full", True)
    assert client.until_closed() == 1013


def test_pages_of_other_sites_stay_out(served: Served) -> None:
    address = f"ws://127.0.0.1:{served.port}/api/chat/socket?token={served.register('Ann')[1]}"
    for origin in (
        "https://evil.example",
        "null",
        "http://[",
        f"http://127.0.0.1:{served.port + 1}",
    ):
        with pytest.raises(InvalidStatus) as caught:
            connect(address, origin=origin)  # type: ignore[arg-type]
        assert caught.value.response.status_code == 403
    with connect(address, origin=f"http://127.0.0.1:{served.port}") as own:  # type: ignore[arg-type]
        assert json.loads(own.recv(10))["type"] == "hello"


@pytest.mark.parametrize("since", ["", "abc", "-1", "1e9", "9" * 40, "%00"])
def test_a_senseless_since_is_none(served: Served, since: str) -> None:
    ann = served.join("Ann")
    ann.post("hi")
    ann.next("ack")
    client = served.open(served.register("Bob")[1], since=since)
    assert [m["body"] for m in client.next("hello")["messages"]] == ["hi"]


# -- talking -----------------------------------------------------------------------------------


def test_two_people_talk(served: Served) -> None:
    ann, bob = served.join("Ann"), served.join("Bob")
    ann.post("hi", "n1")
    ack = ann.next("ack")
    assert (ack["nonce"], ack["message"]["body"]) == ("n1", "hi")
    heard = bob.next("message")["message"]
    assert heard == ack["message"]
    bob.post("hello", "n1")
    assert ann.next("message")["message"]["user"]["displayName"] == "Bob"


def test_what_one_says_keeps_its_order(served: Served) -> None:
    served.room.limits = RateLimits(
        {"post": "1000/second", "request": "1000/second", "plugin": "1/second"}
    )
    filter_with(served, lambda event: time.sleep(0.01 * (hash(event.payload["id"]) % 3)) or PASS)  # type: ignore[func-returns-value]
    ann, bob = served.join("Ann"), served.join("Bob")
    for number in range(20):
        ann.post(str(number), f"n{number}")
    assert [ann.next("ack")["nonce"] for _ in range(20)] == [f"n{n}" for n in range(20)]
    assert [bob.next("message")["message"]["body"] for _ in range(20)] == [
        str(number) for number in range(20)
    ]


def test_a_slow_filter_stalls_only_the_sender(served: Served) -> None:
    thinking, go_on = threading.Event(), threading.Event()

    def judge(event: Event) -> FilterResult:
        if event.payload["body"] == "slow":
            thinking.set()
            go_on.wait(10)
        return PASS

    filter_with(served, judge)
    ann, bob = served.join("Ann"), served.join("Bob")
    ann.post("slow")
    assert thinking.wait(10)
    assert served.http.get("/").status_code == 200
    bob.send("rename", name="Bobby", request="r")
    assert bob.next("done")["request"] == "r"
    cem = served.join("Cem")
    go_on.set()
    assert cem.next("message")["message"]["body"] == "slow"


def test_a_dropped_message_is_explained_to_its_sender_alone(served: Served) -> None:
    filter_with(
        served,
        lambda event: (
            FilterResult("drop", reason="no spam") if "spam" in event.payload["body"] else PASS
        ),
    )
    ann, bob = served.join("Ann"), served.join("Bob")
    ann.post("spam", "n1")
    assert ann.next() == {
        "type": "joined",
        "person": ann.frames[-1]["person"],
    }
    assert ann.next() == {
        "type": "refused",
        "nonce": "n1",
        "code": "dropped",
        "reason": "no spam",
        "by": "judge",
    }
    ann.post("fine", "n2")
    assert bob.next("message")["message"]["body"] == "fine"
    assert len(bob.frames) == 2


@pytest.mark.parametrize(("body", "code"), [("", "invalid_input"), ("x" * 2001, "invalid_input")])
def test_what_is_no_message_is_refused(served: Served, body: str, code: str) -> None:
    ann = served.join("Ann")
    ann.post(body, "n1")
    refused = ann.next("refused")
    assert (refused["nonce"], refused["code"]) == ("n1", code)
    assert "retryAfter" not in refused


def test_too_fast_is_refused_with_a_time_to_wait(served: Served) -> None:
    served.room.limits = RateLimits({"post": "1/minute", "request": "100/second"})
    ann = served.join("Ann")
    ann.post("one", "n1")
    ann.post("two", "n2")
    refused = ann.next("refused")
    assert (refused["nonce"], refused["code"]) == ("n2", "rate_limited")
    assert refused["retryAfter"] >= 1


def test_a_message_sent_again_after_a_lost_connection_is_there_once(served: Served) -> None:
    _, token = served.register("Ann")
    ann = served.open(token)
    ann.next("hello")
    ann.post("hi", "n1")
    ann.vanish()
    again = served.open(token)
    hello = again.next("hello")
    again.post("hi", "n1")
    ack = again.next("ack")
    assert ack["message"]["body"] == "hi"
    again.close()
    third = served.open(token)
    assert [m["body"] for m in third.next("hello")["messages"]] == ["hi"]
    assert len(hello["messages"]) <= 1


def test_reconnecting_brings_what_was_missed(served: Served) -> None:
    _, token = served.register("Bob")
    ann = served.join("Ann")
    ann.post("one", "1")
    seq = ann.next("ack")["message"]["seq"]
    ann.post("two", "2")
    ann.next("ack")
    bob = served.open(token, since=seq)
    assert [m["body"] for m in bob.next("hello")["messages"]] == ["two"]


def test_paging_back(served: Served) -> None:
    served.tune(history=2)
    for number in range(7):
        served.room.send_as_bot("b", "B", f"m{number}")
    ann = served.open(served.register("Ann")[1])
    hello = ann.next("hello")
    assert [m["body"] for m in hello["messages"]] == ["m5", "m6"]
    assert hello["more"]
    ann.send("older", before=hello["messages"][0]["seq"], limit=3)
    page = ann.next("history")
    assert [m["body"] for m in page["messages"]] == ["m2", "m3", "m4"]
    assert page["more"]
    ann.send("older", before=page["messages"][0]["seq"], limit=10**9)
    page = ann.next("history")
    assert [m["body"] for m in page["messages"]] == ["m0", "m1"]
    assert not page["more"]


# -- names, colours, moderation ----------------------------------------------------------------


def test_a_new_name_and_colour(served: Served) -> None:
    ann, bob = served.join("Ann"), served.join("Bob")
    ann.send("rename", name="Anna", request="r1")
    me = ann.next("you")["you"]
    assert me["displayName"] == "Anna"
    other = (me["displayColor"] + 1) % 8  # colours are given at random; the same one is no news
    assert ann.next("done")["request"] == "r1"
    changed = bob.next("person")
    assert (changed["person"]["displayName"], changed["previousName"]) == ("Anna", "Ann")
    ann.send("color", color=other, request="r2")
    assert bob.next("person")["person"]["displayColor"] == other
    ann.send("rename", name="bob", request="r3")
    error = ann.next("error")
    assert (error["request"], error["error"]["code"]) == ("r3", "conflict")
    ann.send("color", color=99, request="r4")
    assert ann.next("error")["error"]["field"] == "displayColor"


def test_moderators_moderate_and_others_do_not(served: Served) -> None:
    mod, ann = served.join("Mod", MODERATOR), served.join("Ann")
    ann.post("hi", "n")
    message = ann.next("ack")["message"]
    ann.send("hide", id=message["id"], request="r0")
    assert ann.next("error")["error"]["code"] == "permission_denied"
    mod.send("hide", id=message["id"], request="r1")
    assert mod.next("done")["request"] == "r1"
    assert ann.next("moderated") == {"type": "moderated", "ids": [message["id"]], "visible": False}
    mod.send("restore", id=message["id"], request="r2")
    assert ann.next("moderated")["message"] == message
    mod.send("hide", id="nope", request="r3")
    assert mod.next("error")["error"]["code"] == "not_found"


def test_kick_and_ban_and_unban(served: Served) -> None:
    user_id, token = served.register("Ann")
    mod = served.join("Mod", MODERATOR)
    ann = served.open(token)
    ann.next("hello")
    mod.send("kick", user=user_id, request="k")
    assert ann.next("bye")["code"] == "kicked"
    assert ann.until_closed() == 4409
    ann = served.open(token)
    ann.next("hello")
    mod.send("ban", user=user_id, reason="spam", request="b")
    assert ann.next("bye")["code"] == "banned"
    assert ann.until_closed() == 4410
    mod.send("ban", user=user_id, address=True, request="b2")
    mod.send("unban", user=user_id, request="u")
    while mod.next("done", "error").get("request") != "u":
        pass
    ann = served.open(token)
    assert ann.next()["type"] == "hello"


def test_who_shares_an_address_with_a_moderator_keeps_it(served: Served) -> None:
    mod = served.join("Mod", ADMIN)
    served.join("Ann")
    ann_id = served.accounts.find("Ann").id
    mod.send("ban", user=ann_id, address=True, request="b")
    assert "your own address" in mod.next("error")["error"]["message"]


# -- bad clients -------------------------------------------------------------------------------


NONSENSE = [
    "",
    "hello",
    "{",
    "[]",
    "null",
    "{}",
    '{"type": "nope"}',
    '{"type": "post"}',
    '{"type": "post", "nonce": 1, "body": "x"}',
    '{"type": "older", "before": "x"}',
    '{"type": "older", "before": 1e999}',
    '{"type": "older", "before": 99999999999999999999}',
    '{"type": ["post"]}',
    "[" * 5000,
]


def test_nonsense_is_answered_and_the_chat_goes_on(served: Served) -> None:
    ann = served.join("Ann")
    for frame in NONSENSE:
        ann.connection.send(frame)
        assert ann.next("error")["error"]["code"] == "invalid_input", frame
    ann.post("still here", "n")
    assert ann.next("ack")["message"]["body"] == "still here"


@pytest.mark.parametrize("frame", ["x" * 20_000, b"bytes", b""])
def test_large_and_binary_frames_end_the_connection(served: Served, frame: str | bytes) -> None:
    ann = served.join("Ann")
    ann.connection.send(frame)
    assert ann.next("bye")["code"] == "frame"
    assert ann.until_closed() == 4413


def test_text_that_is_not_utf8_ends_the_connection_and_fills_no_log(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    client = served.open(served.register("Ann")[1])
    client.next("hello")
    with caplog.at_level(logging.DEBUG), suppress(ConnectionClosed):
        client.connection.send(b"\xff\xfe", text=True)
        assert client.until_closed() == 1007
    assert "UTF-8" not in caplog.text
    assert "Traceback" not in caplog.text
    assert served.open(served.register("Bob")[1]).next()["type"] == "hello"


def test_a_flood_ends_the_connection(served: Served) -> None:
    ann = served.join("Ann")
    with suppress(ConnectionClosed):
        for _ in range(60):
            ann.connection.send('{"type":"pong"}')
    assert ann.next("bye")["code"] == "flood"
    assert ann.until_closed() == 4429


def test_who_gives_no_sign_of_life_is_let_go(served: Served) -> None:
    served.tune(ping_seconds=0.05)
    ann = served.join("Ann")
    assert ann.next()["type"] == "ping"
    assert ann.until_closed() == 4408
    bob = served.join("Bob")
    for _ in range(5):
        assert bob.next("ping", "parted")
        bob.send("pong")


def test_a_client_that_does_not_read_is_dropped_and_delays_nobody(served: Served) -> None:
    served.tune(queue=32)
    lazy, ann = served.join("Lazy"), served.join("Ann")
    [connection] = served.room.connections_of(served.accounts.find("Lazy").id)
    # The library reads ahead for us; while its lock is held nobody does.
    with lazy.connection.protocol_mutex:
        for _ in range(3000):
            connection.wire.send('{"type":"notice","html":"' + "x" * 16_000 + '"}')
            if not served.room.connections_of(connection.user.id):
                break
            time.sleep(0.002)
    assert served.room.connections_of(connection.user.id) == []
    ann.post("fine", "n")
    assert ann.next("ack")["message"]["body"] == "fine"
    with suppress(ConnectionClosed):
        while True:
            lazy.next()


def test_presence_follows_the_sockets(served: Served) -> None:
    served.tune(part_seconds=0)
    ann, bob = served.join("Ann"), served.join("Bob")
    assert ann.next("joined")["person"]["displayName"] == "Bob"
    bob_id = served.accounts.find("Bob").id
    bob.vanish()
    assert ann.next("parted")["id"] == bob_id
    assert [client.display_name for client in served.room.clients()] == ["Ann"]
