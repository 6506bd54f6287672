"""What follows when channels, streams, profiles and recordings are saved.

Source: dispatcharr spec 5.2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def models() -> Any:
    from apps.channels import models

    return models


def stream(name: str = "a", **fields: Any) -> Any:
    from apps.channels.models import Stream

    return Stream.objects.create(name=name, **fields)


class TestStreamWithoutAccount:
    def test_joins_custom(self) -> None:
        row = stream(url="http://tv/1")
        row.refresh_from_db()
        assert row.m3u_account.name == "custom"
        assert row.is_custom
        assert row.stream_hash

    def test_its_hash_is_of_its_id(self) -> None:
        one, two = stream(url="http://tv/1"), stream(url="http://tv/1")
        assert one.stream_hash != two.stream_hash
        before = one.stream_hash
        one.url = "http://tv/2"
        one.save()
        one.refresh_from_db()
        assert one.stream_hash == before

    def test_cannot_be_saved_when_somebody_deleted_custom(self) -> None:
        from apps.m3u.models import M3UAccount

        M3UAccount.objects.filter(name="custom").delete()
        with pytest.raises(M3UAccount.DoesNotExist):
            stream()

    def test_one_with_an_account_stays_there(self) -> None:
        from apps.m3u.models import M3UAccount

        account = M3UAccount.objects.create(name="A", account_type="XC")
        row = stream(m3u_account=account, stream_hash="h")
        assert not row.is_custom
        assert row.stream_hash == "h"


class TestStreamsAdded:
    def test_an_empty_tvg_id_is_filled(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        channel.streams.add(stream(tvg_id="one.uk"))
        assert channel.tvg_id == "one.uk"
        channel.refresh_from_db()
        assert channel.tvg_id == "one.uk"

    def test_a_tvg_id_stays(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One", tvg_id="mine")
        channel.streams.add(stream(tvg_id="one.uk"))
        channel.refresh_from_db()
        assert channel.tvg_id == "mine"

    def test_from_the_other_side(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        stream(tvg_id="one.uk").channels.add(channel)
        channel.refresh_from_db()
        assert channel.tvg_id == "one.uk"

    def test_a_stream_without_one_fills_nothing(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        channel.streams.add(stream())
        assert channel.tvg_id is None

    def test_rows_in_bulk_fill_nothing(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        row = stream(tvg_id="one.uk")
        models.ChannelStream.objects.bulk_create(
            [models.ChannelStream(channel=channel, stream=row)]
        )
        channel.refresh_from_db()
        assert channel.tvg_id is None


class TestCatchup:
    def flags(self, channel: Any) -> tuple[bool, int]:
        channel.refresh_from_db()
        return channel.is_catchup, channel.catchup_days

    def test_follows_the_best_stream(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        rows = [stream(is_catchup=True, catchup_days=days) for days in (3, 7)] + [stream()]
        for row in rows:
            models.ChannelStream.objects.create(channel=channel, stream=row)
        assert self.flags(channel) == (True, 7)
        models.ChannelStream.objects.get(stream=rows[1]).delete()
        assert self.flags(channel) == (True, 3)
        models.ChannelStream.objects.get(stream=rows[0]).delete()
        assert self.flags(channel) == (False, 0)

    def test_through_the_manager(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        row = stream(is_catchup=True, catchup_days=2)
        channel.streams.set([row])
        assert self.flags(channel) == (True, 2)
        channel.streams.remove(row)
        assert self.flags(channel) == (False, 0)
        channel.streams.add(row)
        channel.streams.clear()
        assert self.flags(channel) == (False, 0)


class TestGuideChosen:
    def guide(self) -> Any:
        from apps.epg.models import EPGData

        return EPGData.objects.create(name="One", tvg_id="one")

    def test_with_a_new_channel(self, models: Any, host_beside: Any) -> None:
        guide = self.guide()
        models.Channel.objects.create(name="One", epg_data=guide)
        assert host_beside.tasks == [("apps.epg.tasks.parse_programs_for_tvg_id", [guide.pk], {})]

    @pytest.mark.parametrize("fields", [["epg_data"], ["name", "epg_data_id"]])
    def test_with_the_field_named(self, models: Any, host_beside: Any, fields: list[str]) -> None:
        channel = models.Channel.objects.create(name="One")
        channel.epg_data = self.guide()
        channel.save(update_fields=fields)
        assert [name for name, _, _ in host_beside.tasks] == [
            "apps.epg.tasks.parse_programs_for_tvg_id"
        ]

    def test_not_with_a_plain_save(self, models: Any, host_beside: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        channel.epg_data = self.guide()
        channel.save()
        channel.save(update_fields=["name"])
        assert host_beside.tasks == []

    def test_nor_when_the_guide_is_taken_away(self, models: Any, host_beside: Any) -> None:
        channel = models.Channel.objects.create(name="One", epg_data=self.guide())
        host_beside.forget()
        channel.epg_data = None
        channel.save(update_fields=["epg_data"])
        assert host_beside.tasks == []

    def test_without_a_host_the_channel_is_saved_all_the_same(
        self, models: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        models.Channel.objects.create(name="One", epg_data=self.guide())
        assert models.Channel.objects.count() == 1
        assert "parse_programs_for_tvg_id was not sent" in caplog.text


class TestNewProfile:
    def test_begins_with_all_channels(self, models: Any) -> None:
        channels = [models.Channel.objects.create(name=name) for name in "ab"]
        profile = models.ChannelProfile.objects.create(name="Kids")
        rows = models.ChannelProfileMembership.objects.filter(channel_profile=profile)
        assert [row.channel for row in rows.order_by("channel")] == channels
        assert all(row.enabled for row in rows)

    def test_gets_no_channel_that_comes_later(self, models: Any) -> None:
        profile = models.ChannelProfile.objects.create(name="Kids")
        models.Channel.objects.create(name="One")
        profile.save()
        assert not models.ChannelProfileMembership.objects.exists()


class TestRecording:
    def record(self, models: Any, start: float, hours: float = 1) -> Any:
        from django.utils import timezone

        begin = timezone.now() + timedelta(hours=start)
        return models.Recording.objects.create(
            channel=models.Channel.objects.create(name="One"),
            start_time=begin,
            end_time=begin + timedelta(hours=hours),
        )

    def task(self, recording: Any) -> Any:
        from django_celery_beat.models import PeriodicTask

        return PeriodicTask.objects.filter(name=f"dvr-recording-{recording.pk}").first()

    def test_is_made_once_at_its_time(self, models: Any) -> None:
        recording = self.record(models, start=2)
        task = self.task(recording)
        assert task.one_off
        assert task.task == "apps.channels.tasks.run_recording"
        assert task.clocked.clocked_time == recording.start_time
        recording.refresh_from_db()
        assert recording.task_id == task.name

    def test_moves_with_its_time(self, models: Any) -> None:
        recording = self.record(models, start=2)
        recording.start_time += timedelta(minutes=10)
        recording.save()
        assert self.task(recording).clocked.clocked_time == recording.start_time

    def test_one_that_runs_is_not_begun_again(self, models: Any) -> None:
        recording = self.record(models, start=-0.5)
        self.task(recording).delete()
        recording.custom_properties = {"status": "recording"}
        recording.save()
        assert self.task(recording) is None

    def test_one_that_is_over_is_not_made(self, models: Any) -> None:
        assert self.task(self.record(models, start=-3)) is None

    def test_other_fields_change_nothing(self, models: Any) -> None:
        recording = self.record(models, start=2)
        self.task(recording).delete()
        recording.save(update_fields=["custom_properties"])
        assert self.task(recording) is None

    def test_a_deleted_one_is_not_made(self, models: Any) -> None:
        recording = self.record(models, start=2)
        name = recording.task_id
        recording.delete()
        from django_celery_beat.models import PeriodicTask

        assert not PeriodicTask.objects.filter(name=name).exists()
