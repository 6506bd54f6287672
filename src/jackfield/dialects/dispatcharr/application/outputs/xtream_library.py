"""Films and series in the form of the Xtream player API.

A film's stream id is its primary key, an episode's id that of the episode. What no active account
offers is left out; of several offers the account with the highest priority counts.
"""

from __future__ import annotations

from typing import Any

from jackfield.dialects.dispatcharr.application.calls import Call
from jackfield.dialects.dispatcharr.application.failures import no_such

_EXTENSION = "mp4"
_NO_CATEGORY = 0


def film_categories(_call: Call, _user: Any, _said: dict[str, Any]) -> list[dict[str, Any]]:
    return _categories(_film_offers())


def series_categories(_call: Call, _user: Any, _said: dict[str, Any]) -> list[dict[str, Any]]:
    return _categories(_series_offers())


def films(call: Call, _user: Any, said: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for offer in _first_of_each(_in_category(_film_offers(), said), "movie_id"):
        film = offer.movie
        rows.append(
            {
                "num": len(rows) + 1,
                "name": film.name,
                "stream_type": "movie",
                "stream_id": film.pk,
                "stream_icon": _picture(call, film.logo_id),
                "rating": film.rating or "0",
                "rating_5based": _of_five(film.rating),
                "added": _seconds(film.created_at),
                "is_adult": str(int(film.is_adult)),
                "category_id": str(offer.category_id or _NO_CATEGORY),
                "category_ids": [offer.category_id or _NO_CATEGORY],
                "container_extension": offer.container_extension or _EXTENSION,
                "tmdb_id": film.tmdb_id or "",
                "custom_sid": None,
                "direct_source": "",
            }
        )
    return rows


def film(call: Call, _user: Any, said: dict[str, Any]) -> dict[str, Any]:
    """:raises Refused: 404, no account offers such a film."""
    key = str(said.get("vod_id") or "")
    offers = _film_offers().filter(movie_id=int(key) if key.isdecimal() else 0)
    offer = next(iter(_first_of_each(offers, "movie_id")), None)
    if offer is None:
        raise no_such(f"Film {key}")
    film = offer.movie
    seconds = film.duration_secs or 0
    said_more = film.custom_properties or {}
    return {
        "info": {
            "name": film.name,
            "o_name": film.name,
            "movie_image": _picture(call, film.logo_id),
            "cover_big": _picture(call, film.logo_id),
            "plot": film.description or "",
            "description": film.description or "",
            "genre": film.genre or "",
            "releasedate": str(film.year or ""),
            "year": film.year,
            "rating": film.rating or "0",
            "tmdb_id": film.tmdb_id or "",
            "duration_secs": seconds,
            "duration": _duration(seconds),
            "director": said_more.get("director") or "",
            "cast": said_more.get("actors") or said_more.get("cast") or "",
            "country": said_more.get("country") or "",
            "youtube_trailer": said_more.get("youtube_trailer") or "",
            "backdrop_path": said_more.get("backdrop_path") or [],
        },
        "movie_data": {
            "stream_id": film.pk,
            "name": film.name,
            "added": _seconds(film.created_at),
            "category_id": str(offer.category_id or _NO_CATEGORY),
            "category_ids": [offer.category_id or _NO_CATEGORY],
            "container_extension": offer.container_extension or _EXTENSION,
            "custom_sid": None,
            "direct_source": "",
        },
    }


def all_series(call: Call, _user: Any, said: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for offer in _first_of_each(_in_category(_series_offers(), said), "series_id"):
        rows.append({"num": len(rows) + 1, **_about_series(call, offer)})
    return rows


def series(call: Call, _user: Any, said: dict[str, Any]) -> dict[str, Any]:
    """:raises Refused: 404, no account offers such a series."""
    from apps.vod.models import M3UEpisodeRelation

    key = str(said.get("series_id") or "")
    offers = _series_offers().filter(series_id=int(key) if key.isdecimal() else 0)
    offer = next(iter(_first_of_each(offers, "series_id")), None)
    if offer is None:
        raise no_such(f"Series {key}")
    rows = (
        M3UEpisodeRelation.objects.filter(
            episode__series_id=offer.series_id, m3u_account__is_active=True
        )
        .select_related("episode")
        .order_by("episode__season_number", "episode__episode_number", "-m3u_account__priority")
    )
    seasons: dict[str, list[dict[str, Any]]] = {}
    for row in _first_of_each(rows, "episode_id"):
        episode = row.episode
        seconds = episode.duration_secs or 0
        season = str(episode.season_number or 0)
        seasons.setdefault(season, []).append(
            {
                "id": str(episode.pk),
                "episode_num": episode.episode_number or 0,
                "title": episode.name,
                "container_extension": row.container_extension or _EXTENSION,
                "season": episode.season_number or 0,
                "added": _seconds(episode.created_at),
                "custom_sid": None,
                "direct_source": "",
                "info": {
                    "plot": episode.description or "",
                    "releasedate": str(episode.air_date or ""),
                    "rating": episode.rating or "0",
                    "duration_secs": seconds,
                    "duration": _duration(seconds),
                },
            }
        )
    about = _about_series(call, offer)
    return {
        "seasons": [
            {
                "season_number": int(season),
                "name": f"Season {season}",
                "episode_count": len(episodes),
                "cover": about["cover"],
            }
            for season, episodes in seasons.items()
        ],
        "info": about,
        "episodes": seasons,
    }


def _about_series(call: Call, offer: Any) -> dict[str, Any]:
    row = offer.series
    said_more = row.custom_properties or {}
    return {
        "name": row.name,
        "series_id": row.pk,
        "cover": _picture(call, row.logo_id),
        "plot": row.description or "",
        "cast": said_more.get("cast") or "",
        "director": said_more.get("director") or "",
        "genre": row.genre or "",
        "releaseDate": str(row.year or ""),
        "release_date": str(row.year or ""),
        "last_modified": _seconds(row.updated_at),
        "rating": row.rating or "0",
        "rating_5based": _of_five(row.rating),
        "backdrop_path": said_more.get("backdrop_path") or [],
        "youtube_trailer": said_more.get("youtube_trailer") or "",
        "episode_run_time": said_more.get("episode_run_time") or "0",
        "tmdb": row.tmdb_id or "",
        "category_id": str(offer.category_id or _NO_CATEGORY),
        "category_ids": [offer.category_id or _NO_CATEGORY],
    }


# Rows --------------------------------------------------------------------------------------------


def _film_offers() -> Any:
    from apps.vod.models import M3UMovieRelation

    rows = M3UMovieRelation.objects.filter(m3u_account__is_active=True)
    rows = rows.select_related("movie", "category")
    return rows.order_by("movie__name", "movie_id", "-m3u_account__priority", "pk")


def _series_offers() -> Any:
    from apps.vod.models import M3USeriesRelation

    rows = M3USeriesRelation.objects.filter(m3u_account__is_active=True)
    rows = rows.select_related("series", "category")
    return rows.order_by("series__name", "series_id", "-m3u_account__priority", "pk")


def _in_category(offers: Any, said: dict[str, Any]) -> Any:
    wanted = str(said.get("category_id") or "")
    if not wanted:
        return offers
    if not wanted.isdecimal():
        return offers.none()
    return offers.filter(category_id=int(wanted) or None)


def _first_of_each(offers: Any, key: str) -> list[Any]:
    seen: dict[int, Any] = {}
    for offer in offers:
        seen.setdefault(getattr(offer, key), offer)
    return list(seen.values())


def _categories(offers: Any) -> list[dict[str, Any]]:
    pairs = offers.order_by("category__name", "category_id")
    pairs = pairs.values_list("category_id", "category__name").distinct()
    return [
        {
            "category_id": str(key or _NO_CATEGORY),
            "category_name": name or "Uncategorized",
            "parent_id": 0,
        }
        for key, name in pairs
    ]


def _picture(call: Call, logo: int | None) -> str:
    return call.link(f"/api/vod/vodlogos/{logo}/cache/") if logo else ""


def _seconds(moment: Any) -> str:
    return str(int(moment.timestamp()))


def _duration(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _of_five(rating: str | None) -> float:
    try:
        return round(min(max(float(rating or 0), 0), 10) / 2, 1)
    except ValueError:
        return 0.0
