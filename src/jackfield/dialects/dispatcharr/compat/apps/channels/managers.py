"""Query sets of channels.

Source: dispatcharr spec 5.1 (``with_effective_values``).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F

EFFECTIVE = (
    "name",
    "channel_number",
    "channel_group_id",
    "logo_id",
    "tvg_id",
    "tvc_guide_stationid",
    "epg_data_id",
    "stream_profile_id",
)
"""Fields that have an ``effective_…`` beside them: what holds after a user's overrides."""

_RELATED = ("channel_group", "logo", "epg_data", "stream_profile")


def with_effective_values(queryset: Any, select_related_fks: bool = False) -> Any:
    """*queryset* with ``effective_name``, ``effective_channel_number`` and so on.

    Here a channel has no overrides beside its own fields: automatic sync leaves alone what a user
    changed. So the effective values are the channel's.

    :param select_related_fks: load group, logo, guide channel and profile in the same query.
    """
    if select_related_fks:
        queryset = queryset.select_related(*_RELATED)
    return queryset.annotate(**{f"effective_{name}": F(name) for name in EFFECTIVE})


class ChannelQuerySet(models.QuerySet):
    """A query set of channels."""

    def with_effective_values(self, select_related_fks: bool = False) -> Any:
        """See :func:`with_effective_values`."""
        return with_effective_values(self, select_related_fks)


ChannelManager = models.Manager.from_queryset(ChannelQuerySet, "ChannelManager")
