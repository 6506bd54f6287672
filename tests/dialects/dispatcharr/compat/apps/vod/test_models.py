"""Films, series, episodes and who offers them."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def models() -> Any:
    from apps.vod import models

    return models


@pytest.fixture
def account() -> Any:
    from apps.m3u.models import M3UAccount

    return M3UAccount.objects.create(name="A", account_type="XC")


def test_a_film_and_who_offers_it(models: Any, account: Any) -> None:
    category = models.VODCategory.objects.create(name="Drama", category_type="movie")
    logo = models.VODLogo.objects.create(name="p", url="http://p")
    film = models.Movie.objects.create(name="Film", year=1999, logo=logo, duration_secs=60)
    relation = models.M3UMovieRelation.objects.create(
        m3u_account=account, movie=film, category=category, stream_id="7"
    )
    assert list(film.m3u_relations.all()) == [relation]
    assert list(logo.movie.all()) == [film]
    assert models.Movie.objects.filter(m3u_relations__m3u_account=account).get() == film
    category.delete()
    relation.refresh_from_db()
    assert relation.category is None
    account.delete()
    assert not models.M3UMovieRelation.objects.exists()
    assert models.Movie.objects.exists()


def test_a_series_and_its_episodes(models: Any, account: Any) -> None:
    from django.db import IntegrityError, transaction

    series = models.Series.objects.create(name="Series")
    relation = models.M3USeriesRelation.objects.create(
        m3u_account=account, series=series, external_series_id="3"
    )
    episode = models.Episode.objects.create(
        series=series, name="Pilot", season_number=1, episode_number=1
    )
    models.M3UEpisodeRelation.objects.create(
        m3u_account=account, episode=episode, series_relation=relation, stream_id="9"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Episode.objects.create(series=series, name="x", season_number=1, episode_number=1)
    assert list(series.episodes.all()) == [episode]
    series.delete()
    assert not models.Episode.objects.exists()
    assert not models.M3UEpisodeRelation.objects.exists()


@pytest.mark.parametrize("field", ["tmdb_id", "imdb_id"])
def test_a_film_is_known_by_its_number_elsewhere(models: Any, field: str) -> None:
    from django.db import IntegrityError

    models.Movie.objects.create(name="a", **{field: "1"})
    models.Movie.objects.create(name="without")
    models.Movie.objects.create(name="without, too")
    with pytest.raises(IntegrityError):
        models.Movie.objects.create(name="b", **{field: "1"})


def test_an_account_offers_a_stream_once(models: Any, account: Any) -> None:
    from django.db import IntegrityError

    one, two = (models.Movie.objects.create(name=name) for name in "ab")
    models.M3UMovieRelation.objects.create(m3u_account=account, movie=one, stream_id="7")
    with pytest.raises(IntegrityError):
        models.M3UMovieRelation.objects.create(m3u_account=account, movie=two, stream_id="7")


def test_a_category_is_off_until_wanted(models: Any, account: Any) -> None:
    category = models.VODCategory.objects.create(name="Drama")
    relation = models.M3UVODCategoryRelation.objects.create(m3u_account=account, category=category)
    assert relation.enabled is False
    assert list(category.m3u_relations.all()) == [relation]


def test_rows_show_what_they_are(models: Any) -> None:
    assert str(models.Movie(name="Film", year=1999)) == "Film (1999)"
    assert str(models.Series(name="Series")) == "Series"
    assert str(models.VODCategory(name="Drama", category_type="movie")) == "Drama (movie)"
    episode = models.Episode(name="Pilot", season_number=1, episode_number=2)
    assert str(episode) == "Pilot (season 1, episode 2)"
