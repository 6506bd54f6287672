"""Refreshes the films and series that an Xtream account offers.

Source: dispatcharr spec 6 (XC) and 4.2 (``refresh_series_episodes``). Episodes are asked for one
series at a time, when somebody wants them: a server has ten thousand series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jackfield.dialects.dispatcharr.iptv import reports
from jackfield.dialects.dispatcharr.iptv.exclusive import Busy, only_one
from jackfield.dialects.dispatcharr.iptv.m3u_refresh import Outcome
from jackfield.dialects.dispatcharr.iptv.reports import Listener, Report
from jackfield.dialects.dispatcharr.iptv.spool import Spool
from jackfield.dialects.dispatcharr.iptv.vod_items import (
    EpisodeItem,
    Work,
    episodes_of,
    movie_of,
    properties_of,
    series_of,
)
from jackfield.dialects.dispatcharr.iptv.vod_writer import Kind, WorkWriter, keep_categories
from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient
from jackfield.errors import JackfieldError

LOCK = "refresh_vod_content"
_BATCH = 500


def client_of(account: Any) -> XtreamClient:
    """A client for an account's server.

    :raises BadSource: its address is none.
    """
    agent = account.get_user_agent()
    return XtreamClient(
        account.server_url or "",
        account.username,
        account.password,
        agent.user_agent if agent else "",
    )


def refresh_vod(account_id: int, *, listen: Listener | None = None) -> Outcome:
    """Bring the films and series of an account up to date; nothing is raised.

    :raises TaskCancelled: somebody cancelled the task.
    """
    from apps.m3u.models import M3UAccount

    account = M3UAccount.objects.filter(pk=account_id, is_active=True).first()
    if account is None or account.account_type != M3UAccount.Types.XC:
        return Outcome("error", f"there is no active Xtream account {account_id}")
    report = Report("vod_refresh", "account", account.pk, account.name, listen)
    try:
        with only_one(LOCK, account_id), client_of(account) as client:
            client.authenticate()
            movies = _refresh(
                account, Kind.movies(), client.get_vod_categories(), client.movies(), movie_of,
                report,
            )  # fmt: skip
            series = _refresh(
                account, Kind.series(), client.get_series_categories(), client.series(), series_of,
                report,
            )  # fmt: skip
    except Busy:
        return Outcome(account.status, f"films of {account.name} are being refreshed already")
    except JackfieldError as error:
        message = f"films and series: {error}"
        reports.log(f"{account.name}: {message}")
        report.say("parsing", 100, status="error", message=message, error=message)
        return Outcome("error", message)
    counts = {
        "movies": movies.processed, "movies_created": movies.created,
        "movies_deleted": movies.deleted, "series": series.processed,
        "series_created": series.created, "series_deleted": series.deleted,
    }  # fmt: skip
    message = f"{movies.processed} films and {series.processed} series"
    report.say("parsing", 100, status="success", message=message, **counts)
    return Outcome("success", message, counts)


def _refresh(
    account: Any,
    kind: Kind,
    categories: list[dict[str, Any]],
    items: Iterator[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], Work | None],
    report: Report,
) -> WorkWriter:
    """Read all of a kind, then write it in one transaction. Nothing read changes nothing."""
    from django.db import transaction
    from django.utils import timezone

    with Spool(_BATCH) as spool:
        for number, item in enumerate(items):
            work = read(item)
            if work is not None:
                spool.add(work)
            if number % 500 == 0:
                report.step(f"reading_{kind.name}", 0, processed=number)
        seen = timezone.now()
        with transaction.atomic():
            known, wanted = keep_categories(account, kind.name, categories)
            writer = WorkWriter(account, kind, known, wanted, seen)
            if spool.count == 0:
                return writer
            done = 0
            for batch in spool.batches():
                writer.write([Work(*row) for row in batch])
                done += len(batch)
                report.step(f"writing_{kind.name}", 100 * done / spool.count, processed=done)
            writer.finish(account.stale_stream_days)
    return writer


def refresh_episodes(
    account: Any,
    series: Any,
    external_series_id: str | int,
    answer: Mapping[str, Any] | None = None,
) -> int:
    """Ask for the episodes of one series and store them.

    :param answer: what the server said to ``get_series_info``, if it was asked already.
    :returns: how many episodes the account offers.
    :raises JackfieldError: the server cannot be asked.
    """
    from apps.vod.models import M3USeriesRelation
    from django.db import transaction
    from django.utils import timezone

    if answer is None:
        with client_of(account) as client:
            answer = client.get_series_info(external_series_id)
    episodes = list(episodes_of(answer))
    seen = timezone.now()
    with transaction.atomic():
        relation = M3USeriesRelation.objects.filter(
            m3u_account=account, external_series_id=str(external_series_id)
        ).first()
        _fill_series(series, answer.get("info"))
        if episodes:
            _keep_episodes(account, series, relation, episodes, seen)
        if relation is not None:
            relation.last_episode_refresh = seen
            relation.custom_properties = {
                **(relation.custom_properties or {}),
                "episodes_fetched": True,
                "detailed_fetched": True,
            }
            relation.save(update_fields=["last_episode_refresh", "custom_properties", "updated_at"])
    return len(episodes)


def _keep_episodes(
    account: Any, series: Any, relation: Any, items: list[EpisodeItem], seen: Any
) -> None:
    from apps.vod.models import Episode, M3UEpisodeRelation

    stored = {
        (episode.season_number, episode.episode_number): episode
        for episode in Episode.objects.filter(series=series)
    }
    new, changed = {}, {}
    for item in items:
        place = (item.season, item.number)
        values = {
            "name": item.name, "description": item.description, "air_date": item.air_date,
            "rating": item.rating, "duration_secs": item.duration_secs,
            "custom_properties": item.properties,
        }  # fmt: skip
        if place in new:
            continue  # the same in another quality: one episode with two streams
        episode = stored.get(place)
        if episode is None:
            new[place] = Episode(
                series=series, season_number=item.season, episode_number=item.number, **values
            )
            continue
        for field, value in values.items():
            setattr(episode, field, value)
        changed[place] = episode
    made = Episode.objects.bulk_create(list(new.values()), batch_size=200)
    fields = ["name", "description", "air_date", "rating", "duration_secs", "custom_properties"]
    Episode.objects.bulk_update(list(changed.values()), fields, batch_size=100)
    stored |= dict(zip(new, made, strict=True))
    offers = {
        offer.stream_id: offer
        for offer in M3UEpisodeRelation.objects.filter(
            m3u_account=account, stream_id__in=[item.stream_id for item in items]
        )
    }
    for item in items:
        offer = offers.get(item.stream_id)
        if offer is None:
            offer = M3UEpisodeRelation(m3u_account=account, stream_id=item.stream_id)
            offers[item.stream_id] = offer
        offer.episode = stored[item.season, item.number]
        offer.series_relation, offer.last_seen = relation, seen
        offer.container_extension = item.extension or "mp4"
        offer.custom_properties = {"info": item.said}
    M3UEpisodeRelation.objects.bulk_create(
        [offer for offer in offers.values() if offer.pk is None], batch_size=500
    )
    M3UEpisodeRelation.objects.bulk_update(
        [offer for offer in offers.values() if offer.pk is not None],
        ["episode", "series_relation", "last_seen", "container_extension", "custom_properties"],
        batch_size=100,
    )
    mine = M3UEpisodeRelation.objects.filter(m3u_account=account, episode__series=series)
    mine.filter(last_seen__lt=seen).delete()
    Episode.objects.filter(series=series, m3u_relations__isnull=True).delete()


def _fill_series(series: Any, info: Any) -> None:
    """Take what only the detailed answer says."""
    if not isinstance(info, dict):
        return
    found = series_of({**info, "series_id": "0"})
    assert found is not None
    for field in ("description", "year", "rating", "genre"):
        if not getattr(series, field):
            setattr(series, field, getattr(found, field))
    series.custom_properties = {**(series.custom_properties or {}), **properties_of(info)}
    series.save()


def refresh_movie(relation_id: int) -> str:
    """Ask for all that the server knows of one film; says how it went."""
    from apps.vod.models import M3UMovieRelation
    from django.utils import timezone

    relation = (
        M3UMovieRelation.objects.select_related("movie", "m3u_account")
        .filter(pk=relation_id)
        .first()
    )
    if relation is None:
        return f"there is no offer {relation_id}"
    try:
        with client_of(relation.m3u_account) as client:
            answer = client.get_vod_info(relation.stream_id)
    except JackfieldError as error:
        return f"{relation.movie.name}: {error}"
    said = answer.get("info")
    info: dict[str, Any] = said if isinstance(said, dict) else {}
    found = movie_of({**info, "stream_id": relation.stream_id})
    assert found is not None
    movie = relation.movie
    for field in ("description", "year", "rating", "genre", "duration_secs"):
        if not getattr(movie, field):
            setattr(movie, field, getattr(found, field))
    movie.custom_properties = {**(movie.custom_properties or {}), **found.properties}
    movie.save()
    relation.custom_properties = {
        **(relation.custom_properties or {}),
        "detailed_info": info,
        "detailed_fetched": True,
    }
    relation.last_advanced_refresh = timezone.now()
    relation.save()
    return f"{movie.name}: refreshed"
