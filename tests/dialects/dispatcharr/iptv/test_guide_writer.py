from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.guide_writer import (
    insert_programmes,
    keep_channels,
    mapped_channels,
    replace_programmes,
)
from jackfield.dialects.dispatcharr.iptv.spool import Spool
from jackfield.dialects.dispatcharr.iptv.xmltv import GuideChannel

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def source() -> Any:
    from apps.epg.models import EPGSource

    return EPGSource.objects.create(name="g", is_active=False)


def channels(source: Any) -> dict[str, tuple[str, str | None]]:
    return {row.tvg_id: (row.name, row.icon_url) for row in source.epgs.all()}


def test_channels_are_made_changed_and_forgotten(source: Any) -> None:
    keep_channels(source.pk, [GuideChannel("a", "A", None), GuideChannel("b", "B", "http://b")])
    keys = dict(source.epgs.values_list("tvg_id", "pk"))
    keep_channels(source.pk, [GuideChannel("b", "New", None), GuideChannel("c", "C", None)])
    assert channels(source) == {"b": ("New", None), "c": ("C", None)}
    assert source.epgs.get(tvg_id="b").pk == keys["b"]


def test_one_that_a_channel_uses_stays(source: Any) -> None:
    from apps.channels.models import Channel

    keep_channels(source.pk, [GuideChannel("a", "A", None)])
    Channel.objects.create(name="x", epg_data=source.epgs.get())
    assert mapped_channels(source.pk) == {"a": source.epgs.get().pk}
    keep_channels(source.pk, [])
    assert set(channels(source)) == {"a"}


def test_what_does_not_fit_is_cut_or_left_out(source: Any) -> None:
    long = "x" * 600
    keep_channels(source.pk, [GuideChannel(long, "A", None), GuideChannel("b", long, long)])
    assert channels(source) == {"b": ("x" * 512, None)}


def test_programmes_of_this_guide_only_are_replaced(source: Any) -> None:
    from apps.epg.models import EPGSource, ProgramData

    other = EPGSource.objects.create(name="o", is_active=False)
    for guide in (source, other):
        keep_channels(guide.pk, [GuideChannel("a", "A", None)])
        key = guide.epgs.get().pk
        with Spool() as spool:
            times = ("2026-01-01 00:00:00", "2026-01-01 01:00:00")
            spool.add(("a", *times, "T", None, "D", '{"new":true}'))
            insert_programmes({"a": key}, spool)
    replace_programmes(source.pk)
    programme = ProgramData.objects.get()
    assert programme.epg.epg_source == other
    assert (programme.title, programme.tvg_id, programme.custom_properties) == (
        "T", "a", {"new": True},
    )  # fmt: skip
