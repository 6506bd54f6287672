"""Finds the guide's channel for channels that have none.

By ``tvg_id``, then by name without what does not tell channels apart (quality, country, brackets),
then by the most alike name. Source: dispatcharr spec 5.1 (``get_epg_settings``,
``get_preferred_region``) names the settings; what is alike enough is our own choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from jackfield.dialects.dispatcharr.iptv.rows import parts

ENOUGH = 88.0
"""Of 100: how alike two names must be."""

_NOISE = frozenset(
    {"hd", "fhd", "uhd", "sd", "4k", "8k", "hevc", "h264", "h265", "1080p", "720p", "1080", "720"}
    | {"raw", "vip", "backup", "hdr", "50fps", "60fps"}
)
_BRACKETS = re.compile(r"\[[^\]]{0,60}\]|\([^)]{0,60}\)")
_REGION = re.compile(r"^\s{0,8}([A-Za-z]{2,3})\s{0,4}[:|]\s{0,8}")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Found:
    """A guide's channel for a channel; ``how`` is ``tvg_id``, ``name`` or ``alike``."""

    epg_id: int
    how: str
    score: float = 100.0


class Matcher:
    """The channels of all guides that are switched on, ready to be searched.

    :param guide: ``(key, tvg_id, name)`` each, the preferred ones last.
    :param region: such as ``us``: of equally good ones, that whose id ends so is taken.
    :param ignored: texts that are cut from names before they are compared.
    """

    def __init__(
        self,
        guide: Iterable[tuple[int, str | None, str]],
        *,
        region: str | None = None,
        ignored: Sequence[str] = (),
    ) -> None:
        self._ignored = [text.lower() for text in ignored if text]
        self._region = (region or "").lower()
        self._by_id: dict[str, int] = {}
        self._by_name: dict[str, int] = {}
        at_home: set[str] = set()
        for key, tvg_id, name in guide:
            identity = (tvg_id or "").strip().lower()
            if identity:
                self._by_id[identity] = key
            plain = self.plain(name)
            home = bool(self._region) and identity.endswith(f".{self._region}")
            if plain and (home or plain not in at_home):
                self._by_name[plain] = key
                if home:
                    at_home.add(plain)
        self._names = list(self._by_name)

    def plain(self, name: str) -> str:
        """A name without what does not tell channels apart, in lower case."""
        text = _BRACKETS.sub(" ", name.lower())
        for piece in self._ignored:
            text = text.replace(piece, " ")
        text = _REGION.sub("", text)
        return " ".join(word for word in _WORDS.findall(text) if word not in _NOISE)

    def find(self, name: str, tvg_id: str | None) -> Found | None:
        """The guide's channel for a channel of this name and ``tvg_id``."""
        known = self._by_id.get((tvg_id or "").strip().lower())
        if known is not None:
            return Found(known, "tvg_id")
        plain = self.plain(name)
        if not plain:
            return None
        known = self._by_name.get(plain)
        if known is not None:
            return Found(known, "name")
        best = process.extractOne(plain, self._names, scorer=fuzz.ratio, score_cutoff=ENOUGH)
        # "Sport 1" and "Sport 2" are alike, and never the same.
        if best is None or _numbers(best[0]) != _numbers(plain):
            return None
        return Found(self._by_name[best[0]], "alike", round(best[1], 1))


def _numbers(name: str) -> list[str]:
    return re.findall(r"\d+", name)


def match_channels(channel_ids: Sequence[int] | None = None) -> dict[str, Any]:
    """Give a guide to channels that have none, or to those whose keys are given.

    :returns: ``matched`` (how many), ``total`` and ``channels``: ``{id, name, epg_data_id, how}``.
    """
    from apps.channels.models import Channel
    from core.queueing import queue_on_commit
    from django.db import transaction

    from jackfield.dialects.dispatcharr.worker.progress import check_cancelled, report

    matcher = _matcher()
    channels = Channel.objects.filter(epg_data=None)
    if channel_ids is not None:
        channels = Channel.objects.filter(pk__in=list(channel_ids))
    total = channels.count()
    found: list[tuple[Any, Found]] = []
    for number, channel in enumerate(channels.only("pk", "name", "tvg_id").iterator()):
        if number % 50 == 0:
            check_cancelled()
            report(number / total, channel.name)
        match = matcher.find(channel.name, channel.tvg_id)
        if match is not None:
            found.append((channel, match))
    with transaction.atomic():
        for channel, match in found:
            channel.epg_data_id = match.epg_id
        Channel.objects.bulk_update([channel for channel, _ in found], ["epg_data"], batch_size=200)
        for key in one_a_guide([match.epg_id for _, match in found]):
            queue_on_commit("apps.epg.tasks.parse_programs_for_tvg_id", key)
    return {
        "matched": len(found),
        "total": total,
        "channels": [
            {"id": channel.pk, "name": channel.name, "epg_data_id": match.epg_id, "how": match.how}
            for channel, match in found
        ],
    }


def one_a_guide(epg_ids: Sequence[int]) -> list[int]:
    """One channel of each guide: the task that reads its programmes reads all that are new."""
    from apps.epg.models import EPGData

    found: dict[int, int] = {}
    for part in parts(epg_ids):
        found.update(EPGData.objects.filter(pk__in=part).values_list("epg_source_id", "pk"))
    return list(found.values())


def _matcher() -> Matcher:
    from apps.epg.models import EPGData
    from core.models import CoreSettings

    options = CoreSettings.get_epg_settings()
    kinds = ("prefixes", "suffixes", "custom")
    ignored = [text for kind in kinds for text in options.get(f"epg_match_ignore_{kind}") or ()]
    guide = EPGData.objects.filter(epg_source__is_active=True).exclude(
        epg_source__source_type="dummy"
    )
    rows = guide.order_by("epg_source__priority", "-pk").values_list("pk", "tvg_id", "name")
    return Matcher(
        rows.iterator(),
        region=CoreSettings.get_preferred_region(),
        ignored=[str(text) for text in ignored],
    )
