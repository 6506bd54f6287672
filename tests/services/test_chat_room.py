"""The path of a message, who is here, and what happens when many do something at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jackfield.config import ChatSettings
from jackfield.errors import InvalidInput, NotFound, PermissionDenied, Unavailable
from jackfield.plugins.events import PASS, Event, FilterResult
from jackfield.services.chat import MessageDropped
from jackfield.services.chat_room import MAX_NONCE
from jackfield.services.rate_limits import RateLimited
from jackfield.services.users import ADMIN, MODERATOR
from jackfield.store import Database
from services.chat_world import ListWire, World


def modify(body: Any) -> FilterResult:
    return FilterResult("modify", payload={"body": body})


# -- coming and going --------------------------------------------------------------------------


def test_hello_comes_first_and_says_everything(world: World) -> None:
    ann = world.join("Ann")
    world.say(ann, "hi")
    bob = world.join("bob")
    hello = bob.wire.frames[0]
    assert hello["type"] == "hello"
    assert hello["protocol"] == 1
    assert hello["you"]["displayName"] == "bob"
    assert hello["clientId"] == bob.id
    assert [m["body"] for m in hello["messages"]] == ["hi"]
    assert [p["displayName"] for p in hello["people"]] == ["Ann", "bob"]
    assert hello["limits"] == {"body": 2000, "name": 30}
    assert (hello["gap"], hello["more"], hello["hidden"]) == (False, False, [])


def test_people_are_announced_once_however_many_windows_they_have(world: World) -> None:
    ann = world.join("Ann")
    bob = world.join("Bob")
    second = world.enter(bob.user)
    assert [f["person"]["displayName"] for f in ann.wire.of("joined")] == ["Bob"]
    assert [u["displayName"] for u in world.told("chat.user.joined")] == ["Ann", "Bob"]
    world.leave(bob)
    assert ann.wire.of("parted") == []
    world.leave(second)
    world.leave(second)
    assert [f["id"] for f in ann.wire.of("parted")] == [bob.user.id]
    assert [u["displayName"] for u in world.told("chat.user.parted")] == ["Bob"]


def test_a_short_absence_is_no_farewell(db: Database) -> None:
    world = World(db, ChatSettings(part_seconds=60))
    ann, bob = world.join("Ann"), world.join("Bob")
    world.leave(bob)
    cem = world.join("Cem")
    assert "Bob" in [p["displayName"] for p in cem.wire.last("hello")["people"]]
    world.enter(bob.user)
    assert ann.wire.of("parted") == []
    assert len(ann.wire.of("joined")) == 2
    assert world.told("chat.user.parted") == []
    world.room.close()
    world.dispatcher.close()


def test_a_longer_absence_is_one(db: Database) -> None:
    world = World(db, ChatSettings(part_seconds=0.02))
    ann, bob = world.join("Ann"), world.join("Bob")
    world.leave(bob)
    assert ann.wire.wait("parted")["id"] == bob.user.id
    world.room.close()
    world.dispatcher.close()


def test_a_client_that_comes_back_gets_what_it_missed(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    seen = world.say(ann, "one")
    world.leave(bob)
    world.say(ann, "two")
    hidden = world.say(ann, "three")
    world.room.hide(hidden.id)
    back = world.enter(bob.user, since=seen.seq)
    hello = back.wire.last("hello")
    assert [m["body"] for m in hello["messages"]] == ["two"]
    assert hello["hidden"] == [hidden.id]
    assert not hello["gap"]


def test_a_client_that_missed_too_much_starts_afresh(db: Database) -> None:
    world = World(db, ChatSettings(part_seconds=0, missed=3, posts="1000/second"))
    ann = world.join("Ann")
    first = world.say(ann, "m0")
    for number in range(1, 6):
        world.say(ann, f"m{number}")
    hello = world.join("Bob", since=first.seq).wire.last("hello")
    assert hello["gap"]
    assert [m["body"] for m in hello["messages"]] == ["m3", "m4", "m5"]
    world.room.close()
    world.dispatcher.close()


def test_the_banned_do_not_get_in(world: World) -> None:
    ann = world.join("Ann")
    world.accounts.set_enabled(ann.user.id, False)
    user = world.accounts.get(ann.user.id)
    assert user is not None
    with pytest.raises(PermissionDenied, match="you are banned"):
        world.enter(user)
    world.accounts.ban_ip("10.0.0.9")
    with pytest.raises(PermissionDenied, match="this address is banned"):
        world.join("Bob", address="10.0.0.9")


def test_what_changed_since_the_token_was_looked_at_counts(world: World) -> None:
    banned, _ = world.accounts.register("Ann")
    renamed, _ = world.accounts.register("Bob")
    world.accounts.set_enabled(banned.id, False)
    world.accounts.rename(renamed.id, "Rob")
    with pytest.raises(PermissionDenied, match="you are banned"):
        world.enter(banned)
    assert world.enter(renamed).wire.last("hello")["you"]["displayName"] == "Rob"
    assert [client.display_name for client in world.room.clients()] == ["Rob"]


def test_connections_are_bounded(db: Database) -> None:
    world = World(db, ChatSettings(max_connections=3, max_per_address=2, part_seconds=0))
    world.join("a", address="10.0.0.1")
    last = world.join("b", address="10.0.0.1")
    with pytest.raises(Unavailable, match="too many connections from your address"):
        world.join("c", address="10.0.0.1")
    world.join("d", address="10.0.0.2")
    with pytest.raises(Unavailable, match="the chat is full"):
        world.join("e", address="10.0.0.3")
    world.leave(last)
    world.join("f", address="10.0.0.1")
    world.room.close()
    world.dispatcher.close()


def test_a_home_with_many_ipv6_addresses_counts_as_one(db: Database) -> None:
    world = World(db, ChatSettings(max_per_address=2, part_seconds=0))
    world.join("a", address="2001:db8::1")
    world.join("b", address="2001:db8::2")
    with pytest.raises(Unavailable, match="too many connections from your address"):
        world.join("c", address="2001:db8::3")
    world.join("d", address="2001:db8:0:1::1")
    world.room.close()
    world.dispatcher.close()


def test_closing_says_goodbye_and_lets_nobody_in(world: World) -> None:
    ann = world.join("Ann")
    world.room.close()
    world.room.close()
    assert ann.wire.last("bye")["code"] == "restart"
    assert ann.wire.last("bye")["retry"] is True
    assert ann.wire.closed == "restart"
    with pytest.raises(Unavailable):
        world.enter(ann.user)


def test_clients_lists_who_is_connected(world: World) -> None:
    ann = world.join("Ann", agent="Firefox" + "x" * 999)
    world.say(ann, "hi")
    [client] = world.room.clients()
    assert (client.id, client.user_id, client.display_name) == (ann.id, ann.user.id, "Ann")
    assert (client.ip_address, client.message_count) == ("10.0.0.1", 1)
    assert len(client.user_agent) == 300


# -- the path of a message ---------------------------------------------------------------------


def test_a_message_is_acknowledged_shown_and_told(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    shown = world.say(ann, " **hi** ", nonce="n1")
    assert ann.wire.last("ack")["nonce"] == "n1"
    assert ann.wire.last("ack")["message"]["id"] == shown.id
    assert ann.wire.of("message") == [], "the sender gets the acknowledgement instead"
    assert bob.wire.last("message")["message"]["html"] == "<p><strong>hi</strong></p>"
    [payload] = world.told("chat.message.received")
    assert payload == {
        "id": shown.id,
        "user": payload["user"],
        "clientId": ann.id,
        "body": "**hi**",
        "timestamp": shown.timestamp,
    }
    assert payload["user"]["displayName"] == "Ann"
    assert [m.body for m in world.room.history()] == ["**hi**"]


def test_it_is_stored_before_it_is_acknowledged(world: World, db: Database) -> None:
    ann = world.join("Ann")
    stored: list[int] = []

    class Peek(ListWire):
        def send(self, frame: str) -> None:
            super().send(frame)
            if '"ack"' in frame:
                with db.read() as session:
                    rows = session.connection().exec_driver_sql("SELECT * FROM chat_messages")
                    stored.append(len(rows.all()))

    ann.connection.wire = Peek()
    world.say(ann, "hi")
    assert stored == [1]


def test_a_message_sent_again_is_the_same_message(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    first = world.say(ann, "hi", nonce="n")
    world.leave(ann)
    again = world.enter(ann.user)
    assert world.say(again, "hi", nonce="n") == first
    assert again.wire.last("ack")["message"]["id"] == first.id
    assert len(bob.wire.of("message")) == 1
    assert len(world.told("chat.message.received")) == 1


@pytest.mark.parametrize("body", ["", "  ", "x" * 2001, "a\x00"])
def test_what_is_no_message_never_reaches_a_filter(world: World, body: str) -> None:
    asked: list[Event] = []
    world.filter_with(lambda event: asked.append(event) or PASS)  # type: ignore[func-returns-value]
    ann = world.join("Ann")
    with pytest.raises(InvalidInput):
        world.say(ann, body)
    assert asked == []
    assert world.room.counts["invalid"] == 1


def test_a_nonce_has_bounds(world: World) -> None:
    ann = world.join("Ann")
    with pytest.raises(InvalidInput, match="nonce"):
        world.say(ann, "hi", nonce="n" * (MAX_NONCE + 1))


def test_a_dropped_message_leaves_no_trace(world: World) -> None:
    world.filter_with(lambda _: FilterResult("drop", reason="no shouting"), slug="calm")
    ann, bob = world.join("Ann"), world.join("Bob")
    with pytest.raises(MessageDropped, match="no shouting") as caught:
        world.say(ann, "HI", nonce="n")
    assert caught.value.by == "calm"
    assert bob.wire.of("message") == ann.wire.of("ack") == []
    assert world.room.history() == []
    assert world.told("chat.message.received") == []
    assert world.room.counts["dropped"] == 1


def test_a_filter_sees_the_whole_message_and_may_change_its_words(world: World) -> None:
    seen: list[Any] = []

    def judge(event: Event) -> FilterResult:
        seen.append(event.payload)
        return FilterResult(
            "modify", payload={**event.payload, "body": "frak", "user": {"id": "x"}, "id": "y"}
        )

    world.filter_with(judge)
    ann, bob = world.join("Ann"), world.join("Bob")
    shown = world.say(ann, "word")
    assert seen[0]["body"] == "word"
    assert seen[0]["clientId"] == ann.id
    assert seen[0]["id"] == shown.id
    assert bob.wire.last("message")["message"]["body"] == "frak"
    assert bob.wire.last("message")["message"]["user"]["id"] == ann.user.id
    [payload] = world.told("chat.message.received")
    assert (payload["body"], payload["user"]["id"]) == ("frak", ann.user.id)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the message is empty"),
        ("  ", "the message is empty"),
        ("x" * 5000, "the message has 5000 characters, 2000 is the most"),
        ("\x00", "the message has control characters"),
    ],
)
def test_what_a_filter_makes_of_a_message_is_refused_as_if_it_were_typed(
    world: World, body: str, said: str
) -> None:
    world.filter_with(lambda _: modify(body))
    ann = world.join("Ann")
    with pytest.raises(MessageDropped, match=f"a filter changed this message, and now {said}"):
        world.say(ann, "hi")
    assert world.room.history() == []


@pytest.mark.parametrize("payload", [None, "text", [], {}, {"body": None}, {"body": ["x"]}])
def test_a_filter_that_answers_nonsense_costs_nobody_their_message(
    world: World, payload: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.filter_with(lambda _: FilterResult("modify", payload=payload))
    ann = world.join("Ann")
    assert world.say(ann, "hi").body == "hi"
    assert "made no message of one" in caplog.text


def test_speaking_too_fast_is_refused(db: Database) -> None:
    world = World(db, ChatSettings(posts="2/minute", part_seconds=0))
    ann, bob = world.join("Ann"), world.join("Bob")
    world.say(ann, "1")
    world.say(ann, "2")
    with pytest.raises(RateLimited):
        world.say(ann, "3")
    world.say(bob, "others are not held up")
    assert world.room.counts["limited"] == 1
    assert world.room.counts["posted"] == 3
    world.room.close()
    world.dispatcher.close()


def test_sending_again_is_not_speaking_fast(db: Database) -> None:
    world = World(db, ChatSettings(posts="1/minute", part_seconds=0))
    ann = world.join("Ann")
    for _ in range(5):
        world.say(ann, "1", nonce="n")
    assert len(world.room.history()) == 1
    world.room.close()
    world.dispatcher.close()


def test_a_ban_that_comes_while_a_filter_thinks_counts(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")

    def judge(_: Event) -> FilterResult:
        world.accounts.set_enabled(ann.user.id, False)
        return PASS

    world.filter_with(judge)
    with pytest.raises(PermissionDenied):
        world.say(ann, "hi")
    with pytest.raises(PermissionDenied):
        world.room.post(ann.user, "without a connection")
    assert bob.wire.of("message") == []


def test_a_slow_filter_holds_up_nobody_else(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    thinking, go_on = threading.Event(), threading.Event()

    def judge(event: Event) -> FilterResult:
        if event.payload["body"] == "slow":
            thinking.set()
            go_on.wait(10)
        return PASS

    world.filter_with(judge)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(world.say, ann, "slow")
        assert thinking.wait(10)
        world.room.send_system("host", "still here")
        cem = world.join("Cem")
        assert bob.wire.last("message")["message"]["html"] == "still here"
        assert len(cem.wire.last("hello")["messages"]) == 1
        go_on.set()
        slow.result(10)
    assert bob.wire.last("message")["message"]["body"] == "slow"


def test_everybody_sees_the_same_order(db: Database) -> None:
    world = World(db, ChatSettings(posts="10000/second", part_seconds=0))
    speakers = [world.join(f"s{number}") for number in range(6)]
    listener = world.join("listener")

    def speak(index: int) -> None:
        for number in range(10):
            world.say(speakers[index], f"{index}:{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(speak, range(6)))
    heard = [frame["message"] for frame in listener.wire.of("message")]
    assert len(heard) == 60
    assert [m["seq"] for m in heard] == sorted(m["seq"] for m in heard)
    for index in range(6):
        mine = [m["body"] for m in heard if m["user"]["displayName"] == f"s{index}"]
        assert mine == [f"{index}:{number}" for number in range(10)]
        wire = speakers[index].wire
        order = [f["message"]["seq"] for f in wire.frames if f["type"] in ("ack", "message")]
        assert order == sorted(order)
        assert len(order) == 60
    world.room.close()
    world.dispatcher.close()


def test_who_connects_while_others_speak_misses_nothing(db: Database) -> None:
    world = World(
        db, ChatSettings(posts="10000/second", history=1000, max_per_address=0, part_seconds=0)
    )
    world.settings = world.room.settings
    ann = world.join("Ann", address="")
    stop = threading.Event()

    def speak() -> int:
        count = 0
        while not stop.is_set() and count < 300:
            world.say(ann, str(count))
            count += 1
        return count

    with ThreadPoolExecutor(1) as pool:
        speaking = pool.submit(speak)
        late = [world.join(f"late{number}", address="") for number in range(10)]
        stop.set()
        total = speaking.result(30)
    for client in late:
        hello = [m["body"] for m in client.wire.last("hello")["messages"]]
        after = [f["message"]["body"] for f in client.wire.of("message")]
        assert hello + after == [str(number) for number in range(total)]
    world.room.close()
    world.dispatcher.close()


# -- what plugins say --------------------------------------------------------------------------


def test_a_bot_speaks_without_filter_and_event(world: World) -> None:
    world.filter_with(lambda _: FilterResult("drop"))
    ann = world.join("Ann")
    world.room.send_as_bot("greeter", "Greeter", "hello **you**")
    world.room.send_action("greeter", "Greeter", "waves")
    said, done = (frame["message"] for frame in ann.wire.of("message"))
    assert (said["kind"], done["kind"]) == ("message", "action")
    assert said["user"]["isBot"] is True
    assert said["source"] == "greeter"
    assert said["html"] == "<p>hello <strong>you</strong></p>"
    assert world.told("chat.message.received") == []
    assert [m.body for m in world.room.history()] == ["hello **you**", "waves"]


def test_a_system_message_is_harmless(world: World) -> None:
    ann = world.join("Ann")
    world.room.send_system("greeter", "<b>now</b><script>alert(1)</script>")
    assert ann.wire.last("message")["message"]["html"] == "<b>now</b>"
    with pytest.raises(InvalidInput, match="empty"):
        world.room.send_system("greeter", "<script>alert(1)</script>")


def test_a_private_word_reaches_one_connection_and_is_not_kept(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    assert world.room.send_to("greeter", ann.id, "psst *you*")
    assert ann.wire.last("notice") == {
        "type": "notice",
        "html": "<p>psst <em>you</em></p>",
        "source": "greeter",
    }
    assert bob.wire.of("notice") == []
    assert world.room.history() == []
    world.leave(ann)
    assert not world.room.send_to("greeter", ann.id, "psst")


def test_a_plugin_cannot_flood_the_chat(db: Database) -> None:
    world = World(db, ChatSettings(plugin_posts="3/minute", part_seconds=0))
    for number in range(3):
        world.room.send_as_bot("loud", "Loud", str(number))
    with pytest.raises(RateLimited):
        world.room.send_system("loud", "4")
    world.room.send_as_bot("calm", "Calm", "others may")
    assert len(world.room.history()) == 4
    world.room.close()
    world.dispatcher.close()


def test_a_banned_bot_is_silent(world: World) -> None:
    world.room.send_as_bot("loud", "Loud", "hi")
    bot = world.accounts.bot("loud", "Loud")
    world.accounts.set_enabled(bot.id, False)
    with pytest.raises(PermissionDenied, match="banned this plugin's bot") as caught:
        world.room.send_as_bot("loud", "Loud", "hi")
    assert caught.value.plugin == "loud"


# -- moderation and changes --------------------------------------------------------------------


def test_hiding_and_restoring_reach_everybody_and_plugins(world: World) -> None:
    ann = world.join("Ann")
    shown = world.say(ann, "hi")
    mod = world.join("Mod", MODERATOR)
    world.room.hide(shown.id, mod.user)
    world.room.hide(shown.id, mod.user)
    assert ann.wire.of("moderated") == [{"type": "moderated", "ids": [shown.id], "visible": False}]
    world.room.restore(shown.id)
    assert ann.wire.last("moderated")["visible"] is True
    assert ann.wire.last("moderated")["message"]["body"] == "hi"
    hidden, restored = world.told("chat.message.moderated")
    assert hidden["messageId"] == shown.id
    assert hidden["visible"] is False
    assert hidden["moderator"]["displayName"] == "Mod"
    assert restored == {"messageId": shown.id, "visible": True}
    with pytest.raises(NotFound):
        world.room.hide("nope")


def test_moderators_see_what_is_hidden(world: World) -> None:
    ann = world.join("Ann")
    world.room.hide(world.say(ann, "hi").id)
    assert world.join("Mod", MODERATOR).wire.last("hello")["messages"][0]["hidden"] is True
    assert world.join("Adm", ADMIN).wire.last("hello")["messages"][0]["hidden"] is True
    assert world.join("Bob").wire.last("hello")["messages"] == []


def test_kicking_closes_one_connection(world: World) -> None:
    ann = world.join("Ann")
    second = world.enter(ann.user)
    world.room.kick(ann.id)
    assert ann.wire.closed == "kicked"
    assert ann.wire.last("bye")["retry"] is False
    assert second.wire.closed == ""
    with pytest.raises(NotFound, match="no chat connection 99"):
        world.room.kick(99)


def test_a_ban_closes_every_connection(world: World) -> None:
    ann = world.join("Ann")
    second = world.enter(ann.user)
    world.accounts.set_enabled(ann.user.id, False)
    assert ann.wire.closed == second.wire.closed == "banned"


def test_a_new_name_reaches_everybody_and_plugins(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    world.say(ann, "hi")
    world.accounts.rename(ann.user.id, "Anna")
    assert bob.wire.last("person")["person"]["displayName"] == "Anna"
    assert bob.wire.last("person")["previousName"] == "Ann"
    assert ann.wire.last("you")["you"]["previousNames"] == ["Ann"]
    [payload] = world.told("chat.user.renamed")
    assert payload["previousName"] == "Ann"
    assert payload["user"]["displayName"] == "Anna"
    assert payload["user"]["previousNames"] == ["Ann"]
    assert world.room.clients()[0].display_name == "Anna"
    hello = world.join("Cem").wire.last("hello")
    assert hello["messages"][0]["user"]["displayName"] == "Anna"


def test_a_new_scope_counts_at_once(world: World) -> None:
    ann, bob = world.join("Ann"), world.join("Bob")
    world.accounts.promote(ann.user.id, MODERATOR)
    assert ann.wire.last("you")["you"]["scopes"] == [MODERATOR]
    assert ann.connection.moderates
    assert bob.wire.last("person")["person"]["scopes"] == [MODERATOR]
    assert "previousName" not in bob.wire.last("person")
    assert world.told("chat.user.renamed") == []


def test_a_page_is_listed_so_many_people_and_told_how_many_there_are(db: Database) -> None:
    world = World(db, ChatSettings(people=3, part_seconds=0))
    for name in ("Dan", "Cem", "Bob", "Eve"):
        world.join(name)
    hello = world.join("Ann").wire.last("hello")
    assert hello["here"] == 5
    names = [person["displayName"] for person in hello["people"]]
    assert len(names) == 3
    assert names[0] == "Ann"
    assert names == sorted(names)
