"""Reads extended M3U playlists: one entry at a time, whatever else the file holds.

Source: dispatcharr spec 6 (EXTINF attributes, further tags, which URL lines count).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.lines import Readable, blocks

_ATTRIBUTE = re.compile(r"""(?<![^\s,"'])([^\s=,"']++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
# A key starts where a word starts, and nothing is tried twice: the pattern is linear in the line.
_ADDRESS = ("http://", "https://", "rtsp://", "rtp://", "udp://")
_MARKS = ("#EXTM3U", "#EXTINF:", *_ADDRESS)
_HEAD = 64 * 1024
_SHOWN = 20


@dataclass(slots=True)
class Entry:
    """One stream of a playlist.

    :ivar attributes: as written, keys in lower case, the last of two equal ones.
    :ivar display: the text after the attributes.
    :ivar raw: all that followed ``#EXTINF:``.
    :ivar options: what ``#EXTVLCOPT`` lines said.
    :ivar line: number of the line with the address, from 1.
    """

    attributes: dict[str, str]
    display: str
    url: str
    raw: str = ""
    options: list[str] = field(default_factory=list)
    line: int = 0

    def name(self, era: Era) -> str:
        """The stream's name, which each era takes from another place first."""
        given = self.attributes
        guide, tag = given.get("tvc-guide-title", "").strip(), given.get("tvg-name", "").strip()
        if era == "seed":
            return tag or guide or self.display or self.raw or self.url
        return self.display or guide or tag or self.raw or self.url


class Problems:
    """What was passed over in a source: how often each kind, and where the first were."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: list[str] = []

    def add(self, kind: str, line: int) -> None:
        """Count one, and remember its line if it is among the first."""
        self.counts[kind] += 1
        if len(self.first) < _SHOWN:
            self.first.append(f"line {line}: {kind}")

    def __str__(self) -> str:
        return ", ".join(f"{count} × {kind}" for kind, count in self.counts.most_common())

    def __bool__(self) -> bool:
        return bool(self.counts)


class PlaylistReader:
    """The entries of one playlist, to iterate over once.

    :ivar header: attributes of the ``#EXTM3U`` line; :attr:`guide_urls` are among them.
    :ivar problems: what was passed over.
    :ivar lines: how many lines were read so far.
    """

    def __init__(self, source: Readable, *, name: str = "") -> None:
        self._source = source
        self._name = name
        self.header: dict[str, str] = {}
        self.problems = Problems()
        self.lines = 0

    @property
    def guide_urls(self) -> list[str]:
        """Where the playlist says that its programme guides are."""
        said = self.header.get("url-tvg") or self.header.get("x-tvg-url") or ""
        return [url.strip() for url in said.split(",") if url.strip()]

    def __iter__(self) -> Iterator[Entry]:
        """The entries in order.

        :raises BadSource: the head of the file has no mark of a playlist.
        """
        info: str | None = None
        group, options = "", list[str]()
        looked_at, known = 0, False
        for first, texts in blocks(self._source, dropped=self._too_long):
            for number, text in enumerate(texts, first):
                line = text.strip()
                if not line:
                    continue
                if not known:
                    known = line.upper().startswith(_MARKS[:2]) or line.lower().startswith(_ADDRESS)
                if line[0] != "#":
                    url = address(line)
                    if url is None:
                        self.problems.add("neither a tag nor an address", number)
                    elif info is None:
                        self.problems.add("an address without #EXTINF before it", number)
                    else:
                        yield _entry(info, url, group, options, number)
                        info, group, options = None, "", []
                elif line.startswith("#EXTINF:"):
                    if info is not None:
                        self.problems.add("#EXTINF without an address after it", number - 1)
                    info, group, options = line[8:], "", []
                elif line.startswith("#EXTGRP:"):
                    group = line[8:].strip()
                elif line.startswith("#EXTVLCOPT:"):
                    options.append(line[11:].strip())
                elif line[:7].upper() == "#EXTM3U":
                    self.header.update(attributes_of(line[7:])[0])
            self.lines = first + len(texts) - 1
            looked_at += sum(map(len, texts))
            if not known and looked_at > _HEAD:
                break
        if info is not None:
            self.problems.add("#EXTINF without an address after it", self.lines)
        if not known:
            raise BadSource(
                "is no playlist: its head has neither #EXTM3U nor #EXTINF nor an address",
                file=self._name or None,
            )

    def _too_long(self, line: int) -> None:
        self.problems.add("a line longer than 64 KiB", line)


def attributes_of(text: str) -> tuple[dict[str, str], int]:
    """``key="value"`` and ``key='value'`` pairs, and where the last of them ends."""
    found: dict[str, str] = {}
    end = 0
    for match in _ATTRIBUTE.finditer(text):
        key, double, single = match.groups()
        found[key.lower()] = double if double is not None else single
        end = match.end()
    return found, end


def address(line: str) -> str | None:
    """The line as an address that a stream may have, or None.

    ``udp://@group`` loses the ``@``, which only VLC understands.
    """
    if not line.lower().startswith(_ADDRESS):
        return None
    if line[:7].lower() == "udp://@":
        return line[:6] + line[7:]
    return line


def _entry(info: str, url: str, group: str, options: list[str], line: int) -> Entry:
    attributes, end = attributes_of(info)
    if attributes:
        display = info[end:].strip().removeprefix(",").strip()
    else:
        display = info.partition(",")[2].strip()
    if group and "group-title" not in attributes:
        attributes["group-title"] = group
    return Entry(attributes, display, url, info.strip(), options, line)
