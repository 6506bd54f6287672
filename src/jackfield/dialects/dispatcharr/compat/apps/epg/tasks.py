"""Tasks that refresh guides, under the names that plugins know. Source: dispatcharr spec 4.2, 7."""

from __future__ import annotations

from typing import Any

import dispatcharr.celery  # noqa: F401 - the application that delay() sends with
from celery import shared_task


@shared_task
def refresh_all_epg_data() -> str:
    """Refresh every guide that is switched on, one after another; says how it went."""
    from apps.epg.models import EPGSource
    from jackfield.dialects.dispatcharr.iptv.epg_refresh import refresh_source

    sources = EPGSource.objects.filter(is_active=True)
    sources = sources.exclude(source_type=EPGSource.SourceType.DUMMY)
    outcomes = [refresh_source(key) for key in list(sources.values_list("pk", flat=True))]
    good = sum(outcome.ok for outcome in outcomes)
    return f"{good} of {len(outcomes)} EPG sources refreshed"


@shared_task
def refresh_epg_data(source_id: int, *_: Any, **__: Any) -> str:
    """Refresh one guide; says how it went."""
    from jackfield.dialects.dispatcharr.iptv.epg_refresh import refresh_source

    return refresh_source(source_id).message


@shared_task
def parse_programs_for_tvg_id(epg_id: int, *_: Any, **__: Any) -> str:
    """Read the programmes of one channel of a guide that was fetched before."""
    from jackfield.dialects.dispatcharr.iptv.epg_refresh import parse_programmes

    return parse_programmes(epg_id)
