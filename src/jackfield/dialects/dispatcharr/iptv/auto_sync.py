"""Makes channels of the streams of groups that are set to sync, and keeps them that way.

Source: dispatcharr spec 6 (auto sync). Options of a group lie in the ``custom_properties`` of its
relation to the account:

=============================  ================================================================
``name_match_regex``           only streams whose name matches become channels
``name_regex_pattern``,        a change of names; ``$1`` stands for the first part that the
``name_replace_pattern``       pattern caught
``group_override``             key of the group that the channels are put in
``channel_profile_ids``        profiles they are switched on in; all without it
``stream_profile_id``          key of their stream profile
``custom_epg_id``              key of the guide their programmes come from
``force_dummy_epg``            no guide
``custom_logo_id``             key of the logo they all have
``channel_sort_order``         ``name``, ``tvg_id`` or ``updated_at``; the source's order without
``channel_sort_reverse``       the other way round
``channel_numbering_mode``     ``fixed`` (by order, from the group's start), ``provider`` (what the
                               source says) or ``next_available`` (once given, kept)
``channel_numbering_fallback`` where ``provider`` begins for streams without a number
=============================  ================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jackfield.dialects.dispatcharr.iptv.reports import log
from jackfield.dialects.dispatcharr.iptv.rows import parts
from jackfield.dialects.dispatcharr.iptv.stream_row import whole

_KEPT = (
    "name", "tvg_id", "tvc_guide_stationid", "channel_group_id", "logo_id", "epg_data_id",
    "stream_profile_id", "channel_number", "is_adult", "is_catchup", "catchup_days",
)  # fmt: skip
_SORTS = {"name": "name", "tvg_id": "tvg_id", "updated_at": "updated_at"}


@dataclass
class SyncCounts:
    """What a sync did with channels. ``no_number``: streams that found none below the end."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    no_number: int = 0

    @property
    def any(self) -> bool:
        """Whether it changed anything."""
        return bool(self.created or self.updated or self.deleted)


def sync_channels(account_id: int) -> SyncCounts:
    """Bring the channels of one account's synced groups up to date, in one transaction."""
    from apps.channels.models import ChannelGroupM3UAccount
    from django.db import transaction

    relations = ChannelGroupM3UAccount.objects.filter(
        m3u_account_id=account_id, auto_channel_sync=True, enabled=True
    ).select_related("channel_group")
    counts = SyncCounts()
    with transaction.atomic():
        taken = Numbers()
        for relation in relations.order_by("auto_sync_channel_start", "pk"):
            _Group(account_id, relation, taken, counts).sync()
        counts.deleted += _remove_vanished(account_id)
    return counts


class Numbers:
    """The numbers that channels have."""

    def __init__(self) -> None:
        from apps.channels.models import Channel

        numbers = Channel.objects.exclude(channel_number=None)
        self.taken: set[float] = set(numbers.values_list("channel_number", flat=True))

    def next(self, start: float, end: float | None) -> float | None:
        """The next free one from *start* on, taken from now on; None when all up to *end* are."""
        number = start
        while number in self.taken:
            number += 1
        if end is not None and number > end:
            return None
        self.taken.add(number)
        return number


