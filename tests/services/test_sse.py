from __future__ import annotations

import threading

import pytest

from jackfield.errors import Unavailable
from jackfield.services.sse import MAX_BUFFERED, MAX_STREAMS, StreamHub, frame


@pytest.mark.parametrize(
    ("event", "data", "expected"),
    [
        ("", "hello", b"data: hello\n\n"),
        ("goal", "1", b"event: goal\ndata: 1\n\n"),
        ("goal", "a\nb\r\nc", b"event: goal\ndata: a\ndata: b\ndata: c\n\n"),
        ("", "a\revent: ban\rdata: b", b"data: a\ndata: event: ban\ndata: data: b\n\n"),
        ("a\nb: x", "", b"event: a b: x\ndata: \n\n"),
        ("", "é", b"data: \xc3\xa9\n\n"),
    ],
)
def test_frames(event: str, data: str, expected: bytes) -> None:
    assert frame(event, data) == expected


def test_only_followers_of_the_channel_hear() -> None:
    hub = StreamHub()
    woken: list[str] = []
    goals = hub.open("one", "goals", lambda: woken.append("goals"))
    default = hub.open("one", "", lambda: woken.append("default"))
    other = hub.open("two", "goals", lambda: woken.append("other"))
    hub.send("one", "goals", "", "1")
    hub.send("one", "", "", "2")
    hub.send("nobody", "", "", "3")
    assert goals.take() == b"data: 1\n\n"
    assert default.take() == b"data: 2\n\n"
    assert other.take() == b""
    assert goals.take() == b""
    assert woken == ["goals", "default"]
    assert len({goals.number, default.number, other.number}) == 3


def test_a_slow_follower_loses_frames_and_nobody_else_does() -> None:
    hub = StreamHub()
    slow = hub.open("one", "c", lambda: None)
    for number in range(MAX_BUFFERED + 5):
        hub.send("one", "c", "", str(number))
    assert slow.take().count(b"data:") == MAX_BUFFERED
    assert slow.dropped == 5
    hub.send("one", "c", "", "again")
    assert slow.take() == b"data: again\n\n"


def test_the_cap_counts_per_plugin() -> None:
    hub = StreamHub()
    streams = [hub.open("one", str(n), lambda: None) for n in range(MAX_STREAMS)]
    with pytest.raises(Unavailable, match="64 event streams are open already"):
        hub.open("one", "x", lambda: None)
    hub.open("two", "x", lambda: None)
    hub.leave("one", streams[0])
    hub.leave("one", streams[0])
    assert hub.count("one") == MAX_STREAMS - 1
    hub.open("one", "x", lambda: None)


def test_close_all_ends_the_plugins_streams() -> None:
    hub = StreamHub()
    woken = threading.Event()
    stream = hub.open("one", "c", woken.set)
    other = hub.open("two", "c", lambda: None)
    hub.close_all("one")
    assert stream.closed
    assert woken.is_set()
    assert not other.closed
    stream.put(b"late")
    assert stream.take() == b""
    assert hub.count("one") == 0
    hub.leave("one", stream)
