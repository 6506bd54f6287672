"""Tasks that refresh films and series, under the names that plugins know.

Source: dispatcharr spec 4.2 (``refresh_series_episodes`` is a plain function) and 6 (XC).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import dispatcharr.celery  # noqa: F401 - the application that delay() sends with
from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task
def refresh_vod_content(account_id: int, *_: Any, **__: Any) -> str:
    """Refresh the films and series of one Xtream account; says how it went."""
    from jackfield.dialects.dispatcharr.iptv.vod_refresh import refresh_vod

    return refresh_vod(account_id).message


@shared_task
def refresh_movie_advanced_data(
    m3u_movie_relation_id: int, force_refresh: bool = False, *_: Any, **__: Any
) -> str:
    """Ask for all that the server knows of one film; once, unless it is forced."""
    from apps.vod.models import M3UMovieRelation
    from jackfield.dialects.dispatcharr.iptv.vod_refresh import refresh_movie

    known = M3UMovieRelation.objects.filter(
        pk=m3u_movie_relation_id, last_advanced_refresh__isnull=False
    )
    if known.exists() and not force_refresh:
        return "known already"
    return refresh_movie(m3u_movie_relation_id)


def refresh_series_episodes(
    account: Any, series: Any, external_series_id: Any, episodes_data: Any = None
) -> int:
    """Ask for the episodes of one series and store them; how many the account offers.

    :param episodes_data: what the server said of the episodes, if it was asked already: all of its
        answer, or what stands under ``episodes``.
    :raises JackfieldError: the server cannot be asked.
    """
    from jackfield.dialects.dispatcharr.iptv.vod_refresh import refresh_episodes

    answer = episodes_data
    if answer is not None and not (isinstance(answer, dict) and "episodes" in answer):
        answer = {"episodes": episodes_data}
    return refresh_episodes(account, series, external_series_id, answer)


@shared_task
def batch_refresh_series_episodes(
    account_id: int, series_ids: Sequence[int] | None = None, *_: Any, **__: Any
) -> str:
    """Ask for the episodes of all series of an account, or of those whose keys are given."""
    from apps.vod.models import M3USeriesRelation
    from jackfield.dialects.dispatcharr.worker.progress import check_cancelled, report
    from jackfield.errors import JackfieldError

    relations = M3USeriesRelation.objects.filter(m3u_account_id=account_id)
    if series_ids is not None:
        relations = relations.filter(series_id__in=list(series_ids))
    total, good = relations.count(), 0
    for number, relation in enumerate(relations.select_related("series", "m3u_account")):
        check_cancelled()
        report(number / total, relation.series.name)
        try:
            refresh_series_episodes(
                relation.m3u_account, relation.series, relation.external_series_id
            )
            good += 1
        except JackfieldError as error:
            logger.warning("%s: %s", relation.series.name, error)
    return f"{good} of {total} series refreshed"


@shared_task
def cleanup_orphaned_vod_content(*_: Any, **__: Any) -> str:
    """Delete films and series that no account offers any more."""
    from apps.vod.models import Movie, Series

    counts = []
    for model in (Movie, Series):
        orphans = model.objects.filter(m3u_relations__isnull=True)
        counts.append(orphans.count())
        orphans.delete()
    return f"{counts[0]} films and {counts[1]} series deleted"
