"""Source: dispatcharr spec 2.10."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.site.updates import QUEUE, Updates, Watcher, frame


async def received(watcher: Watcher) -> list[Any]:
    """What has come so far."""
    await asyncio.sleep(0)
    found = []
    while not watcher._queue.empty():
        text = await watcher.get()
        found.append(None if text is None else json.loads(text))
    return found


async def watched(admin: bool, *sent: tuple[str, str, Any]) -> list[Any]:
    updates = Updates()
    watcher = Watcher(asyncio.get_running_loop(), admin=admin)
    updates.join(watcher)
    for message in sent:
        await asyncio.to_thread(updates.send, *message)
    updates.leave(watcher)
    updates.send("updates", "update", {"type": "late"})
    return await received(watcher)


def test_messages_are_wrapped() -> None:
    data = {"type": "plugin", "plugin": "my_plugin", "message": "Done"}
    assert asyncio.run(watched(False, ("updates", "update", data))) == [
        {"type": "update", "data": data}
    ]


def test_other_groups_reach_nobody() -> None:
    assert asyncio.run(watched(True, ("others", "update", {"type": "x"}))) == []


def test_other_event_types_are_taken_for_the_known_one(caplog: pytest.LogCaptureFixture) -> None:
    assert asyncio.run(watched(False, ("updates", "plugin.event", {"a": 1}))) == [
        {"type": "update", "data": {"a": 1}}
    ]
    assert "plugin.event" in caplog.text


ADMIN_ONLY = [
    {"type": "channel_stats"}, {"type": "vod_stats"}, {"type": "timeshift_stats"},
    {"type": "vod_started"}, {"type": "vod_stopped"},
    {"type": "system_notification", "admin_only": True},
    {"type": "system_notification", "notification": {"admin_only": True}},
]  # fmt: skip


@pytest.mark.parametrize("data", ADMIN_ONLY)
def test_some_are_for_administrators(data: dict[str, Any]) -> None:
    assert asyncio.run(watched(False, ("updates", "update", data))) == []
    assert len(asyncio.run(watched(True, ("updates", "update", data)))) == 1


@pytest.mark.parametrize(
    "data", [{"type": "system_notification"}, {"type": ["channel_stats"]}, "channel_stats", None]
)
def test_others_are_for_everybody(data: Any) -> None:
    assert len(asyncio.run(watched(False, ("updates", "update", data)))) == 1


def test_what_json_cannot_hold_becomes_text() -> None:
    circle: dict[str, Any] = {}
    circle["self"] = circle
    assert json.loads(frame("update", {"at": {1}}))["data"]["at"] == "{1}"
    assert "cannot be sent" in json.loads(frame("update", circle))["data"]["error"]
    assert "cannot be sent" in json.loads(frame("update", {(1, 2): 3}))["data"]["error"]


def test_a_slow_watcher_is_let_go() -> None:
    async def play() -> list[Any]:
        watcher = Watcher(asyncio.get_running_loop(), admin=False)
        for number in range(QUEUE + 50):
            watcher.put(json.dumps(number))
        return await received(watcher)

    found = asyncio.run(play())
    assert found == [*range(QUEUE), None]


def test_a_watcher_whose_loop_ended_harms_nobody() -> None:
    loop = asyncio.new_event_loop()
    watcher = Watcher(loop, admin=False)
    loop.close()
    updates = Updates()
    updates.join(watcher)
    updates.send("updates", "update", {})
    assert len(updates) == 1
