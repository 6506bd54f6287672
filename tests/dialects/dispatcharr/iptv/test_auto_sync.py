from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.auto_sync import (
    SyncCounts,
    python_replacement,
    sync_channels,
)

pytestmark = pytest.mark.usefixtures("django_env")


class Synced:
    """An account with streams in one group that is set to sync."""

    def __init__(self) -> None:
        from apps.channels.models import ChannelGroup, ChannelGroupM3UAccount
        from apps.m3u.models import M3UAccount

        self.account = M3UAccount.objects.create(name="acc")
        self.group = ChannelGroup.objects.create(name="News")
        self.relation = ChannelGroupM3UAccount.objects.create(
            m3u_account=self.account,
            channel_group=self.group,
            auto_channel_sync=True,
            auto_sync_channel_start=100,
        )

    def stream(self, name: str, **values: Any) -> Any:
        from apps.channels.models import Stream

        return Stream.objects.create(
            name=name,
            url=f"http://h/{name}",
            m3u_account=self.account,
            channel_group=self.group,
            stream_hash=name,
            **values,
        )

    def options(self, **options: Any) -> None:
        self.relation.custom_properties = options
        self.relation.save()

    def sync(self) -> SyncCounts:
        return sync_channels(self.account.pk)

    def channels(self) -> dict[str, Any]:
        from apps.channels.models import Channel

        return {channel.name: channel for channel in Channel.objects.all()}

    def numbers(self) -> dict[str, float]:
        return {name: channel.channel_number for name, channel in self.channels().items()}


@pytest.fixture
def synced(django_env: Any) -> Synced:
    return Synced()


def test_a_channel_for_each_stream(synced: Synced) -> None:
    first = synced.stream("One", tvg_id="one", logo_url="http://l/1", is_adult=True)
    synced.stream("Two")
    assert synced.sync() == SyncCounts(created=2)
    assert synced.numbers() == {"One": 100, "Two": 101}
    channel = synced.channels()["One"]
    assert (channel.auto_created, channel.auto_created_by) == (True, synced.account)
    assert (channel.tvg_id, channel.channel_group, channel.is_adult) == ("one", synced.group, True)
    assert (channel.logo.url, channel.logo.name) == ("http://l/1", "One")
    assert list(channel.streams.all()) == [first]
    assert synced.channels()["Two"].logo is None


def test_again_nothing_changes(synced: Synced) -> None:
    synced.stream("One")
    synced.sync()
    before = synced.channels()["One"]
    assert not synced.sync().any
    assert synced.channels()["One"].uuid == before.uuid


def test_what_changes_is_updated_in_place(synced: Synced) -> None:
    stream = synced.stream("One")
    synced.sync()
    before = synced.channels()["One"]
    stream.name, stream.logo_url = "One HD", "http://l/new"
    stream.save()
    assert synced.sync() == SyncCounts(updated=1)
    after = synced.channels()["One HD"]
    assert (after.pk, after.logo.url) == (before.pk, "http://l/new")


def test_what_vanishes_is_removed(synced: Synced) -> None:
    from apps.channels.models import Channel

    stream, gone = synced.stream("One"), synced.stream("Two")
    mine = Channel.objects.create(name="By hand", channel_number=5)
    synced.sync()
    stream.is_stale = True
    stream.save()
    gone.delete()
    assert synced.sync() == SyncCounts(deleted=2)
    assert set(synced.channels()) == {mine.name}


def test_a_group_that_is_synced_no_more_keeps_its_channels(synced: Synced) -> None:
    synced.stream("One")
    synced.sync()
    synced.relation.auto_channel_sync = False
    synced.relation.save()
    assert not synced.sync().any
    assert set(synced.channels()) == {"One"}


class TestNumbers:
    def test_those_of_others_are_left_to_them(self, synced: Synced) -> None:
        from apps.channels.models import Channel

        Channel.objects.create(name="By hand", channel_number=101)
        for name in ("One", "Two", "Three"):
            synced.stream(name)
        synced.sync()
        assert synced.numbers() == {"By hand": 101, "One": 100, "Two": 102, "Three": 103}

    def test_fixed_ones_follow_the_order(self, synced: Synced) -> None:
        synced.options(channel_sort_order="name")
        synced.stream("B")
        synced.sync()
        synced.stream("A")
        synced.sync()
        assert synced.numbers() == {"A": 100, "B": 101}
        synced.options(channel_sort_order="name", channel_sort_reverse=True)
        synced.sync()
        assert synced.numbers() == {"B": 100, "A": 101}

    def test_next_available_ones_stay(self, synced: Synced) -> None:
        synced.options(channel_sort_order="name", channel_numbering_mode="next_available")
        synced.stream("B")
        synced.sync()
        synced.stream("A")
        synced.sync()
        assert synced.numbers() == {"B": 100, "A": 101}

    def test_those_of_the_provider(self, synced: Synced) -> None:
        synced.options(channel_numbering_mode="provider", channel_numbering_fallback=500)
        synced.stream("A", stream_chno=7)
        synced.stream("B")
        synced.sync()
        synced.sync()
        assert synced.numbers() == {"A": 7, "B": 500}

    def test_the_end_is_kept(self, synced: Synced) -> None:
        synced.relation.auto_sync_channel_end = 101
        synced.relation.save()
        for name in "ABCD":
            synced.stream(name)
        counts = synced.sync()
        assert (counts.created, counts.no_number) == (2, 2)


