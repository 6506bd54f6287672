"""Guides, their channels and programmes."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def models() -> Any:
    from apps.epg import models

    return models


def at(hour: int) -> datetime.datetime:
    return datetime.datetime(2030, 1, 1, hour, tzinfo=datetime.UTC)


def test_defaults(models: Any) -> None:
    source = models.EPGSource.objects.create(name="G")
    source.refresh_from_db()
    assert (source.source_type, source.status) == ("xmltv", "idle")
    assert source.is_active
    assert source.updated_at is None


def test_names_of_types_and_states(models: Any) -> None:
    assert set(models.EPGSource.SourceType.values) == {"xmltv", "schedules_direct", "dummy"}
    assert models.EPGSource.STATUS_DISABLED == "disabled"
    assert ("success", "Success") in models.EPGSource.STATUS_CHOICES


def test_a_guide_has_a_channel_once(models: Any) -> None:
    from django.db import IntegrityError

    source = models.EPGSource.objects.create(name="G")
    models.EPGData.objects.create(tvg_id="one", name="One", epg_source=source)
    with pytest.raises(IntegrityError):
        models.EPGData.objects.create(tvg_id="one", name="Again", epg_source=source)


def test_programmes_go_with_their_guide(models: Any) -> None:
    from apps.channels.models import Channel

    source = models.EPGSource.objects.create(name="G")
    guide = models.EPGData.objects.create(tvg_id="one", name="One", epg_source=source)
    channel = Channel.objects.create(name="One", epg_data=guide)
    models.ProgramData.objects.create(
        epg=guide, start_time=at(1), end_time=at(2), title="News", custom_properties=None
    )
    assert [program.title for program in guide.programs.all()] == ["News"]
    source.delete()
    assert not models.ProgramData.objects.exists()
    channel.refresh_from_db()
    assert channel.epg_data is None


def test_what_is_on(models: Any) -> None:
    guide = models.EPGData.objects.create(tvg_id="one", name="One")
    models.ProgramData.objects.bulk_create(
        models.ProgramData(epg=guide, start_time=at(h), end_time=at(h + 1), title=str(h))
        for h in range(5)
    )
    on = guide.programs.get(start_time__lte=at(3), end_time__gt=at(3))
    assert on.title == "3"


def test_a_guides_programmes_are_found_by_an_index(models: Any) -> None:
    query = models.ProgramData.objects.filter(epg_id=1, start_time__gte=at(1))
    assert "epg_program_epg_start" in query.explain()
    assert "epg_program_epg_start" in models.ProgramData.objects.filter(epg_id=1).explain()


def test_rows_show_what_they_are(models: Any) -> None:
    assert str(models.EPGSource(name="G")) == "G"
    assert str(models.EPGData(name="One")) == "One"
    program = models.ProgramData(title="News", start_time=at(1), end_time=at(2))
    assert str(program).startswith("News (2030-01-01")
