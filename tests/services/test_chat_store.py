from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from jackfield.errors import NotFound
from jackfield.services import chat_store
from jackfield.services.accounts import Accounts
from jackfield.services.chat_frames import Shown
from jackfield.services.chat_store import ChatStore
from jackfield.services.users import User
from jackfield.store import Database


@pytest.fixture
def store(db: Database) -> ChatStore:
    return ChatStore(db)


@pytest.fixture
def ann(db: Database) -> User:
    return Accounts(db).register("Ann")[0]


def fill(store: ChatStore, user: User | None, count: int, start: int = 0) -> list[Shown]:
    return [
        store.add("message", user, f"m{number}", message_id=f"id{number}")[0]
        for number in range(start, start + count)
    ]


def bodies(messages: list[Shown]) -> list[str]:
    return [message.body for message in messages]


def test_a_message_is_shown_as_it_was_stored(store: ChatStore, ann: User) -> None:
    shown, new = store.add("message", ann, "**hi**", message_id="a", nonce="n1")
    assert new
    assert shown.html == "<p><strong>hi</strong></p>"
    assert shown.user is not None
    assert shown.user.display_name == "Ann"
    assert store.get("a") == shown == store.newest(1).messages[0]


def test_a_system_message_is_html_already(store: ChatStore) -> None:
    shown, _ = store.add("system", None, "<b>now</b>", message_id="a", source="greeter")
    assert (shown.body, shown.html, shown.source) == ("", "<b>now</b>", "greeter")
    assert shown.user is None


def test_the_same_nonce_is_stored_once(store: ChatStore, ann: User, db: Database) -> None:
    bob, _ = Accounts(db).register("Bob")
    first, _ = store.add("message", ann, "one", message_id="a", nonce="n")
    again, new = store.add("message", ann, "two", message_id="b", nonce="n")
    assert (again, new) == (first, False)
    _, new = store.add("message", bob, "three", message_id="c", nonce="n")
    assert new, "another person's nonce is another nonce"
    assert store.by_nonce(ann.id, "n") == first
    assert store.by_nonce(ann.id, "other") is None
    assert bodies(store.newest(9).messages) == ["one", "three"]


def test_without_a_nonce_nothing_is_recognised(store: ChatStore, ann: User) -> None:
    assert len({store.add("message", ann, "hi", message_id=f"{n}")[0].seq for n in range(3)}) == 3
    with pytest.raises(IntegrityError):
        store.add("message", ann, "hi", message_id="1")


def test_one_nonce_from_many_threads_is_one_message(store: ChatStore, ann: User) -> None:
    def add(number: int) -> bool:
        return store.add("message", ann, "hi", message_id=f"x{number}", nonce="n")[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(16))) == 1
    assert len(store.newest(99).messages) == 1


def test_messages_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    with Database(url) as db:
        shown, _ = ChatStore(db).add("message", None, "hi", message_id="a")
    with Database(url) as db:
        assert ChatStore(db).get("a") == shown


