from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.application.outputs.dummy import Sources
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed, lineup
from jackfield.dialects.dispatcharr.django_setup import Environment

NOW = datetime(2026, 3, 14, 13, 37, tzinfo=UTC)


def channel(name: str, **said: Any) -> Listed:
    """A channel on a dummy source with these properties; without a source if there are none."""
    from apps.channels.models import Channel
    from apps.epg.models import EPGData, EPGSource

    epg = None
    if said:
        source = EPGSource.objects.create(
            name=f"dummy {name}"[:200], source_type="dummy", custom_properties=said
        )
        epg = EPGData.objects.filter(epg_source=source).first()
    row = Channel.objects.create(name=name, epg_data=epg)
    return next(listed for listed in lineup(level=10) if listed.pk == row.pk)


def made(one: Listed, hours: int = 12) -> list[Any]:
    return list(Sources().programmes(one, NOW, NOW + timedelta(hours=hours)))


def test_blocks_cover_the_time_without_gaps(django_env: Environment) -> None:
    rows = made(channel("Bare"))
    assert rows[0][0] <= NOW and rows[-1][1] >= NOW + timedelta(hours=12)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(rows))
    assert {row[2] for row in rows} == {"Bare"}
    later = list(
        Sources().programmes(
            channel("Bare 2"), NOW + timedelta(minutes=5), NOW + timedelta(hours=12)
        )
    )
    assert [row[0] for row in later] == [row[0] for row in rows]  # the same blocks for everybody


def test_a_source_makes_titles_of_names(django_env: Environment) -> None:
    one = channel(
        "LIVE 03: Ajax vs Feyenoord @ 20:00",
        title_pattern=r"(?<number>\d+): (?<home>.+) vs (?P<away>.+) @",
        title_template="{home} – {away}",
        description_template="Match {number} on {channel}, {unknown}",
        subtitle_template="Match {number}",
        program_duration="90",
        category="Sports, Football",
    )
    row = made(one)[0]
    assert row[2] == "Ajax – Feyenoord" and row[3] == "Match 03"
    assert row[4] == "Match 03 on LIVE 03: Ajax vs Feyenoord @ 20:00, {unknown}"
    assert row[5] == {"categories": ["Sports", "Football"]}
    assert row[1] - row[0] == timedelta(minutes=90)


def test_names_that_do_not_match_have_their_own_title(django_env: Environment) -> None:
    one = channel("Music", title_pattern=r"(\d+)", fallback_title_template="On air: {channel}")
    assert made(one)[0][2] == "On air: Music"


@pytest.mark.parametrize(
    "said",
    [
        {"title_pattern": "(((", "program_duration": "soon"},
        {"title_pattern": 5, "title_template": ["x"], "program_duration": -5},
        {"program_duration": 10**12, "category": None},
    ],
)
def test_settings_that_make_no_sense_do_no_harm(django_env: Environment, said: Any) -> None:
    rows = made(channel("Odd", **said))
    assert rows and rows[0][2] == "Odd"


def test_no_more_than_two_weeks(django_env: Environment) -> None:
    rows = made(channel("Bare"), hours=24 * 365)
    assert rows[-1][0] < NOW + timedelta(days=14)
