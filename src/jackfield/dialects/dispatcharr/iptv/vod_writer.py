"""Writes the films or series that an account offers.

A film that two accounts offer is one row with two relations. Source: dispatcharr spec 5.1
(``apps.vod``) and 6 (XC).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.iptv.rows import parts
from jackfield.dialects.dispatcharr.iptv.vod_items import Work

_FILLED = ("description", "year", "rating", "genre", "logo_id")


@dataclass(frozen=True)
class Kind:
    """Films or series: their models, and what their relations call the work and its id."""

    name: str
    work: Any
    relation: Any
    link: str
    external: str

    @classmethod
    def movies(cls) -> Kind:
        """Films."""
        from apps.vod.models import M3UMovieRelation, Movie

        return cls("movie", Movie, M3UMovieRelation, "movie", "stream_id")

    @classmethod
    def series(cls) -> Kind:
        """Series."""
        from apps.vod.models import M3USeriesRelation, Series

        return cls("series", Series, M3USeriesRelation, "series", "external_series_id")


def keep_categories(
    account: Any, kind: str, items: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, int], set[int]]:
    """Store the categories of films (``movie``) or ``series``, and which are wanted.

    :returns: their keys by the server's ``category_id``, and the keys of those that are wanted.
    """
    from apps.vod.models import M3UVODCategoryRelation, VODCategory

    from jackfield.dialects.dispatcharr.iptv.stream_row import text

    option = "auto_enable_new_groups_vod" if kind == "movie" else "auto_enable_new_groups_series"
    wanted = (account.custom_properties or {}).get(option, True) is not False
    known: dict[str, int] = {}
    on: set[int] = set()
    for item in items:
        identity = text(item.get("category_id"))
        name = (text(item.get("category_name")) or "Uncategorized")[:255]
        category, _ = VODCategory.objects.get_or_create(name=name, category_type=kind)
        relation, _ = M3UVODCategoryRelation.objects.get_or_create(
            m3u_account=account,
            category=category,
            defaults={"enabled": wanted, "custom_properties": {"xc_id": identity}},
        )
        known[identity] = category.pk
        if relation.enabled:
            on.add(category.pk)
    return known, on


class WorkWriter:
    """Takes works in batches, inside the transaction that the caller opened.

    :param categories: keys by the server's ids.
    :param wanted: keys of the categories that are taken; a work without a category is.
    """

    def __init__(
        self,
        account: Any,
        kind: Kind,
        categories: Mapping[str, int],
        wanted: set[int],
        seen: datetime,
    ) -> None:
        self._account = account
        self._kind = kind
        self._categories = categories
        self._wanted = wanted
        self._seen = seen
        self.created = self.processed = self.deleted = 0

    def write(self, batch: Sequence[Work]) -> None:
        """Write works; of equal ids the first counts."""
        fresh: dict[str, Work] = {}
        for work in batch:
            category = self._categories.get(work.category)
            if category is None or category in self._wanted:
                fresh.setdefault(work.external_id, work)
        self.processed += len(fresh)
        logos = _logos({work.logo: work.name for work in fresh.values() if work.logo})
        relations = self._relations(list(fresh))
        known = self._known(fresh.values())
        new: dict[tuple[str, Any], Any] = {}
        filled: dict[int, Any] = {}
        homes: dict[str, Any] = {}
        for external, work in fresh.items():
            logo = logos.get(work.logo or "")
            relation = relations.get(external)
            home = getattr(relation, self._kind.link) if relation else None
            home = home or known.get(work.identity) or new.get(work.identity)
            if home is None:
                home = new[work.identity] = self._made(work, logo)
            elif home.pk and _fill(home, work, logo):
                filled[home.pk] = home
            homes[external] = home
        self._drop_taken_ids(new.values())
        self._kind.work.objects.bulk_create(list(new.values()), batch_size=200)
        self._kind.work.objects.bulk_update(list(filled.values()), _FILLED, batch_size=100)
        self.created += len(new)
        self._relate(fresh, homes, relations)

    def _relations(self, externals: list[str]) -> dict[str, Any]:
        found = {}
        for part in parts(externals):
            rows = self._kind.relation.objects.filter(
                **{"m3u_account": self._account, f"{self._kind.external}__in": part}
            ).select_related(self._kind.link)
            found.update({getattr(row, self._kind.external): row for row in rows})
        return found

    def _known(self, works: Iterable[Work]) -> dict[tuple[str, Any], Any]:
        """Stored works by what makes them the same as given ones."""
        wanted: dict[str, list[Any]] = {"tmdb": [], "imdb": [], "name": []}
        for work in works:
            which, value = work.identity
            wanted[which].append(value)
        rows = self._kind.work.objects
        found: dict[tuple[str, Any], Any] = {}
        for part in parts(wanted["tmdb"]):
            found.update({("tmdb", row.tmdb_id): row for row in rows.filter(tmdb_id__in=part)})
        for part in parts(wanted["imdb"]):
            found.update({("imdb", row.imdb_id): row for row in rows.filter(imdb_id__in=part)})
        for part in parts([name for name, _ in wanted["name"]]):
            # One that a public database knows is another of the same name.
            same = rows.filter(name__in=part, tmdb_id=None, imdb_id=None)
            found.update({("name", (row.name, row.year)): row for row in same})
        return found

    def _made(self, work: Work, logo: int | None) -> Any:
        values: dict[str, Any] = {
            "name": work.name, "description": work.description, "year": work.year,
            "rating": work.rating, "genre": work.genre, "tmdb_id": work.tmdb_id,
            "imdb_id": work.imdb_id, "logo_id": logo, "custom_properties": work.properties,
        }  # fmt: skip
        if self._kind.name == "movie":
            values |= {"duration_secs": work.duration_secs, "is_adult": work.is_adult}
        return self._kind.work(**values)

    def _drop_taken_ids(self, made: Iterable[Any]) -> None:
        """Two rows may not have one ``imdb_id``: a second one with another ``tmdb_id`` has none."""
        rows = [row for row in made if row.imdb_id and row.tmdb_id]
        stored = self._kind.work.objects
        taken: set[str] = set()
        for part in parts([row.imdb_id for row in rows]):
            taken |= set(stored.filter(imdb_id__in=part).values_list("imdb_id", flat=True))
        taken |= {row.imdb_id for row in made if row.imdb_id and not row.tmdb_id}
        for row in rows:
            if row.imdb_id in taken:
                row.imdb_id = None
            else:
                taken.add(row.imdb_id)

    def _relate(
        self, fresh: Mapping[str, Work], homes: Mapping[str, Any], relations: Mapping[str, Any]
    ) -> None:
        new, changed = [], []
        for external, work in fresh.items():
            category = self._categories.get(work.category)
            relation = relations.get(external)
            if relation is None:
                relation = self._kind.relation(
                    **{"m3u_account": self._account, self._kind.external: external}
                )
                setattr(relation, f"{self._kind.link}_id", homes[external].pk)
                new.append(relation)
            else:
                changed.append(relation)
            relation.category_id, relation.last_seen = category, self._seen
            kept = relation.custom_properties or {}
            relation.custom_properties = {**kept, "basic_data": work.said}
            if self._kind.name == "movie":
                relation.container_extension = work.extension or "mp4"
        fields = ["category", "last_seen", "custom_properties"]
        if self._kind.name == "movie":
            fields.append("container_extension")
        self._kind.relation.objects.bulk_create(new, batch_size=500)
        self._kind.relation.objects.bulk_update(changed, fields, batch_size=100)

    def finish(self, stale_days: int) -> None:
        """Delete the relations that were not seen for *stale_days*, and at once those of categories
        that are not wanted; then the works that no account offers any more."""
        mine = self._kind.relation.objects.filter(m3u_account=self._account)
        missing = mine.filter(last_seen__lt=self._seen)
        off = set(self._categories.values()) - self._wanted
        missing.filter(category_id__in=off).delete()
        missing.filter(last_seen__lt=self._seen - timedelta(days=stale_days)).delete()
        _, kinds = self._kind.work.objects.filter(m3u_relations__isnull=True).delete()
        self.deleted = int(kinds.get(self._kind.work._meta.label, 0))  # noqa: SLF001


def _logos(named: Mapping[str | None, str]) -> dict[str, int]:
    from apps.vod.models import VODLogo

    urls = [url for url in named if url]
    rows = [VODLogo(url=url, name=named[url]) for url in urls]
    VODLogo.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    found: dict[str, int] = {}
    for part in parts(urls):
        found.update(VODLogo.objects.filter(url__in=part).values_list("url", "pk"))
    return found


def _fill(row: Any, work: Work, logo: int | None) -> bool:
    """Fill in what a stored work did not know; what it knows stays, somebody may have edited it."""
    values = (work.description, work.year, work.rating, work.genre, logo)
    changed = False
    for field, value in zip(_FILLED, values, strict=True):
        if value and not getattr(row, field):
            setattr(row, field, value)
            changed = True
    return changed
