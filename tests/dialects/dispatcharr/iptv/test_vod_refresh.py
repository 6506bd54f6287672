from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.faults import Unreachable
from jackfield.dialects.dispatcharr.iptv.vod_refresh import (
    refresh_episodes,
    refresh_movie,
    refresh_vod,
)

pytestmark = pytest.mark.usefixtures("django_env")

FILM = {"stream_id": 1, "name": "Film (1999)", "category_id": "1", "tmdb": "603",
        "stream_icon": "http://i/1", "container_extension": "mkv"}  # fmt: skip
OTHER = {"stream_id": 2, "name": "Other", "category_id": "2"}
SERIES = {"series_id": 5, "name": "Series", "category_id": "8", "cover": "http://i/5"}


class Server:
    """A server with films and series, and an account on it."""

    def __init__(self, provider: Any) -> None:
        from apps.m3u.models import M3UAccount

        self.said = provider.xtream
        self.said |= {
            "get_vod_categories": [
                {"category_id": "1", "category_name": "Drama"},
                {"category_id": "2", "category_name": "Comedy"},
            ],
            "get_vod_streams": [FILM, OTHER, {"name": "no id"}],
            "get_series_categories": [{"category_id": "8", "category_name": "Crime"}],
            "get_series": [SERIES],
        }
        self.account = M3UAccount.objects.create(
            name="xc", account_type="XC", server_url=provider.be_xtream(),
            username="me", password="secret",
        )  # fmt: skip

    def refresh(self) -> Any:
        return refresh_vod(self.account.pk)


@pytest.fixture
def server(provider: Any) -> Server:
    return Server(provider)


def films() -> dict[str, Any]:
    from apps.vod.models import Movie

    return {movie.name: movie for movie in Movie.objects.all()}


def test_films_and_series_with_their_categories(server: Server) -> None:
    from apps.vod.models import M3UVODCategoryRelation, Series, VODCategory

    outcome = server.refresh()
    assert outcome.ok, outcome
    assert outcome.counts["movies_created"] == 2
    film = films()["Film"]
    assert (film.year, film.tmdb_id, film.logo.url) == (1999, "603", "http://i/1")
    relation = film.m3u_relations.get()
    assert (relation.stream_id, relation.container_extension) == ("1", "mkv")
    assert relation.category.name == "Drama"
    assert relation.custom_properties["basic_data"] == FILM
    assert films()["Other"].m3u_relations.get().container_extension == "mp4"
    series = Series.objects.get()
    assert (series.name, series.m3u_relations.get().external_series_id) == ("Series", "5")
    assert VODCategory.objects.filter(category_type="movie").count() == 2
    assert all(row.enabled for row in M3UVODCategoryRelation.objects.all())


def test_again_nothing_is_doubled_and_gaps_are_filled(server: Server) -> None:
    server.refresh()
    before = films()["Film"]
    before.genre = "mine"
    before.save()
    server.said["get_vod_streams"] = [{**FILM, "plot": "P", "genre": "theirs"}, OTHER]
    outcome = server.refresh()
    assert outcome.counts["movies_created"] == 0
    after = films()["Film"]
    assert (after.pk, after.description, after.genre) == (before.pk, "P", "mine")


def test_what_two_accounts_offer_is_one_film(server: Server, provider: Any) -> None:
    from apps.m3u.models import M3UAccount

    server.refresh()
    other = M3UAccount.objects.create(
        name="two", account_type="XC", server_url=provider.url, username="me", password="secret"
    )
    assert refresh_vod(other.pk).counts["movies_created"] == 0
    assert films()["Film"].m3u_relations.count() == 2
    assert films()["Other"].m3u_relations.count() == 2


def test_ids_of_public_databases_that_contradict_each_other(server: Server) -> None:
    server.said["get_vod_streams"] = [
        {"stream_id": 1, "name": "A", "tmdb": "1", "imdb": "tt1"},
        {"stream_id": 2, "name": "B", "tmdb": "2", "imdb": "tt1"},
        {"stream_id": 3, "name": "C", "imdb": "tt1"},
        {"stream_id": 4, "name": "A again", "tmdb": "1"},
    ]
    assert server.refresh().counts["movies"] == 4
    assert server.refresh().ok
    ids = [film.imdb_id for film in films().values() if film.imdb_id]
    assert len(ids) == len(set(ids))


def test_what_is_not_offered_any_more_goes_after_days(server: Server) -> None:
    from apps.vod.models import M3UMovieRelation

    server.refresh()
    server.said["get_vod_streams"] = [FILM]
    server.refresh()
    assert set(films()) == {"Film", "Other"}
    relation = M3UMovieRelation.objects.get(stream_id="2")
    relation.last_seen -= timedelta(days=30)
    relation.save()
    server.refresh()
    assert set(films()) == {"Film"}