def test_durable_commits_wait_for_the_disk(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/chat.db") as db, db.begin() as session:
        mode = session.connection().exec_driver_sql("PRAGMA synchronous").scalar()
        assert mode == 2, "FULL: an acknowledged message survives a power cut"


# -- stretches ---------------------------------------------------------------------------------


def test_the_newest_come_oldest_first(store: ChatStore, ann: User) -> None:
    fill(store, ann, 5)
    window = store.newest(3)
    assert bodies(window.messages) == ["m2", "m3", "m4"]
    assert window.more
    assert not store.newest(5).more
    assert store.newest(9).messages[0].seq < store.newest(9).messages[-1].seq


def test_paging_back_meets_every_message_once(store: ChatStore, ann: User) -> None:
    fill(store, ann, 23)
    seen: list[str] = []
    before: int | None = None
    while True:
        window = store.newest(5, before=before)
        seen = bodies(window.messages) + seen
        if not window.more:
            break
        before = window.messages[0].seq
    assert seen == [f"m{number}" for number in range(23)]


def test_what_was_missed(store: ChatStore, ann: User) -> None:
    shown = fill(store, ann, 10)
    window = store.after(shown[6].seq, limit=5)
    assert (bodies(window.messages), window.gap) == (["m7", "m8", "m9"], False)
    assert store.after(shown[9].seq, limit=5).messages == []
    exact = store.after(shown[4].seq, limit=5)
    assert (len(exact.messages), exact.gap) == (5, False)
    gap = store.after(shown[3].seq, limit=5)
    assert (bodies(gap.messages), gap.gap) == (["m5", "m6", "m7", "m8", "m9"], True)


def test_a_seq_from_the_future_misses_nothing(store: ChatStore, ann: User) -> None:
    fill(store, ann, 2)
    assert store.after(10**15, limit=5).messages == []


# -- out of view -------------------------------------------------------------------------------


def test_hidden_messages_are_for_moderators_only(store: ChatStore, ann: User) -> None:
    fill(store, ann, 3)
    assert store.set_visible("id1", False, by="mod")
    assert not store.set_visible("id1", False, by="mod"), "already hidden"
    assert bodies(store.newest(9).messages) == ["m0", "m2"]
    with_hidden = store.newest(9, hidden=True).messages
    assert [(m.body, m.hidden) for m in with_hidden] == [("m0", False), ("m1", True), ("m2", False)]
    assert store.recently_hidden() == ["id1"]
    assert [m.body for m in store.for_plugins(9)] == ["m0", "m2"]
    assert store.set_visible("id1", True)
    assert store.recently_hidden() == []
    assert bodies(store.newest(9).messages) == ["m0", "m1", "m2"]


def test_hiding_what_does_not_exist(store: ChatStore) -> None:
    with pytest.raises(NotFound, match="no message 'nope'"):
        store.set_visible("nope", False)


def test_hiding_all_of_somebody(store: ChatStore, ann: User, db: Database) -> None:
    bob, _ = Accounts(db).register("Bob")
    fill(store, ann, 3)
    fill(store, bob, 2, start=3)
    store.set_visible("id0", False)
    assert store.hide_all_of(ann.id, "mod") == ["id2", "id1"]
    assert bodies(store.newest(9).messages) == ["m3", "m4"]
    assert store.hide_all_of(ann.id) == []


# -- for plugins -------------------------------------------------------------------------------


def test_plugins_see_people_and_bots_with_their_present_name(
    db: Database, store: ChatStore
) -> None:
    accounts = Accounts(db)
    ann, _ = accounts.register("Ann")
    fill(store, ann, 1)
    store.add("message", accounts.bot("greeter", "Greeter"), "hello", message_id="b")
    store.add("system", None, "<b>x</b>", message_id="s")
    accounts.rename(ann.id, "Anna")
    found = store.for_plugins(10)
    assert [(m.user and m.user.display_name, m.body) for m in found] == [
        ("Anna", "m0"),
        ("Greeter", "hello"),
    ]
    assert found[0].user is not None
    assert found[0].user.previous_names == ("Ann",)
    assert [m.body for m in store.for_plugins(1)] == ["hello"]


def test_the_oldest_go_when_there_are_too_many(
    db: Database, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_store, "PRUNE_EVERY", 5)
    store = ChatStore(db, keep=10)
    said = fill(store, ann, 42)
    kept = store.newest(100).messages
    assert bodies(kept) == [f"m{number}" for number in range(30, 42)]
    assert store.after(said[2].seq, 100).messages == kept
    with pytest.raises(NotFound):
        store.get("id29")


def test_an_older_chat_shrinks_bit_by_bit(
    db: Database, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ChatStore(db), ann, 99)
    monkeypatch.setattr(chat_store, "PRUNE_EVERY", 2)
    store = ChatStore(db, keep=10)
    fill(store, ann, 1, start=99)
    assert len(store.newest(200).messages) == 80
    fill(store, ann, 10, start=100)
    assert 10 <= len(store.newest(200).messages) <= 12
