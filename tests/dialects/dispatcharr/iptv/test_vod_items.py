from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.vod_items import (
    episodes_of,
    movie_of,
    seconds,
    series_of,
)


def movie(**item: Any) -> Any:
    found = movie_of({"stream_id": 1, "name": "Film", **item})
    assert found is not None
    return found


def test_a_film() -> None:
    found = movie(
        stream_id=7, category_id="3", name="Film (1999)", plot="P", rating=7.25, genre="Drama",
        tmdb="603", stream_icon="http://i/1", container_extension="mkv", cast="A, B",
        youtube_trailer="x", duration="1:02:03", is_adult="1", backdrop_path="http://b/1",
    )  # fmt: skip
    assert found[:12] == (
        "7", "3", "Film", "P", 1999, "7.25", "Drama", "603", None, 3723, True, "http://i/1",
    )  # fmt: skip
    assert found.extension == "mkv"
    assert found.properties == {
        "youtube_trailer": "x", "cast": "A, B", "backdrop_path": ["http://b/1"],
    }  # fmt: skip


def test_what_makes_two_of_them_the_same() -> None:
    assert movie(tmdb_id=5, imdb_id="tt1").identity == ("tmdb", "5")
    assert movie(tmdb_id=0, imdb_id="tt1").identity == ("imdb", "tt1")
    assert movie(tmdb_id="", year="2001").identity == ("name", ("Film", 2001))


@pytest.mark.parametrize(
    ("item", "year"),
    [({"year": "2001"}, 2001), ({"releaseDate": "1999-03-31"}, 1999), ({"year": "0"}, None),
     ({"year": "soon"}, None), ({"name": "X (1066)"}, None), ({"name": "2012"}, None)],
)  # fmt: skip
def test_years(item: dict[str, Any], year: int | None) -> None:
    assert movie(**item).year == year


def test_without_an_id_or_a_name() -> None:
    assert movie_of({"name": "X"}) is None
    assert series_of({"stream_id": 1}) is None
    assert movie(name=None).name == "stream_id 1"


def test_a_series() -> None:
    found = series_of({"series_id": "9", "name": "S", "cover": "http://c", "releaseDate": "2010"})
    assert found is not None
    assert (found.external_id, found.logo, found.year) == ("9", "http://c", 2010)


@pytest.mark.parametrize(
    ("item", "expected"),
    [({"duration_secs": 60}, 60), ({"duration": "00:45:00"}, 2700), ({"duration": "12:30"}, 750),
     ({"episode_run_time": "45"}, 2700), ({"duration": "long"}, None), ({}, None)],
)  # fmt: skip
def test_how_long_it_plays(item: dict[str, Any], expected: int | None) -> None:
    assert seconds(item) == expected


EPISODE = {"id": "5", "episode_num": "2", "title": "T", "season": 1, "container_extension": "mkv",
           "info": {"plot": "P", "air_date": "2020-02-30", "duration_secs": 9}}  # fmt: skip


def test_episodes_by_season_in_every_shape() -> None:
    for given_ in ({"1": [EPISODE]}, [[EPISODE]], {"1": {"0": EPISODE}}, {"1": EPISODE}):
        (found,) = episodes_of({"episodes": given_})
        assert (found.stream_id, found.season, found.number) == ("5", 1, 2)
        assert (found.name, found.description, found.duration_secs) == ("T", "P", 9)
        assert found.air_date is None, "the 30th of February"


def test_what_an_episode_does_not_say() -> None:
    (found,) = episodes_of({"episodes": {"3": [{"id": 1, "info": []}]}})
    assert (found.season, found.number, found.name) == (3, 1, "Episode 1")
    (found,) = episodes_of({"episodes": {"x": [{"id": 1, "info": {"releasedate": "2020-01-02"}}]}})
    assert (found.season, found.air_date) == (0, date(2020, 1, 2))


ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
KEYS = ["name", "plot", "year", "rating", "genre", "tmdb_id", "duration", "duration_secs",
        "stream_icon", "backdrop_path", "cast", "is_adult", "category_id"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_no_answer_raises(item: dict[str, Any]) -> None:
    found = movie_of({**item, "stream_id": 1})
    assert found is not None
    assert 0 < len(found.name) <= 255


@given(ANYTHING)
def test_no_episodes_raise(episodes: Any) -> None:
    list(episodes_of({"episodes": episodes}))
    list(episodes_of({"episodes": {"1": [{"id": "1", "info": episodes, "season": episodes}]}}))
