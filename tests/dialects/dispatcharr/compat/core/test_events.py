"""Events: what is kept, and what plugins are told. Source: dispatcharr spec 2.11."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest


@pytest.fixture
def log(host_beside: Any) -> Any:
    from core.utils import log_system_event

    return log_system_event


def channel_with_stream() -> tuple[Any, Any]:
    from apps.channels.models import Channel, Stream
    from apps.m3u.models import M3UAccount
    from core.models import StreamProfile

    account = M3UAccount.objects.create(name="Provider", account_type="XC")
    stream = Stream.objects.create(name="One HD", url="http://tv/1", m3u_account=account)
    channel = Channel.objects.create(
        name="One", stream_profile=StreamProfile.objects.get(name="FFmpeg")
    )
    return channel, stream


class TestKept:
    def test_with_its_details(self, log: Any) -> None:
        from core.models import SystemEvent

        log("m3u_refresh", account_name="A", streams_created=0)
        event = SystemEvent.objects.get()
        assert event.event_type == "m3u_refresh"
        assert event.details == {"account_name": "A", "streams_created": 0}

    def test_values_that_json_does_not_know(self, log: Any) -> None:
        from core.models import SystemEvent

        identity = uuid.uuid4()
        when = datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC)
        log("recording_end", recording=identity, when=when)
        log("recording_end", strange=object)
        newest, older = SystemEvent.objects.all()
        assert older.details == {"recording": str(identity), "when": "2030-01-02T00:00:00Z"}
        assert newest.details == {"strange": str(object)}

    @pytest.mark.parametrize("channel_id", [None, "", "not a uuid", 7])
    def test_a_channel_that_is_none(self, log: Any, channel_id: Any) -> None:
        from core.models import SystemEvent

        log("channel_stop", channel_id=channel_id, channel_name="x" * 300)
        event = SystemEvent.objects.get()
        assert event.channel_id is None
        assert event.channel_name == "x" * 255

    def test_only_the_newest(self, log: Any) -> None:
        from core.models import CoreSettings, SystemEvent

        CoreSettings.objects.filter(key="system_settings").update(value={"max_system_events": 3})
        for number in range(5):
            log("client_connect", client_id=f"c{number}")
        kept = [event.details["client_id"] for event in SystemEvent.objects.all()]
        assert kept == ["c4", "c3", "c2"]

    def test_a_hundred_unless_said(self, log: Any) -> None:
        from core.models import SystemEvent

        SystemEvent.objects.bulk_create(
            SystemEvent(event_type="old", details={"n": n}) for n in range(130)
        )
        log("new")
        assert SystemEvent.objects.count() == 100
        assert SystemEvent.objects.first().event_type == "new"  # type: ignore[union-attr]


class TestTold:
    def test_falsy_values_are_left_out(self, log: Any, host_beside: Any) -> None:
        log("m3u_refresh", account_name="A", streams_created=0, note="", total_processed=4)
        assert host_beside.told("system_event") == [
            {"type": "m3u_refresh", "payload": {"account_name": "A", "total_processed": 4}}
        ]

    def test_what_is_known_of_channel_and_stream(self, log: Any, host_beside: Any) -> None:
        channel, stream = channel_with_stream()
        log("channel_start", channel.uuid, "Old name", stream_id=stream.pk)
        [told] = host_beside.told("system_event")
        assert told["payload"] == {
            "channel_name": "One",
            "channel_url": f"/proxy/ts/stream/{channel.uuid}",
            "profile_used": "FFmpeg",
            "stream_id": stream.pk,
            "stream_name": "One HD",
            "stream_url": "http://tv/1",
            "provider_name": "Provider",
        }

    def test_details_go_before_what_is_looked_up(self, log: Any, host_beside: Any) -> None:
        _, stream = channel_with_stream()
        log("stream_switch", None, "Gone", stream_id=stream.pk, stream_name="As it was")
        [told] = host_beside.told("system_event")
        assert told["payload"]["stream_name"] == "As it was"
        assert told["payload"]["channel_name"] == "Gone"

    def test_events_that_nobody_can_subscribe_to(self, log: Any, host_beside: Any) -> None:
        from core.models import SystemEvent

        log("epg_watchdog_stale", source="x")
        assert host_beside.told("system_event") == []
        assert SystemEvent.objects.filter(event_type="epg_watchdog_stale").exists()

    def test_when_the_transaction_is_committed(self, log: Any, host_beside: Any) -> None:
        from django.db import transaction

        with transaction.atomic():
            log("epg_refresh", source_name="G")
            assert host_beside.told("system_event") == []
        assert len(host_beside.told("system_event")) == 1

    def test_nothing_of_what_was_rolled_back(self, log: Any, host_beside: Any) -> None:
        from core.models import SystemEvent
        from django.db import transaction

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            log("epg_refresh", source_name="G")
            raise ZeroDivisionError
        assert host_beside.told("system_event") == []
        assert not SystemEvent.objects.exists()


class TestFailure:
    def test_is_logged_not_raised(
        self, log: Any, host_beside: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_systemevent RENAME TO elsewhere")
        log("m3u_refresh", account_name="A")
        assert "The event m3u_refresh could not be kept" in caplog.text
        assert host_beside.told("system_event") == []
