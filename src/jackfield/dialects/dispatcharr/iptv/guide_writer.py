"""Writes the channels and programmes of a guide. Source: dispatcharr spec 7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jackfield.dialects.dispatcharr.iptv import rows as db
from jackfield.dialects.dispatcharr.iptv.spool import Spool
from jackfield.dialects.dispatcharr.iptv.xmltv import GuideChannel

_PROGRAMME = (
    "epg", "start_time", "end_time", "title", "sub_title", "description", "tvg_id",
    "custom_properties",
)  # fmt: skip
LONGEST_ID, LONGEST_NAME, LONGEST_ICON = 255, 512, 500


def mapped_channels(source_id: int) -> dict[str, int]:
    """Keys of the guide's channels that some channel uses, by ``tvg_id``."""
    from apps.epg.models import EPGData

    used = EPGData.objects.filter(epg_source_id=source_id, channels__isnull=False).distinct()
    return dict(used.exclude(tvg_id=None).values_list("tvg_id", "pk"))


def keep_channels(source_id: int, channels: Iterable[GuideChannel]) -> None:
    """Store the guide's channels; those it does not name any more go, unless a channel uses them.

    Inside the caller's transaction. A channel whose id is longer than 255 characters is left out.
    """
    from apps.epg.models import EPGData

    fields = ("tvg_id", "name", "icon_url")
    stored = {
        tvg_id: (key, name, icon)
        for key, tvg_id, name, icon in EPGData.objects.filter(epg_source_id=source_id).values_list(
            "pk", *fields
        )
    }
    new, changed, named = [], [], set()
    for channel in channels:
        if len(channel.id) > LONGEST_ID:
            continue
        icon = channel.icon if channel.icon and len(channel.icon) <= LONGEST_ICON else None
        values = (channel.name[:LONGEST_NAME], icon)
        named.add(channel.id)
        known = stored.get(channel.id)
        if known is None:
            new.append((channel.id, *values, source_id))
        elif known[1:] != values:
            changed.append((*values, known[0]))
    db.insert(EPGData, (*fields, "epg_source"), new)
    db.update(EPGData, ("name", "icon_url"), changed)
    gone = [key for tvg_id, (key, _, _) in stored.items() if tvg_id not in named]
    for part in db.parts(gone):
        EPGData.objects.filter(pk__in=part, channels__isnull=True).delete()


def replace_programmes(source_id: int) -> None:
    """Delete every programme of the guide. Inside the caller's transaction."""
    from apps.epg.models import EPGData, ProgramData

    keys = EPGData.objects.filter(epg_source_id=source_id).values("pk")
    # Nothing hangs on a programme: no need to look for it, row by row.
    ProgramData.objects.filter(epg_id__in=keys)._raw_delete("default")  # noqa: SLF001


def insert_programmes(mapped: Mapping[str, int], spool: Spool) -> None:
    """Insert what was read of the channels in *mapped*. Inside the caller's transaction."""
    from apps.epg.models import ProgramData

    for batch in spool.batches():
        rows = [
            (mapped[tvg_id], start, end, title, sub_title, description, tvg_id, properties)
            for tvg_id, start, end, title, sub_title, description, properties in batch
            if tvg_id in mapped
        ]
        db.insert(ProgramData, _PROGRAMME, rows)
