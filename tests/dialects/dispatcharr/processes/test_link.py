"""Calls between two ends of a real socket pair."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from jackfield.dialects.dispatcharr.processes import link as links
from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed, RemoteError


class Pair:
    def __init__(self) -> None:
        self.one, self.other = socket.socketpair()
        self.links: list[Link] = []

    def __call__(self, here: Any = None, there: Any = None, **more: Any) -> tuple[Link, Link]:
        self.links = [Link(self.one, here or {}, **more), Link(self.other, there or {})]
        return self.links[0], self.links[1]


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    for link in made.links:
        link.close()


def test_a_call_returns_what_the_other_side_answers(pair: Pair) -> None:
    here, there = pair({"half": lambda n: n / 2}, {"add": lambda a, b: {"sum": a + b}})
    assert here.call("add", a=1, b=2) == {"sum": 3}
    assert there.call("half", n=3) == 1.5


def test_an_answer_may_itself_ask(pair: Pair) -> None:
    def twice(text: str) -> str:
        return there.call("shout", text=text) * 2

    here, there = pair({"shout": lambda text: text.upper()}, {"twice": twice})
    assert here.call("twice", text="ab") == "ABAB"


def test_half_a_character_arrives_as_a_replacement(pair: Pair) -> None:
    """Names of files that are not UTF-8 have them, and with them errors about such files."""

    def open_it(name: str) -> dict[str, Any]:
        raise OSError(f"no {name} in caf\udce9")

    there_has = {"echo": lambda value: {"x\udcff": [value, ("\ud800",)]}, "open": open_it}
    here, _ = pair({}, there_has)
    assert here.call("echo", value="a\udc80") == {"x\ufffd": ["a\ufffd", ["\ufffd"]]}
    with pytest.raises(RemoteError) as caught:
        here.call("open", name="film")
    assert (caught.value.type, caught.value.message) == ("OSError", "no film in caf\ufffd")


def test_many_threads_call_at_once_and_each_gets_its_own_answer(pair: Pair) -> None:
    def slow(n: int) -> int:
        time.sleep(0.01 * (n % 3))
        return n

    here, _ = pair({}, {"slow": slow})
    answers: dict[int, int] = {}

    def ask(n: int) -> None:
        answers[n] = here.call("slow", n=n)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n for n in range(50)}


def test_what_raises_there_is_told_with_its_traceback(pair: Pair) -> None:
    class Odd(Exception):
        link_details: ClassVar = {"file": "a.py"}

    def bad() -> None:
        raise Odd("no good")

    here, _ = pair({}, {"bad": bad})
    with pytest.raises(RemoteError) as caught:
        here.call("bad")
    assert (caught.value.type, caught.value.message) == ("Odd", "no good")
    assert "in bad" in caught.value.traceback
    assert caught.value.details == {"file": "a.py"}
    assert here.closed is False


def test_system_exit_of_a_handler_is_an_answer(pair: Pair) -> None:
    def leave() -> None:
        raise SystemExit(3)

    here, _ = pair({}, {"leave": leave})
    with pytest.raises(RemoteError, match="SystemExit: 3"):
        here.call("leave")


def test_an_exception_that_cannot_be_shown_is_told_all_the_same(pair: Pair) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def bad() -> None:
        raise Mute

    here, _ = pair({}, {"bad": bad})
    with pytest.raises(RemoteError, match="cannot be shown"):
        here.call("bad")


def test_an_unknown_method_is_named(pair: Pair) -> None:
    here, _ = pair()
    with pytest.raises(RemoteError, match="nothing answers 'dance' here"):
        here.call("dance")


def test_an_answer_that_is_no_json_is_an_error_of_the_call(pair: Pair) -> None:
    here, _ = pair({}, {"thing": lambda: object()})
    with pytest.raises(RemoteError, match="TypeError"):
        here.call("thing")


def test_a_parameter_that_is_no_json_is_an_error_at_once(pair: Pair) -> None:
    here, _ = pair({}, {"take": lambda thing: None})
    with pytest.raises(TypeError):
        here.call("take", thing=object())
    with pytest.raises(TypeError):
        here.tell("take", thing=object())


def test_a_frame_that_is_too_large_is_refused(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_FRAME", 1000)
    here, _ = pair({}, {"long": lambda: "x" * 2000, "take": lambda text: None})
    with pytest.raises(ValueError, match="are too many"):
        here.call("take", text="x" * 2000)
    with pytest.raises(RemoteError, match="are too many"):
        here.call("long")


def test_what_was_told_before_an_answer_was_handled_before_it(pair: Pair) -> None:
    seen: list[int] = []

    def hear(n: int) -> None:
        time.sleep(0.005)
        seen.append(n)

    def work() -> str:
        for n in range(20):
            there.tell("hear", n=n)
        return "done"

    here, there = pair({"hear": hear}, {"work": work})
    assert here.call("work") == "done"
    assert seen == list(range(20))


def test_what_handles_a_telling_may_call_back(pair: Pair) -> None:
    got: list[Any] = []
    heard = threading.Event()

    def hear() -> None:
        got.append(here.call("name"))
        heard.set()

    here, there = pair({"hear": hear}, {"name": lambda: "there"})
    there.tell("hear")
    assert heard.wait(5)
    assert got == ["there"]


def test_a_telling_that_fails_harms_nobody(pair: Pair) -> None:
    def hear() -> None:
        raise RuntimeError

    _, there = pair({"hear": hear, "ok": lambda: 1})
    there.tell("hear")
    assert there.call("ok") == 1


def test_a_call_that_takes_too_long_times_out_and_the_link_lives(pair: Pair) -> None:
    free = threading.Event()
    here, _ = pair({}, {"wait": lambda: free.wait(10), "ok": lambda: 1})
    with pytest.raises(TimeoutError, match=r"wait: no answer within 0\.05 seconds"):
        here.call("wait", timeout=0.05)
    free.set()
    assert here.call("ok") == 1


def test_the_end_of_the_other_side_ends_what_waits(pair: Pair) -> None:
    closed = threading.Event()
    begun = threading.Event()
    free = threading.Event()

    def wait() -> None:
        begun.set()
        free.wait(10)

    here, there = pair({}, {"wait": wait}, on_close=closed.set)
    raised: list[Exception] = []

    def ask() -> None:
        try:
            here.call("wait")
        except LinkClosed as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(5)
    there.close()
    thread.join(5)
    free.set()
    assert len(raised) == 1
    assert closed.wait(5)
    with pytest.raises(LinkClosed):
        here.call("wait")
    with pytest.raises(LinkClosed):
        here.tell("wait")


def test_closing_it_here_calls_no_on_close(pair: Pair) -> None:
    closed = threading.Event()
    here, _ = pair(on_close=closed.set)
    here.close()
    here.close()
    assert not closed.wait(0.05)


@pytest.mark.parametrize(
    "junk",
    [b"\x00\x00\x00\x05hello", b"\xff\xff\xff\xff", b"\x00\x00\x00\x0212", b"\x00\x00"],
    ids=["no json", "too long", "no object", "cut off"],
)
def test_junk_ends_the_link(junk: bytes) -> None:
    one, other = socket.socketpair()
    closed = threading.Event()
    link = Link(one, {}, closed.set)
    other.sendall(junk)
    other.close()
    assert closed.wait(5)
    with pytest.raises(LinkClosed):
        link.call("anything")


def test_no_thread_is_left() -> None:
    one, other = socket.socketpair()
    here, there = Link(one, {}, name="mine"), Link(other, {}, name="mine")
    assert [t for t in threading.enumerate() if t.name.startswith("mine")]
    here.close()
    there.close()
    # The other end may have found out by itself a moment ago; its threads are on their way out.
    for thread in threading.enumerate():
        if thread.name.startswith("mine"):
            thread.join(20)
            assert not thread.is_alive()


def test_a_link_may_be_started_later(pair: Pair) -> None:
    here = Link(pair.one, {"ok": lambda: 1}, start=False)
    there = Link(pair.other, {})
    pair.links = [here, there]
    with pytest.raises(TimeoutError):
        there.call("ok", timeout=0.05)
    here.start()
    assert there.call("ok", timeout=5) == 1


def test_a_flood_is_handled_whole_and_in_order(pair: Pair) -> None:
    seen: list[int] = []
    here, there = pair({"hear": lambda n: seen.append(n), "done": lambda: len(seen)})
    for n in range(25_000):
        there.tell("hear", n=n)
    assert there.call("done", timeout=60) is not None
    assert here.call is not None
    deadline = time.monotonic() + 30
    while len(seen) < 25_000 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == list(range(25_000))


def test_a_flood_of_large_ones_waits_on_the_way(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_BACKLOG", 2_000_000)
    go, seen = threading.Event(), []

    def hear(text: str) -> None:
        go.wait(60)
        seen.append(len(text))

    _, there = pair({"hear": hear})
    sent = []

    def flood() -> None:
        for _ in range(20):
            there.tell("hear", text="x" * 900_000)
            sent.append(True)

    thread = threading.Thread(target=flood)
    thread.start()
    thread.join(0.5)
    assert len(sent) < 8  # two in memory, one read, the rest of them in the sockets
    go.set()
    thread.join(60)
    deadline = time.monotonic() + 60
    while len(seen) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == [900_000] * 20


def test_what_is_asked_beyond_measure_is_refused_and_the_link_lives(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_ASKS", 3)
    go, busy = threading.Event(), threading.Semaphore(0)

    def slow() -> str:
        busy.release()
        go.wait(60)
        return "done"

    here, there = pair({"slow": slow, "twice": lambda n: 2 * n}, {"quick": lambda: 1})
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(there.call("slow"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert busy.acquire(timeout=20)
    with pytest.raises(RemoteError, match="twice: too much is asked at once; nothing was done"):
        there.call("twice", n=1, timeout=20)
    assert here.call("quick", timeout=20) == 1  # answers come through meanwhile
    go.set()
    for thread in threads:
        thread.join(20)
    assert answers == ["done"] * 3
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:  # the places are free as soon as the answers have gone out
            assert there.call("twice", n=4, timeout=20) == 8
            break
        except RemoteError:
            time.sleep(0.01)
    else:
        pytest.fail("refused for ever")


def test_one_that_does_not_read_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "SEND_S", 1)
    one, other = socket.socketpair()
    closed = threading.Event()
    link = Link(one, {}, closed.set)
    with pytest.raises(links.NotSent, match="nothing was read for 1 seconds"):
        for _ in range(1000):
            link.tell("hear", text="x" * 100_000)
    assert closed.wait(5)
    with pytest.raises(LinkClosed):
        link.tell("hear", text="x")
    other.close()
