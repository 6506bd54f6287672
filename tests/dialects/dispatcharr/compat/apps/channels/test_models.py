"""Channels, streams, groups, logos, profiles."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def models() -> Any:
    from apps.channels import models

    return models


class TestChannelGroup:
    def test_related_channels(self, models: Any) -> None:
        group = models.ChannelGroup.objects.create(name="News")
        channel = models.Channel.objects.create(name="One", channel_group=group)
        models.Channel.objects.create(name="Two")
        assert list(group.related_channels()) == [channel]

    def test_bulk_create_and_fetch(self, models: Any) -> None:
        old = models.ChannelGroup.objects.create(name="News")
        rows = models.ChannelGroup.bulk_create_and_fetch(
            models.ChannelGroup(name=name) for name in ("News", "Sport")
        )
        assert {row.name for row in rows} == {"News", "Sport"}
        assert old in rows
        assert all(row.pk for row in rows)

    def test_a_deleted_group_leaves_its_channels(self, models: Any) -> None:
        group = models.ChannelGroup.objects.create(name="News")
        channel = models.Channel.objects.create(name="One", channel_group=group)
        group.delete()
        channel.refresh_from_db()
        assert channel.channel_group is None


class TestStreamHash:
    def test_is_of_what_the_setting_names(self, models: Any) -> None:
        def key(**other: Any) -> str:
            values = {"name": "A", "url": "http://tv/1", "tvg_id": "a", "group": "G"} | other
            return models.Stream.generate_hash_key(**values, keys="name,group")

        assert key() == key(url="http://tv/2", tvg_id="b", m3u_id=3)
        assert key() != key(name="B")
        assert key() != key(group="H")

    def test_is_a_sha256_of_json(self, models: Any) -> None:
        expected = hashlib.sha256(json.dumps({"url": "http://tv/1"}).encode()).hexdigest()
        assert models.Stream.generate_hash_key("A", "http://tv/1", None, keys=["url"]) == expected

    def test_reads_the_setting(self, models: Any) -> None:
        from core.models import CoreSettings

        by_url = models.Stream.generate_hash_key("A", "http://tv/1", "a")
        assert by_url == models.Stream.generate_hash_key("B", "http://tv/1", "b")
        CoreSettings.objects.filter(key="stream_settings").update(value={"m3u_hash_key": "name"})
        assert by_url != models.Stream.generate_hash_key("A", "http://tv/1", "a")
        assert models.Stream.generate_hash_key("A", "x", "y") == models.Stream.generate_hash_key(
            "A", "p", "q"
        )

    @pytest.mark.parametrize("keys", ["", "nonsense", []])
    def test_never_makes_all_streams_one(self, models: Any, keys: Any) -> None:
        one, two = (
            models.Stream.generate_hash_key("A", f"http://tv/{n}", "a", keys=keys) for n in (1, 2)
        )
        assert one != two

    def test_an_xtream_stream_is_known_by_its_id(self, models: Any) -> None:
        """Its URL holds the password, which changes."""
        one, two = (
            models.Stream.generate_hash_key(
                "A",
                f"http://tv/me/{password}/7.ts",
                "a",
                keys="url",
                account_type="XC",
                stream_id=7,
            )
            for password in ("old", "new")
        )
        assert one == two

    def test_another_account_is_another_stream_where_wanted(self, models: Any) -> None:
        one, two = (
            models.Stream.generate_hash_key("A", "u", "a", keys="url,m3u_id", m3u_id=n)
            for n in (1, 2)
        )
        assert one != two


class TestStream:
    def test_two_with_one_hash_are_refused(self, models: Any) -> None:
        from apps.m3u.models import M3UAccount
        from django.db import IntegrityError

        account = M3UAccount.objects.create(name="A", account_type="XC")
        models.Stream.objects.create(name="1", m3u_account=account, stream_hash="x")
        with pytest.raises(IntegrityError):
            models.Stream.objects.create(name="2", m3u_account=account, stream_hash="x")

    def test_newest_first(self, models: Any) -> None:
        first, second = (models.Stream.objects.create(name=name) for name in "ab")
        assert list(models.Stream.objects.all()) == [second, first]
        first.save()
        assert models.Stream.objects.first() == first

    def test_goes_with_its_account(self, models: Any) -> None:
        from apps.m3u.models import M3UAccount

        account = M3UAccount.objects.create(name="A", account_type="XC")
        models.Stream.objects.create(name="1", m3u_account=account)
        account.delete()
        assert not models.Stream.objects.exists()

    def test_profile_own_or_default(self, models: Any) -> None:
        from core.models import StreamProfile

        stream = models.Stream.objects.create(name="1")
        assert stream.get_stream_profile().name == "Proxy"
        stream.stream_profile = StreamProfile.objects.get(name="VLC")
        assert stream.get_stream_profile().name == "VLC"

    def test_lookups_into_json(self, models: Any) -> None:
        models.Stream.objects.create(name="1", custom_properties={"stream_id": "7"})
        assert models.Stream.objects.filter(custom_properties__stream_id="7").count() == 1
        assert models.Stream.objects.filter(custom_properties__stream_id="8").count() == 0

    def test_what_it_is_called(self, models: Any) -> None:
        assert str(models.Stream(name="One")) == "One"
        assert str(models.Stream(name="", url="http://tv")) == "http://tv"


class TestChannel:
    def test_streams_in_order(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="One")
        streams = [models.Stream.objects.create(name=name) for name in "abc"]
        for order, stream in enumerate(reversed(streams)):
            models.ChannelStream.objects.create(channel=channel, stream=stream, order=order)
        names = channel.streams.order_by("channelstream__order").values_list("name", flat=True)
        assert list(names) == ["c", "b", "a"]
        assert [row.stream.name for row in channel.channelstream_set.all()] == ["c", "b", "a"]
        assert list(streams[0].channels.all()) == [channel]

    def test_a_stream_is_in_a_channel_once(self, models: Any) -> None:
        from django.db import IntegrityError

        channel = models.Channel.objects.create(name="One")
        stream = models.Stream.objects.create(name="a")
        models.ChannelStream.objects.create(channel=channel, stream=stream)
        with pytest.raises(IntegrityError):
            models.ChannelStream.objects.create(channel=channel, stream=stream)

    def test_through_of_the_manager(self, models: Any) -> None:
        assert models.Channel.streams.through is models.ChannelStream

    def test_next_number(self, models: Any) -> None:
        assert models.Channel.get_next_available_channel_number() == 1
        for number in (1, 2, 4, 5.5):
            models.Channel.objects.create(name="x", channel_number=number)
        assert models.Channel.get_next_available_channel_number() == 3
        assert models.Channel.get_next_available_channel_number(4) == 5
        assert models.Channel.get_next_available_channel_number(starting_from=100) == 100

    def test_uuids_differ(self, models: Any) -> None:
        one, two = (models.Channel.objects.create(name="x") for _ in range(2))
        assert one.uuid != two.uuid

    def test_profile_own_or_default(self, models: Any) -> None:
        from core.models import StreamProfile

        channel = models.Channel.objects.create(name="1")
        assert channel.get_stream_profile().name == "Proxy"
        channel.stream_profile = StreamProfile.objects.get(name="FFmpeg")
        assert channel.get_stream_profile().name == "FFmpeg"

    def test_the_stream_that_would_play_now(self, models: Any) -> None:
        """Plugins call it and replace it, so that it must be there."""
        from apps.m3u.models import M3UAccount
        from core.utils import RedisClient

        channel = models.Channel.objects.create(name="One")
        assert channel.get_stream() == (None, None, "It has no stream that can be played")
        logins = []
        for order, name in enumerate("ab"):
            account = M3UAccount.objects.create(name=name, max_streams=1)
            logins.append(account.profiles.get(is_default=True))
            stream = models.Stream.objects.create(
                name=name, url=f"http://tv/{name}", m3u_account=account
            )
            models.ChannelStream.objects.create(channel=channel, stream=stream, order=order)
        first, second = channel.streams.order_by("channelstream__order")
        assert channel.get_stream() == (first.pk, logins[0].pk, None)
        redis = RedisClient.get_client()
        redis.set(f"profile_connections:{logins[0].pk}", 1)
        assert channel.get_stream() == (second.pk, logins[1].pk, None)
        redis.set(f"profile_connections:{logins[1].pk}", 1)
        assert channel.get_stream() == (None, None, "Every connection of its accounts is in use")

    def test_defaults(self, models: Any) -> None:
        channel = models.Channel.objects.create(name="1")
        assert channel.user_level == 0
        assert not channel.auto_created
        assert not channel.hidden_from_output
        assert channel.channel_number is None
        assert channel.created_at is not None


class TestEffectiveValues:
    def test_are_the_channels_own(self, models: Any) -> None:
        logo = models.Logo.objects.create(name="l", url="http://l")
        models.Channel.objects.create(name="Two", channel_number=2, logo=logo, tvg_id="t")
        models.Channel.objects.create(name="One", channel_number=1)
        channels = models.Channel.objects.with_effective_values(select_related_fks=True)
        one, two = channels.order_by("effective_channel_number")
        assert (one.effective_name, two.effective_name) == ("One", "Two")
        assert two.effective_logo_id == logo.pk
        assert two.effective_tvg_id == "t"

    def test_as_a_function_and_after_a_filter(self, models: Any) -> None:
        from apps.channels.managers import with_effective_values

        models.Channel.objects.create(name="One")
        assert with_effective_values(models.Channel.objects.filter(name="One")).count() == 1
        assert models.Channel.objects.filter(name="x").with_effective_values().count() == 0


class TestLogo:
    def test_lookups_of_releases_before_0_12(self, models: Any) -> None:
        used = models.Logo.objects.create(name="used", url="http://u")
        unused = models.Logo.objects.create(name="unused", url="http://n")
        models.Channel.objects.create(name="One", logo=used)
        rows = models.Logo.objects.filter(
            channels__isnull=True, movie__isnull=True, series__isnull=True
        )
        assert list(rows) == [unused]
        assert unused.movie.count() == 0
        assert not unused.series.exists()

    def test_one_row_a_url(self, models: Any) -> None:
        from django.db import IntegrityError

        models.Logo.objects.create(name="a", url="http://a")
        with pytest.raises(IntegrityError):
            models.Logo.objects.create(name="b", url="http://a")


class TestNames:
    def test_rows_show_what_they_are(self, models: Any) -> None:
        assert str(models.Channel(name="One", channel_number=1)) == "1 - One"
        assert str(models.ChannelGroup(name="News")) == "News"
        assert str(models.Logo(name="l")) == "l"
        assert str(models.ChannelProfile(name="Kids")) == "Kids"
