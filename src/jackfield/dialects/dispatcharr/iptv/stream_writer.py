"""Writes the streams of an account: new ones, changed ones, and those that are gone.

Source: dispatcharr spec 6 (rows: Stream; second run).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.iptv import rows as db
from jackfield.dialects.dispatcharr.iptv.stream_row import StreamRow

_COMPARED = (
    "name", "url", "logo_url", "tvg_id", "custom_properties", "stream_id", "stream_chno",
    "is_adult", "is_catchup", "catchup_days", "channel_group",
)  # fmt: skip
_FOUND = ("id", "m3u_account", "is_stale", "last_seen", "stream_hash", *_COMPARED)
_NEW = (
    *_COMPARED, "stream_hash", "m3u_account", "last_seen", "updated_at", "is_stale", "is_custom",
    "current_viewers",
)  # fmt: skip
_PROPERTIES = _COMPARED.index("custom_properties")


@dataclass
class StreamCounts:
    """What a refresh did.

    :ivar elsewhere: entries that are streams of another account already: with a hash key that does
        not tell accounts apart, the first to bring a stream has it.
    """

    processed: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    elsewhere: int = 0
    stale: int = 0
    deleted: int = 0

    def to_dict(self) -> dict[str, int]:
        """The counts as plain JSON."""
        return dict(vars(self))


class StreamWriter:
    """Takes rows in batches, inside the transaction that the caller opened.

    :param groups: keys of the groups by name.
    :param seen: when this refresh began; later than what any refresh before it wrote.
    """

    def __init__(self, account_id: int, groups: Mapping[str, int], seen: datetime) -> None:
        self._account = account_id
        self._groups = groups
        self._as_time = db.time_writer()
        self._seen = self._as_time(seen)
        self._moment = seen
        self._written: set[str] = set()
        self._unchanged: list[int] = []
        self._changed: list[tuple[Any, ...]] = []
        self.counts = StreamCounts()

    def write(self, batch: Sequence[Sequence[Any]]) -> None:
        """Write rows of the shape of :class:`StreamRow`. Of equal hashes the first counts."""
        from apps.channels.models import Stream

        counts = self.counts
        fresh: dict[str, StreamRow] = {}
        for item in batch:
            row = StreamRow(*item)
            counts.processed += 1
            if row.hash in self._written or row.hash in fresh:
                counts.duplicates += 1
            else:
                fresh[row.hash] = row
        self._written.update(fresh)
        for found in db.select(Stream, _FOUND, "stream_hash", list(fresh)):
            self._known(fresh, found)
        self._settle()
        new = [
            (*self._values(row), key, self._account, self._seen, self._seen, False, False, 0)
            for key, row in fresh.items()
        ]
        db.insert(Stream, _NEW, new)
        counts.created += len(new)

    def _known(self, fresh: dict[str, StreamRow], found: tuple[Any, ...]) -> None:
        """Take the row of a stream that is stored already out of *fresh*."""
        key, account, _, _, identity, *stored = found
        row = fresh.pop(identity)
        if account != self._account:
            self.counts.elsewhere += 1
            return
        values = self._values(row)
        if _same(values, stored):
            self._unchanged.append(key)
            self.counts.unchanged += 1
        else:
            self._changed.append((*values, self._seen, self._seen, False, key))
            self.counts.updated += 1

    def _settle(self) -> None:
        from apps.channels.models import Stream

        for part in db.parts(self._unchanged):
            Stream.objects.filter(pk__in=part).update(last_seen=self._moment, is_stale=False)
        db.update(Stream, (*_COMPARED, "last_seen", "updated_at", "is_stale"), self._changed)
        self._unchanged, self._changed = [], []

    def _values(self, row: StreamRow) -> tuple[Any, ...]:
        return (
            row.name, row.url, row.logo_url, row.tvg_id, row.properties, row.stream_id, row.chno,
            row.is_adult, row.is_catchup, row.catchup_days, self._groups[row.group],
        )  # fmt: skip

    def finish(self, stale_days: int, switched_off: Iterable[int]) -> StreamCounts:
        """Mark the streams that were not seen, and delete those that were not for *stale_days*, and
        at once those of groups that are switched off.

        :param switched_off: keys of these groups.
        """
        from apps.channels.models import Stream

        mine = Stream.objects.filter(m3u_account_id=self._account)
        missing = mine.filter(last_seen__lt=self._moment)
        deleted = 0
        for group in switched_off:
            deleted += _delete(mine.filter(channel_group_id=group))
        deleted += _delete(missing.filter(last_seen__lt=self._moment - timedelta(days=stale_days)))
        missing.update(is_stale=True)
        self.counts.stale, self.counts.deleted = missing.count(), deleted
        return self.counts


def _delete(streams: Any) -> int:
    """Delete rows and what hangs on them; how many streams they were."""
    _, kinds = streams.delete()
    return int(kinds.get("dispatcharr_channels.Stream", 0))


def _same(values: Sequence[Any], stored: Sequence[Any]) -> bool:
    """Whether a stored row has these values; a database writes JSON and truth in its own way."""
    for place, (value, kept) in enumerate(zip(values, stored, strict=True)):
        if value == kept:
            continue
        if place != _PROPERTIES or value is None or kept is None:
            return False
        found = json.loads(kept) if isinstance(kept, str) else kept
        if json.loads(value) != found:
            return False
    return True