class _Group:
    """One relation of a group to the account, as it is to be synced."""

    def __init__(self, account_id: int, relation: Any, numbers: Numbers, counts: SyncCounts):
        self.account_id = account_id
        self.relation = relation
        self.options: dict[str, Any] = relation.custom_properties or {}
        self.numbers = numbers
        self.counts = counts
        self.group_id = whole(self.options.get("group_override")) or relation.channel_group_id
        self.mode = self.options.get("channel_numbering_mode") or "fixed"
        self.start = relation.auto_sync_channel_start or 1.0
        self.end = relation.auto_sync_channel_end
        self.rename = _renaming(self.options)

    def sync(self) -> None:
        from apps.channels.models import Channel, ChannelGroup

        if not ChannelGroup.objects.filter(pk=self.group_id).exists():
            self.group_id = self.relation.channel_group_id
        streams = list(self._streams())
        there = self._channels(streams)
        if self.mode == "fixed":
            # Their numbers follow from the order: they are given out anew.
            self.numbers.taken -= {channel.channel_number for channel in there.values()}
        logos, guides, profile = self._logos(streams), self._guides(streams), self._profile()
        new: list[tuple[Any, Any]] = []
        changed = []
        for stream in streams:
            channel = there.get(stream.pk)
            number = self._number(stream, channel)
            if number is None:
                self.counts.no_number += 1
                continue
            values = {
                "name": self.rename(stream.name),
                "tvg_id": stream.tvg_id or None,
                "tvc_guide_stationid": (stream.custom_properties or {}).get("tvc-guide-stationid"),
                "channel_group_id": self.group_id,
                "logo_id": logos.get(stream.logo_url or ""),
                "epg_data_id": guides.get(stream.tvg_id or ""),
                "stream_profile_id": profile,
                "channel_number": number,
                "is_adult": stream.is_adult,
                "is_catchup": stream.is_catchup,
                "catchup_days": stream.catchup_days,
            }
            if channel is None:
                made = Channel(**values, auto_created=True, auto_created_by_id=self.account_id)
                new.append((made, stream))
            elif any(getattr(channel, field) != value for field, value in values.items()):
                for field, value in values.items():
                    setattr(channel, field, value)
                changed.append(channel)
        self._create(new)
        Channel.objects.bulk_update(changed, _KEPT, batch_size=200)
        self.counts.updated += len(changed)
        if self.counts.no_number:
            log(f"{self.relation.channel_group.name}: no channel number below {self.end:g} is left")
        self._read_guides([*changed, *(made for made, _ in new)])

    def _streams(self) -> Iterator[Any]:
        from apps.channels.models import Stream

        sort = _SORTS.get(str(self.options.get("channel_sort_order") or ""), "pk")
        order = f"-{sort}" if self.options.get("channel_sort_reverse") else sort
        rows = Stream.objects.filter(
            m3u_account_id=self.account_id,
            channel_group_id=self.relation.channel_group_id,
            is_stale=False,
        ).order_by(order, "pk")
        wanted = _pattern(self.options.get("name_match_regex"))
        for stream in rows.iterator(chunk_size=2000):
            if wanted is None or wanted.search(stream.name):
                yield stream

    def _channels(self, streams: list[Any]) -> dict[int, Any]:
        """The channels that a sync made of these streams, by the key of the stream."""
        from apps.channels.models import ChannelStream

        found = {}
        for part in parts([stream.pk for stream in streams]):
            links = ChannelStream.objects.filter(
                stream_id__in=part,
                channel__auto_created=True,
                channel__auto_created_by_id=self.account_id,
            ).select_related("channel")
            found.update({link.stream_id: link.channel for link in links.order_by("-pk")})
        return found

    def _number(self, stream: Any, channel: Any) -> float | None:
        if channel is not None and self.mode == "next_available":
            return float(channel.channel_number or 0) or self.numbers.next(self.start, self.end)
        if self.mode == "provider":
            said = stream.stream_chno
            if said is not None:
                self.numbers.taken.add(said)
                return float(said)
            if channel is not None and channel.channel_number is not None:
                return float(channel.channel_number)
            fallback = whole(self.options.get("channel_numbering_fallback"))
            return self.numbers.next(float(fallback or self.start), self.end)
        return self.numbers.next(self.start, self.end)

    def _logos(self, streams: list[Any]) -> dict[str, int]:
        """Keys of logos by the address that a stream has; new ones are made."""
        from apps.channels.models import Logo

        custom = whole(self.options.get("custom_logo_id"))
        if custom and Logo.objects.filter(pk=custom).exists():
            return {stream.logo_url or "": custom for stream in streams}
        names = {stream.logo_url: stream.name[:255] for stream in streams if stream.logo_url}
        logos = [Logo(url=url, name=name) for url, name in names.items()]
        Logo.objects.bulk_create(logos, batch_size=500, ignore_conflicts=True)
        found: dict[str, int] = {}
        for part in parts(list(names)):
            found.update(Logo.objects.filter(url__in=part).values_list("url", "pk"))
        return found

    def _guides(self, streams: list[Any]) -> dict[str, int]:
        """Keys of the guides' channels by ``tvg_id``; of several guides the one that goes first."""
        from apps.epg.models import EPGData, EPGSource

        if self.options.get("force_dummy_epg"):
            return {}
        names = list({stream.tvg_id for stream in streams if stream.tvg_id})
        rows = EPGData.objects.filter(epg_source__is_active=True)
        source = whole(self.options.get("custom_epg_id"))
        if source:
            rows = rows.filter(epg_source_id=source)
            dummy = rows.filter(epg_source__source_type=EPGSource.SourceType.DUMMY).first()
            if dummy is not None:
                return {stream.tvg_id or "": dummy.pk for stream in streams}
        found: dict[str, int] = {}
        for part in parts(names):
            best = rows.filter(tvg_id__in=part).order_by("epg_source__priority", "-pk")
            found.update(best.values_list("tvg_id", "pk"))
        return found

    def _profile(self) -> int | None:
        from core.models import StreamProfile

        wanted = whole(self.options.get("stream_profile_id"))
        return wanted if wanted and StreamProfile.objects.filter(pk=wanted).exists() else None

    def _create(self, new: list[tuple[Any, Any]]) -> None:
        from apps.channels.models import (
            Channel,
            ChannelProfile,
            ChannelProfileMembership,
            ChannelStream,
        )

        made = Channel.objects.bulk_create([channel for channel, _ in new], batch_size=500)
        links = [
            ChannelStream(channel_id=channel.pk, stream_id=stream.pk, order=0)
            for channel, (_, stream) in zip(made, new, strict=True)
        ]
        ChannelStream.objects.bulk_create(links, batch_size=500)
        chosen = self.options.get("channel_profile_ids")
        wanted = {whole(value) for value in chosen} if isinstance(chosen, list) else None
        memberships = [
            ChannelProfileMembership(
                channel_profile_id=key, channel_id=channel.pk, enabled=not wanted or key in wanted
            )
            for key in ChannelProfile.objects.values_list("pk", flat=True)
            for channel in made
        ]
        ChannelProfileMembership.objects.bulk_create(memberships, batch_size=500)
        self.counts.created += len(made)

    def _read_guides(self, channels: list[Any]) -> None:
        """Have the programmes read that nobody needed before. One task reads a whole guide."""
        from apps.epg.models import EPGData
        from core.queueing import queue_on_commit

        keys = list({channel.epg_data_id for channel in channels if channel.epg_data_id})
        sources: dict[int, int] = {}
        for part in parts(keys):
            unread = EPGData.objects.filter(pk__in=part, programs__isnull=True)
            sources.update(unread.values_list("epg_source_id", "pk"))
        for key in sources.values():
            queue_on_commit("apps.epg.tasks.parse_programs_for_tvg_id", key)


