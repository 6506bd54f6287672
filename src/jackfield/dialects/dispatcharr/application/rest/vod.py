"""``/api/vod/…``: films, series, episodes and categories, to read."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields

_COMMON = (
    "uuid name description year rating genre tmdb_id imdb_id custom_properties created_at "
    "updated_at"
)


def vod_routes() -> list[BaseRoute]:
    base = "/api/vod"
    return [
        *FILMS.routes(f"{base}/movies/"),
        *SERIES.routes(f"{base}/series/"),
        *EPISODES.routes(f"{base}/episodes/"),
        *EPISODES_OF.routes(f"{base}/series/{{series:int}}/episodes/"),
        *CATEGORIES.routes(f"{base}/categories/"),
    ]


def _logos(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.vod.models import VODLogo

    logos = VODLogo.objects.in_bulk({row.logo_id for row in rows if row.logo_id})
    more = {}
    for row in rows:
        logo = logos.get(row.logo_id)
        shown = None
        if logo is not None:
            cache = f"/api/vod/vodlogos/{logo.pk}/cache/"
            shown = {"id": logo.pk, "name": logo.name, "url": logo.url, "cache_url": cache}
        more[row.pk] = {"logo": shown, "title": row.name, "plot": row.description}
    return more


FILMS = Resource(
    "apps.vod.models:Movie",
    fields(f"{_COMMON} duration_secs is_adult"),
    search=("name", "description", "genre"),
    filters={
        "name": "name__icontains",
        "year": "year",
        "genre": "genre__icontains",
        "m3u_account": "m3u_relations__m3u_account_id",
        "category": "m3u_relations__category__name",
    },
    order=("name",),
    paged=True,
    verbs=("GET",),
    more=_logos,
)

SERIES = Resource(
    "apps.vod.models:Series",
    fields(_COMMON),
    search=("name", "description", "genre"),
    filters={
        "name": "name__icontains",
        "year": "year",
        "genre": "genre__icontains",
        "m3u_account": "m3u_relations__m3u_account_id",
        "category": "m3u_relations__category__name",
    },
    order=("name",),
    paged=True,
    verbs=("GET",),
    more=_logos,
)

_EPISODE = fields(
    "uuid name description air_date rating duration_secs series season_number episode_number "
    "tmdb_id imdb_id custom_properties created_at updated_at",
    series="series_id",
)

EPISODES = Resource(
    "apps.vod.models:Episode",
    _EPISODE,
    search=("name",),
    filters={"series": "series_id", "season_number": "season_number"},
    order=("series_id", "season_number", "episode_number"),
    paged=True,
    verbs=("GET",),
)

EPISODES_OF = Resource(
    "apps.vod.models:Episode",
    _EPISODE,
    order=("season_number", "episode_number"),
    parent=("series_id", "series"),
    verbs=("GET",),
)


def _accounts_of(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.vod.models import M3UVODCategoryRelation

    more: dict[Any, dict[str, Any]] = {row.pk: {"m3u_accounts": []} for row in rows}
    links = M3UVODCategoryRelation.objects.filter(category__in=rows)
    for category, account, enabled in links.values_list("category_id", "m3u_account_id", "enabled"):
        more[category]["m3u_accounts"].append(
            {"category": category, "m3u_account": account, "enabled": enabled}
        )
    return more


CATEGORIES = Resource(
    "apps.vod.models:VODCategory",
    fields("name category_type"),
    search=("name",),
    filters={"category_type": "category_type"},
    order=("name",),
    verbs=("GET",),
    more=_accounts_of,
)
