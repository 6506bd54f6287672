from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.epg_match import Found, Matcher, match_channels

GUIDE = [
    (1, "news.uk", "UK News"),
    (2, "sport1.de", "Sport 1"),
    (3, "sport2.de", "Sport 2"),
    (4, "discovery.us", "Discovery Channel"),
    (5, "discovery.uk", "Discovery Channel"),
    (6, None, "Without Id"),
]


@pytest.mark.parametrize(
    ("name", "tvg_id", "found"),
    [
        ("anything", "NEWS.UK ", Found(1, "tvg_id")),
        ("Sport 1 HD", None, Found(2, "name")),
        ("DE: Sport 2 [FHD]", "unknown", Found(3, "name")),
        ("Discovery Chanel", "", Found(5, "alike", 97.0)),
        ("Sport 3", None, None),
        ("Cooking", None, None),
        ("HD", None, None),
        ("", None, None),
        ("without id", None, Found(6, "name")),
    ],
)
def test_what_fits(name: str, tvg_id: str | None, found: Found | None) -> None:
    assert Matcher(GUIDE).find(name, tvg_id) == found


def test_the_region_decides_between_equals() -> None:
    assert Matcher(GUIDE, region="us").find("Discovery Channel", None) == Found(4, "name")
    assert Matcher(GUIDE, region="uk").find("Discovery Channel", None) == Found(5, "name")


def test_what_the_settings_ignore() -> None:
    matcher = Matcher(GUIDE, ignored=["Pluto", "+1"])
    assert matcher.find("Pluto Sport 1 +1", None) == Found(2, "name")


@given(st.text(max_size=40))
def test_no_name_raises(name: str) -> None:
    Matcher(GUIDE, ignored=["x"]).find(name, name)


@pytest.mark.usefixtures("django_env")
class TestInTheDatabase:
    @pytest.fixture
    def guide(self) -> Any:
        from apps.epg.models import EPGData, EPGSource

        source = EPGSource.objects.create(name="g")
        EPGData.objects.create(tvg_id="one.tv", name="Channel One", epg_source=source)
        EPGData.objects.create(tvg_id="two.tv", name="Channel Two", epg_source=source)
        off = EPGSource.objects.create(name="off", is_active=False)
        EPGData.objects.create(tvg_id="three.tv", name="Channel Three", epg_source=off)
        return source

    def test_channels_without_a_guide(self, guide: Any, host_beside: Any) -> None:
        from apps.channels.models import Channel
        from apps.channels.tasks import match_epg_channels

        one = Channel.objects.create(name="x", tvg_id="one.tv")
        two = Channel.objects.create(name="Channel Two HD")
        Channel.objects.create(name="Channel Three")
        mine = Channel.objects.create(name="Channel One", epg_data=guide.epgs.get(tvg_id="two.tv"))
        host_beside.forget()
        assert match_epg_channels() == "2 of 3 channels matched"
        one.refresh_from_db()
        two.refresh_from_db()
        mine.refresh_from_db()
        assert [row.epg_data.tvg_id for row in (one, two, mine)] == ["one.tv", "two.tv", "two.tv"]
        names = [name for name, *_ in host_beside.tasks]
        assert names == ["apps.epg.tasks.parse_programs_for_tvg_id"], "one task for the guide"
        frame = host_beside.told("websocket")[-1]["data"]
        assert (frame["type"], frame["matches_count"]) == ("epg_match", 2)

    def test_chosen_ones_even_if_they_have_one(self, guide: Any) -> None:
        from apps.channels.models import Channel
        from apps.channels.tasks import match_selected_channels_epg, match_single_channel_epg

        row = Channel.objects.create(name="Channel One", epg_data=guide.epgs.get(tvg_id="two.tv"))
        Channel.objects.create(name="Channel Two")
        assert match_selected_channels_epg([row.pk]) == "1 of 1 channels matched"
        row.refresh_from_db()
        assert row.epg_data.tvg_id == "one.tv"
        found = match_single_channel_epg(row.pk)
        assert (found["matched"], found["channel"]["how"]) == (True, "name")
        assert not match_single_channel_epg(999)["matched"]
        none = Channel.objects.create(name="Nothing Alike")
        assert match_single_channel_epg(none.pk) == {"matched": False, "message": "no guide fits"}

    def test_without_any_channel(self) -> None:
        assert match_channels() == {"matched": 0, "total": 0, "channels": []}
