"""The stream, as whoever makes it tells the host: this host streams no video itself."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import msgspec

from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import EventBus
from jackfield.plugins.events import Event
from jackfield.services.stream import StreamBroadcaster, StreamInfo
from jackfield.services.timestamps import now, rfc3339


class StreamReport(
    msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What a report may say; what it leaves out stays as it was.

    :param viewers: how many watch.
    :param latency_level: 0 (lowest) to 4.
    """

    online: bool | None = None
    title: str | None = None
    summary: str | None = None
    viewers: int | None = None
    latency_level: int | None = None
    broadcaster: StreamBroadcaster | None = None


class ToldStream:
    """See :class:`~jackfield.services.stream.Stream`. Nothing is stored: after a restart the stream
    is offline until the next report.

    :param events: hears when the stream starts, stops, or is renamed.
    """

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._info = StreamInfo()
        self._broadcaster = StreamBroadcaster()

    def current(self) -> StreamInfo:
        return self._info

    def broadcaster(self) -> StreamBroadcaster:
        return self._broadcaster

    def report(self, told: Mapping[str, Any]) -> StreamInfo:
        """Take a report, and tell plugins what has changed (owncast spec 3.1).

        :raises InvalidInput: a member that no report has, or a value that cannot be.
        """
        try:
            report = msgspec.convert(told, StreamReport)
        except msgspec.ValidationError as error:
            raise InvalidInput(str(error)) from None
        if report.viewers is not None and report.viewers < 0:
            raise InvalidInput(f"expected 0 or more, found {report.viewers}", field="viewers")
        if report.latency_level is not None and not 0 <= report.latency_level <= 4:
            found = report.latency_level
            raise InvalidInput(f"expected 0 to 4, found {found}", field="latencyLevel")
        with self._lock:
            before = self._info
            changes: dict[str, Any] = {
                name: value
                for name in ("online", "title", "summary", "viewers", "latency_level")
                if (value := getattr(report, name)) is not None
            }
            online = changes.get("online", before.online)
            if online and not before.online:
                changes["started_at"] = rfc3339(now())
            elif not online:
                changes |= {"started_at": None, "viewers": 0}
            after = self._info = msgspec.structs.replace(before, **changes)
            if report.broadcaster is not None:
                self._broadcaster = report.broadcaster
            if not online:
                self._broadcaster = StreamBroadcaster()
            # Under the lock, so that plugins hear of it in the order in which it happened.
            self._tell(before, after)
        return after

    def _tell(self, before: StreamInfo, after: StreamInfo) -> None:
        words = {"title": after.title, "summary": after.summary}
        if before.online != after.online:
            when = (
                {"startedAt": after.started_at}
                if after.online
                else {"startedAt": before.started_at, "stoppedAt": rfc3339(now())}
            )
            name = "stream.started" if after.online else "stream.stopped"
            payload = {key: value for key, value in (when | words).items() if value}
            self._events.notify(Event(name, payload))
        if before.title != after.title:
            change = {"from": before.title, "to": after.title}
            self._events.notify(Event("stream.title.changed", change))