def _remove_vanished(account_id: int) -> int:
    """Delete the channels that a sync made and whose streams are gone, or not seen any more."""
    from apps.channels.models import Channel, ChannelStream
    from django.db.models import Exists, OuterRef

    alive = ChannelStream.objects.filter(channel=OuterRef("pk"), stream__is_stale=False)
    gone = Channel.objects.filter(auto_created=True, auto_created_by_id=account_id)
    _, kinds = gone.exclude(Exists(alive)).delete()
    return int(kinds.get("dispatcharr_channels.Channel", 0))


def _renaming(options: dict[str, Any]) -> Callable[[str], str]:
    pattern = _pattern(options.get("name_regex_pattern"))
    if pattern is None:
        return lambda name: name
    replacement = python_replacement(str(options.get("name_replace_pattern") or ""))

    def rename(name: str) -> str:
        try:
            return pattern.sub(replacement, name).strip()[:512] or name
        except (re.error, IndexError):
            return name

    return rename


def python_replacement(text: str) -> str:
    """A replacement with ``$1`` as Python writes it; a backslash stands for itself unless a digit
    follows."""
    safe = re.sub(r"\\(?!\d)", r"\\\\", text)
    return re.sub(r"\$(\d{1,2})", r"\\g<\1>", safe)


def _pattern(text: Any) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(str(text))
    except re.error as error:
        log(f"the pattern {text!r} is not used: {error}")
        return None