def test_a_category_that_is_off_goes_at_once(server: Server) -> None:
    from apps.vod.models import M3UVODCategoryRelation

    server.refresh()
    M3UVODCategoryRelation.objects.filter(category__name="Comedy").update(enabled=False)
    server.refresh()
    assert set(films()) == {"Film"}


@pytest.mark.parametrize("answer", [[], b"<html>", b"[{"])
def test_an_answer_of_nothing_touches_nothing(server: Server, answer: Any) -> None:
    server.refresh()
    server.said["get_vod_streams"] = answer
    server.refresh()
    assert set(films()) == {"Film", "Other"}


def test_what_cannot_be_refreshed_says_so(server: Server, closed_port: str) -> None:
    from apps.m3u.models import M3UAccount

    plain = M3UAccount.objects.create(name="plain")
    assert "no active Xtream account" in refresh_vod(plain.pk).message
    server.account.server_url = closed_port
    server.account.save()
    assert "connection refused" in server.refresh().message


class TestEpisodes:
    @pytest.fixture
    def series(self, server: Server) -> Any:
        from apps.vod.models import Series

        server.refresh()
        server.said["get_series_info"] = lambda query: {
            "info": {"name": "Series", "plot": "P", "genre": "Crime", "cast": "A"},
            "episodes": {
                "1": [
                    {"id": "11", "episode_num": 1, "title": "One", "info": {"plot": "x"}},
                    {"id": "12", "episode_num": 2, "title": "Two", "container_extension": "mkv"},
                    {"id": "13", "episode_num": 2, "title": "Two in 4K"},
                ]
            },
        }
        return Series.objects.get()

    def numbers(self, series: Any) -> list[tuple[int, int, str]]:
        rows = series.episodes.order_by("season_number", "episode_number")
        return [(row.season_number, row.episode_number, row.name) for row in rows]

    def test_they_are_stored(self, server: Server, series: Any) -> None:
        assert refresh_episodes(server.account, series, "5") == 3
        assert self.numbers(series) == [(1, 1, "One"), (1, 2, "Two")]
        relation = series.m3u_relations.get()
        assert relation.last_episode_refresh is not None
        assert relation.custom_properties["episodes_fetched"] is True
        assert relation.episode_relations.count() == 3
        series.refresh_from_db()
        assert (series.description, series.custom_properties["cast"]) == ("P", "A")

    def test_again_they_are_changed_and_the_vanished_go(self, server: Server, series: Any) -> None:
        refresh_episodes(server.account, series, "5")
        first = series.episodes.get(episode_number=1)
        answer = {"episodes": [[{"id": "11", "episode_num": 1, "title": "New"}]]}
        refresh_episodes(server.account, series, "5", answer)
        assert self.numbers(series) == [(1, 1, "New")]
        assert series.episodes.get().pk == first.pk

    def test_an_answer_of_nothing_touches_nothing(self, server: Server, series: Any) -> None:
        refresh_episodes(server.account, series, "5")
        server.said["get_series_info"] = []
        assert refresh_episodes(server.account, series, "5") == 0
        assert len(self.numbers(series)) == 2

    def test_as_plugins_call_it(self, server: Server, series: Any) -> None:
        from apps.vod.tasks import batch_refresh_series_episodes, refresh_series_episodes

        refresh_series_episodes(server.account, series, "5")
        assert len(self.numbers(series)) == 2
        data = {"2": [{"id": "99", "episode_num": 9, "title": "Nine"}]}
        refresh_series_episodes(server.account, series, "5", episodes_data=data)
        assert self.numbers(series) == [(2, 9, "Nine")]
        assert batch_refresh_series_episodes(server.account.pk) == "1 of 1 series refreshed"

    def test_a_server_that_is_gone(self, server: Server, series: Any, closed_port: str) -> None:
        server.account.server_url = closed_port
        with pytest.raises(Unreachable):
            refresh_episodes(server.account, series, "5")


def test_more_about_a_film(server: Server) -> None:
    from apps.vod.tasks import refresh_movie_advanced_data

    server.refresh()
    server.said["get_vod_info"] = {"info": {"plot": "Long", "director": "D", "duration_secs": 90}}
    relation = films()["Film"].m3u_relations.get()
    assert refresh_movie_advanced_data(relation.pk) == "Film: refreshed"
    assert refresh_movie_advanced_data(relation.pk) == "known already"
    film = films()["Film"]
    assert (film.description, film.duration_secs) == ("Long", 90)
    assert film.custom_properties["director"] == "D"
    relation.refresh_from_db()
    assert relation.custom_properties["detailed_info"]["plot"] == "Long"
    assert "there is no offer" in refresh_movie(999)