class TestOptions:
    def test_names(self, synced: Synced) -> None:
        synced.options(name_regex_pattern=r"^UK: (.*) (HD)$", name_replace_pattern="$1 ($2)")
        synced.stream("UK: News HD")
        synced.stream("Other")
        synced.sync()
        assert set(synced.channels()) == {"News (HD)", "Other"}

    @pytest.mark.parametrize("pattern", ["(", "x(", "*"])
    def test_a_pattern_that_is_none_changes_nothing(self, synced: Synced, pattern: str) -> None:
        synced.options(name_regex_pattern=pattern, name_match_regex=pattern)
        synced.stream("One")
        synced.sync()
        assert set(synced.channels()) == {"One"}

    def test_only_names_that_match(self, synced: Synced) -> None:
        synced.options(name_match_regex="^N")
        synced.stream("News")
        synced.stream("Sport")
        synced.sync()
        assert set(synced.channels()) == {"News"}

    def test_another_group_profile_and_logo(self, synced: Synced) -> None:
        from apps.channels.models import ChannelGroup, Logo
        from core.models import StreamProfile

        group = ChannelGroup.objects.create(name="Mine")
        logo = Logo.objects.create(name="L", url="http://l/mine")
        profile = StreamProfile.objects.create(name="P")
        synced.options(
            group_override=group.pk, custom_logo_id=str(logo.pk), stream_profile_id=profile.pk
        )
        synced.stream("One", logo_url="http://l/other")
        synced.sync()
        channel = synced.channels()["One"]
        assert (channel.channel_group, channel.logo, channel.stream_profile) == (
            group, logo, profile,
        )  # fmt: skip

    def test_what_options_name_may_be_gone(self, synced: Synced) -> None:
        synced.options(group_override=999, custom_logo_id=999, stream_profile_id=999)
        synced.stream("One")
        synced.sync()
        channel = synced.channels()["One"]
        assert (channel.channel_group, channel.logo) == (synced.group, None)

    def test_channel_profiles(self, synced: Synced) -> None:
        from apps.channels.models import ChannelProfile, ChannelProfileMembership

        one, two = (ChannelProfile.objects.create(name=name) for name in ("one", "two"))
        synced.stream("All")
        synced.sync()
        assert ChannelProfileMembership.objects.filter(enabled=True).count() == 2
        synced.options(channel_profile_ids=[two.pk])
        synced.stream("Some")
        synced.sync()
        some = ChannelProfileMembership.objects.filter(channel__name="Some")
        assert {row.channel_profile: row.enabled for row in some} == {one: False, two: True}


class TestGuides:
    @pytest.fixture
    def guide(self, synced: Synced) -> dict[str, Any]:
        from apps.epg.models import EPGData, EPGSource

        found = {}
        for name, priority in (("low", 1), ("high", 9)):
            source = EPGSource.objects.create(name=name, priority=priority, is_active=True)
            found[name] = EPGData.objects.create(tvg_id="one", name="One", epg_source=source)
        dummy = EPGSource.objects.create(name="dummy", source_type="dummy")
        found["dummy"] = dummy.epgs.get()
        return found

    def test_by_tvg_id_the_one_that_goes_first(
        self, synced: Synced, guide: dict[str, Any], host_beside: Any
    ) -> None:
        synced.stream("One", tvg_id="one")
        host_beside.forget()
        synced.sync()
        assert synced.channels()["One"].epg_data == guide["high"]
        task = ("apps.epg.tasks.parse_programs_for_tvg_id", [guide["high"].pk], {})
        assert task in host_beside.tasks

    def test_another_one_by_choice(self, synced: Synced, guide: dict[str, Any]) -> None:
        synced.stream("One", tvg_id="one")
        for name in ("low", "dummy"):
            synced.options(custom_epg_id=guide[name].epg_source_id)
            synced.sync()
            assert synced.channels()["One"].epg_data == guide[name]
        synced.options(force_dummy_epg=True)
        synced.sync()
        assert synced.channels()["One"].epg_data is None


@pytest.mark.parametrize(
    ("given", "expected"), [("$1-$2", r"\g<1>-\g<2>"), (r"\1", r"\1"), (r"a\b$", r"a\\b$")]
)
def test_replacements(given: str, expected: str) -> None:
    assert python_replacement(given) == expected


def test_a_refresh_syncs(synced: Synced, tmp_path: Path) -> None:
    from jackfield.dialects.dispatcharr.iptv.m3u_refresh import refresh_account

    path = tmp_path / "list.m3u"
    path.write_text('#EXTM3U\n#EXTINF:-1 group-title="News",One\nhttp://h/1\n')
    synced.account.file_path = str(path)
    synced.account.save()
    outcome = refresh_account(synced.account.pk)
    assert outcome.counts["channels_created"] == 1
    assert "channels: 1 created" in outcome.message
