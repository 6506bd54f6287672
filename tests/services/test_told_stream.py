from __future__ import annotations

from typing import Any

import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.events import Event
from jackfield.services.stream import StreamBroadcaster, StreamInfo
from jackfield.services.told_stream import ToldStream

NAMES = ("stream.started", "stream.stopped", "stream.title.changed")


class World:
    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.dispatcher = Dispatcher()
        for name in NAMES:
            self.dispatcher.listen(name, self.heard.append)
        self.stream = ToldStream(self.dispatcher)

    def events(self) -> list[tuple[str, Any]]:
        heard, self.heard[:] = list(self.heard), []
        return [(event.name, event.payload) for event in heard]


@pytest.fixture
def world():
    made = World()
    yield made
    made.dispatcher.close()


def test_without_a_report_there_is_no_stream(world: World) -> None:
    assert world.stream.current() == StreamInfo()
    assert world.stream.broadcaster() == StreamBroadcaster()


def test_from_start_to_stop(world: World) -> None:
    info = world.stream.report({"online": True, "title": "Cooking", "viewers": 3})
    assert (info.online, info.title, info.viewers) == (True, "Cooking", 3)
    (started, first), (renamed, change) = world.events()
    assert (started, renamed) == ("stream.started", "stream.title.changed")
    assert first == {"startedAt": info.started_at, "title": "Cooking"}
    assert change == {"from": "", "to": "Cooking"}

    again = world.stream.report({"online": True, "viewers": 5})
    assert (again.started_at, again.viewers) == (info.started_at, 5)
    assert world.events() == []

    ended = world.stream.report({"online": False})
    assert (ended.online, ended.viewers, ended.started_at) == (False, 0, None)
    ((name, payload),) = world.events()
    assert name == "stream.stopped"
    assert payload["startedAt"] == info.started_at
    assert payload["stoppedAt"] >= info.started_at


def test_what_a_report_leaves_out_stays(world: World) -> None:
    world.stream.report({"online": True, "title": "A", "summary": "s", "latencyLevel": 2})
    world.stream.report({"title": "B"})
    info = world.stream.current()
    assert (info.online, info.title, info.summary, info.latency_level) == (True, "B", "s", 2)
    assert world.events()[-1] == ("stream.title.changed", {"from": "A", "to": "B"})


def test_the_broadcaster_goes_with_the_stream(world: World) -> None:
    told = {"resolution": "1280x720", "framerate": 30, "codecs": ["h264"], "bitrates": [2500]}
    world.stream.report({"online": True, "broadcaster": told})
    assert world.stream.broadcaster().resolution == "1280x720"
    world.stream.report({"online": False})
    assert world.stream.broadcaster() == StreamBroadcaster()


@pytest.mark.parametrize(
    "told",
    [{"online": "yes"}, {"viewers": -1}, {"latencyLevel": 5}, {"live": True}, {"broadcaster": 1}],
)
def test_what_cannot_be_is_refused_and_changes_nothing(world: World, told: dict[str, Any]) -> None:
    world.stream.report({"online": True, "title": "A"})
    before = world.stream.current()
    world.events()
    with pytest.raises(InvalidInput):
        world.stream.report({"title": "B", **told})
    assert world.stream.current() == before
    assert world.events() == []
