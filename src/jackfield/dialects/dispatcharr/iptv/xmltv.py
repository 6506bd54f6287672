"""Reads XMLTV guides of any size in flat memory.

No entity is expanded, no document type read, nothing fetched. What is not well-formed is
recovered as far as it goes: a truncated guide gives all that came before the break, an HTML page
gives nothing. Source: dispatcharr spec 7.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, cast

from lxml import etree

from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.lines import Readable
from jackfield.dialects.dispatcharr.iptv.m3u import Problems
from jackfield.dialects.dispatcharr.iptv.programme import (
    Element,
    Properties,
    read_children,
    text_of,
)
from jackfield.dialects.dispatcharr.iptv.references import harmless, narrowed, wide_encoding
from jackfield.dialects.dispatcharr.iptv.times import parse_time

LONGEST_ELEMENT = 2 * 1024**2
"""Bytes without the end of a channel or programme after which a file is no guide. Without such a
cap a file of one endless element would be held in memory whole."""

_CHUNK = 1 << 18


class GuideChannel(NamedTuple):
    """A ``<channel>``: its trimmed id, first display name (else the id), and icon's address."""

    id: str
    name: str
    icon: str | None


class Programme(NamedTuple):
    """A ``<programme>``; its times are in UTC, its properties as in :mod:`programme`."""

    channel: str
    start: datetime
    end: datetime
    title: str
    sub_title: str | None
    description: str | None
    properties: Properties | None


class GuideReader:
    """The channels and programmes of one guide, to iterate over once.

    :param wanted: ids of the channels whose programmes are read; None reads all. The programmes
        of other channels cost next to nothing.
    :ivar passed_over: programmes of channels that were not wanted.
    :ivar problems: what was skipped, with line numbers as far as known.
    :ivar recovered: the first thing that was not well-formed, or "".
    """

    def __init__(
        self, source: Readable, *, wanted: Container[str] | None = None, name: str = ""
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._name = name
        self.passed_over = 0
        self.problems = Problems()
        self.recovered = ""

    def __iter__(self) -> Iterator[GuideChannel | Programme]:
        """Channels and programmes in the order of the file.

        :raises BadSource: the first 2 MiB have neither.
        """
        chunks = self._chunks()
        head = next(chunks, b"")
        chunks, encoding = chain([head], chunks), None
        if wide := wide_encoding(head):
            chunks, encoding = narrowed(chunks, wide), "utf-8"
        parser = etree.XMLPullParser(
            encoding=encoding,
            events=("end",), tag=("channel", "programme"), recover=True, resolve_entities=False,
            load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        idle, some = 0, False
        for chunk in harmless(chunks):
            try:
                parser.feed(chunk)
            except etree.XMLSyntaxError as error:
                self.recovered = str(error)
                break
            found = False
            for _, element in parser.read_events():
                found = True
                item = self._item(element)
                if item is not None:
                    yield item
                _forget(element)
            idle, some = (0, True) if found else (idle + len(chunk), some)
            if idle > LONGEST_ELEMENT:
                message = f"{idle // 1024**2} MiB without a channel or a programme"
                if not some:
                    raise BadSource(f"is no guide: {message}", file=self._name or None)
                self.recovered = self.recovered or message
                break
        yield from self._rest(parser)

    def _rest(self, parser: Any) -> Iterator[GuideChannel | Programme]:
        """What the end of the file completes, however it ends."""
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            self.recovered = self.recovered or str(error)
        for _, element in parser.read_events():
            item = self._item(element)
            if item is not None:
                yield item
            _forget(element)
        log = parser.feed_error_log if hasattr(parser, "feed_error_log") else parser.error_log
        if not self.recovered and len(log):
            self.recovered = f"{log[0].message} (line {log[0].line})"

    def _chunks(self) -> Iterator[bytes]:
        chunk = self._source.read(_CHUNK)
        while chunk:
            yield chunk
            chunk = self._source.read(_CHUNK)

    def _item(self, element: Element) -> GuideChannel | Programme | None:
        if element.tag == "programme":
            channel = element.get("channel")
            if self._wanted is not None and channel not in self._wanted:
                self.passed_over += 1
                return None
            start = parse_time(element.get("start") or "")
            end = parse_time(element.get("stop") or "")
            if start is None or end is None or not channel:
                missing = "a channel" if not channel else "a readable start and stop"
                self.problems.add(f"a programme without {missing}", element.sourceline or 0)
                return None
            return Programme(channel, start, end, *read_children(element))
        return self._channel(element)

    def _channel(self, element: Element) -> GuideChannel | None:
        identity = (element.get("id") or "").strip()
        if not identity:
            self.problems.add("a channel without an id", element.sourceline or 0)
            return None
        name, icon = "", None
        for child in element:
            if child.tag == "display-name":
                name = name or text_of(child)
            elif child.tag == "icon" and icon is None:
                icon = child.get("src") or None
        return GuideChannel(identity, name or identity, cast("str | None", icon))


def _forget(element: Element) -> None:
    """Drop an element that was read, and everything before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
