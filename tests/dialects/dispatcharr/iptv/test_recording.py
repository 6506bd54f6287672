from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv import recording as module
from jackfield.dialects.dispatcharr.iptv.recording import record

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def channel() -> Any:
    from apps.channels.models import Channel

    return Channel.objects.create(name="One/Two: \0 News")


def add_stream(channel: Any, url: str, order: int = 0) -> None:
    from apps.channels.models import ChannelStream, Stream

    stream = Stream.objects.create(name=url, url=url)
    ChannelStream.objects.create(channel=channel, stream=stream, order=order)


def planned(channel: Any, seconds: float) -> Any:
    from apps.channels.models import Recording
    from django.utils import timezone

    now = timezone.now()
    return Recording.objects.create(
        channel=channel, start_time=now, end_time=now + timedelta(seconds=seconds)
    )


def test_what_comes_until_the_end_is_kept(channel: Any, provider: Any, host_beside: Any) -> None:
    add_stream(channel, provider.drip("/live", b"x" * 1000, pause=0.02))
    row = planned(channel, 0.5)
    host_beside.forget()
    said = record(row.pk)
    row.refresh_from_db()
    kept = row.custom_properties
    path = Path(kept["file_path"])
    assert kept["status"] == "completed"
    assert path.stat().st_size == kept["bytes_written"] >= 1000
    assert path.name.startswith("One_Two_ _ News")
    assert path.name in said
    events = host_beside.told("system_event")
    assert [event["type"] for event in events] == ["recording_start", "recording_end"]
    assert events[1]["payload"]["bytes_written"] == kept["bytes_written"]
    assert host_beside.told("websocket")[-1]["data"] == {"type": "recordings_refreshed"}


def test_another_stream_when_one_fails(
    channel: Any, provider: Any, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSE_S", 0.01)
    add_stream(channel, closed_port + "/gone")
    add_stream(channel, provider.drip("/live", b"x" * 100, pause=0.02), 1)
    row = planned(channel, 1)
    record(row.pk)
    row.refresh_from_db()
    assert row.custom_properties["bytes_written"] > 0


def test_without_a_stream_it_is_interrupted(channel: Any) -> None:
    row = planned(channel, 60)
    record(row.pk)
    row.refresh_from_db()
    assert row.custom_properties["status"] == "interrupted"


def test_what_cannot_be_recorded(channel: Any) -> None:
    from apps.channels.tasks import run_recording

    assert run_recording(recording_id=999) == "there is no recording 999"
    assert record(planned(channel, -5).pk) == "its end is past"
