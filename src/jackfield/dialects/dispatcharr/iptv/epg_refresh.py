"""Refreshes a guide: fetches it, reads it once, replaces its channels and programmes.

Source: dispatcharr spec 7. Everything is read before anything is written, and what is written is
written in one transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.iptv import reports
from jackfield.dialects.dispatcharr.iptv.download import whole_file
from jackfield.dialects.dispatcharr.iptv.exclusive import Busy, only_one
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.guide_writer import (
    insert_programmes,
    keep_channels,
    mapped_channels,
    replace_programmes,
)
from jackfield.dialects.dispatcharr.iptv.m3u_refresh import Outcome, fetch_cached
from jackfield.dialects.dispatcharr.iptv.own_paths import local
from jackfield.dialects.dispatcharr.iptv.reports import Listener, Report
from jackfield.dialects.dispatcharr.iptv.rows import as_json, one_write, parts, time_writer
from jackfield.dialects.dispatcharr.iptv.spool import Spool
from jackfield.dialects.dispatcharr.iptv.unpacking import open_source
from jackfield.dialects.dispatcharr.iptv.xmltv import GuideChannel, GuideReader
from jackfield.errors import JackfieldError

LOCK = "refresh_epg_data"
GUIDES = (".xml", ".xmltv")

_TRIES, _PAUSE_S = 600, 0.5
_read_lock = threading.Lock()
_State = tuple[str, int, int]
_already_read: dict[int, tuple[_State, bool]] = {}
"""By the key of a guide's channel: which file (path, time of change, size) its programmes were read
from, and whether it had any."""


def refresh_source(source_id: int, *, listen: Listener | None = None) -> Outcome:
    """Refresh one guide; its status says how it went, and nothing is raised.

    :raises TaskCancelled: somebody cancelled the task; the guide says so.
    """
    from apps.epg.models import EPGSource

    source = EPGSource.objects.filter(pk=source_id).first()
    if source is None:
        return Outcome("error", f"there is no guide {source_id}")
    if not source.is_active:
        return Outcome("disabled", f"the guide {source.name} is switched off")
    if source.source_type == EPGSource.SourceType.DUMMY:
        return Outcome("idle", f"the guide {source.name} is made up; there is nothing to fetch")
    try:
        with only_one(LOCK, source_id):
            return _Refresh(source, listen).run()
    except Busy:
        return Outcome(source.status, f"the guide {source.name} is being refreshed already")


class _Refresh:
    def __init__(self, source: Any, listen: Listener | None) -> None:
        self.source = source
        self.report = Report("epg_refresh", "source", source.pk, source.name, listen)
        self.problems: list[str] = []
        self.broken = ""
        """How the file itself is broken, which was read as far as it goes."""

    def run(self) -> Outcome:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        try:
            return self._refresh()
        except JackfieldError as error:
            return self._failed(str(error))
        except TaskCancelled:
            self._failed("cancelled")
            raise
        except Exception as error:
            self._failed(f"an error of the host: {type(error).__name__}: {error}")
            raise

    def _refresh(self) -> Outcome:
        from django.utils import timezone

        source = self.source
        path = self._file()
        self._status("parsing", "Reading the guide")
        mapped = mapped_channels(source.pk)
        channels: dict[str, GuideChannel] = {}
        with Spool() as spool:
            reader = read_guide(path, mapped, channels, spool, self.report)
            if reader.recovered:
                said = f"not well-formed, read as far as it goes: {reader.recovered}"
                self.broken = self.broken or said
                reports.log(f"{source.name}: {said}")
            with one_write():
                keep_channels(source.pk, channels.values())
                self.report.step("parsing_programs", 90, programs=spool.count)
                replace_programmes(source.pk)
                # While it was being read, channels may have been given to it or taken from it.
                now_mapped = mapped_channels(source.pk)
                insert_programmes(now_mapped, spool)
            self.problems = reader.problems.first
            for line in self.problems:
                reports.log(line)
            _remember(path, [key for tvg_id, key in now_mapped.items() if tvg_id in mapped])
            late = now_mapped.keys() - mapped.keys()
            counts = {
                "channels": len(channels),
                "programs": spool.count,
                "skipped_programs": sum(reader.problems.counts.values()),
                "unmapped_channels": len(channels.keys() - mapped.keys()),
                "unmapped_programs": reader.passed_over,
            }
        if late:
            reports.log(parse_late(source, path, now_mapped[next(iter(late))]))
        message = self._message(counts, bool(mapped))
        self._status("success", message, updated_at=timezone.now())
        self._tell(counts, message, bool(mapped))
        return Outcome("success", message, counts, self.problems)

    def _file(self) -> Path:
        """The guide as a plain file on the disk.

        :raises JackfieldError: it cannot be had.
        """
        from django.conf import settings

        source = self.source
        if source.source_type == "schedules_direct":
            raise BadSource(
                "guides of Schedules Direct are not supported", hint="use an XMLTV guide"
            )
        folder = Path(settings.MEDIA_ROOT) / "cached_epg"
        if source.url:
            self._status("fetching", "Downloading the guide")
            path = folder / f"{source.pk}.download"
            fetch_cached(source.url, path, _agent(), self.report)
        elif source.file_path:
            path = local(source.file_path)
        else:
            raise BadSource("has neither an address nor a file", file=source.name)
        return self._unpacked(path, folder / f"{source.pk}.xml")

    def _unpacked(self, path: Path, target: Path) -> Path:
        """Unpack the file if it is packed, and keep in the row where it lies: plugins read it."""
        from apps.epg.models import EPGSource

        source = self.source
        with open_source(path, GUIDES) as packed:
            plain = packed.packing == "plain"
            if not plain:
                with whole_file(target) as file:
                    while chunk := packed.read():
                        file.write(chunk)
                        if packed.size:
                            share = 100 * packed.position / packed.size
                            self.report.step("extracting", min(share, 99))
                if packed.truncated:
                    self.broken = f"the {packed.packing} file breaks off"
                    reports.log(f"{source.name}: {self.broken}")
        kept: dict[str, Any] = {"extracted_file_path": None if plain else str(target)}
        if source.url:
            kept["file_path"] = str(path)
        EPGSource.objects.filter(pk=source.pk).update(**kept)
        return path if plain else target

    def _message(self, counts: Mapping[str, int], mapped: bool) -> str:
        if mapped:
            message = f"{counts['programs']} programmes for {counts['channels']} channels"
            if skipped := counts["skipped_programs"]:
                message += f"; {skipped} skipped"
        else:
            message = (
                f"{counts['channels']} channels; no channels are mapped to this guide, "
                "so no programmes were taken"
            )
        return f"{message}; {self.broken}" if self.broken else message

    def _tell(self, counts: Mapping[str, int], message: str, mapped: bool) -> None:
        from core.utils import log_system_event

        if mapped:
            log_system_event(
                "epg_refresh",
                source_name=self.source.name,
                programs=counts["programs"],
                channels=counts["channels"],
                skipped_programs=counts["skipped_programs"],
                unmapped_channels=counts["unmapped_channels"],
            )
        self.report.say("parsing_programs", 100, status="success", message=message, **counts)

    def _status(self, status: str, message: str, **more: Any) -> None:
        from apps.epg.models import EPGSource

        values = {"status": status, "last_message": message, **more}
        EPGSource.objects.filter(pk=self.source.pk).update(**values)

    def _failed(self, message: str) -> Outcome:
        self._status("error", message)
        reports.log(f"{self.source.name}: {message}")
        with suppress(Exception):
            self.report.say("parsing_programs", 100, status="error", message=message, error=message)
        return Outcome("error", message, {}, self.problems)


def read_guide(
    path: Path,
    mapped: Mapping[str, int],
    channels: dict[str, GuideChannel],
    spool: Spool,
    report: Report | None = None,
) -> GuideReader:
    """Read a guide once: its channels into *channels*, the programmes of *mapped* into *spool*.

    :raises BadSource: it cannot be read at all.
    """
    as_time = time_writer()
    with open_source(path, GUIDES) as source:
        reader = GuideReader(source, wanted=mapped, name=path.name)
        action = "parsing_channels"
        for seen, item in enumerate(reader, 1):
            if isinstance(item, GuideChannel):
                channels.setdefault(item.id, item)
            else:
                action = "parsing_programs"
                spool.add(
                    (
                        item.channel, as_time(item.start), as_time(item.end), item.title,
                        item.sub_title, item.description, as_json(item.properties),
                    )
                )  # fmt: skip
            if report is not None and seen % 1000 == 0 and source.size:
                report.step(action, 90 * source.position / source.size, programs=spool.count)
    return reader


def parse_programmes(epg_id: int) -> str:
    """Read the programmes of one channel of a guide, which a channel was given just now.

    With it, those of all channels of the same guide that are mapped and have none are read: many
    are given at once, and a guide is long. Whoever comes for them later finds them read.

    :returns: what was done, in words.
    """
    from apps.epg.models import EPGData

    row = EPGData.objects.select_related("epg_source").filter(pk=epg_id).first()
    source = row.epg_source if row else None
    if row is None or source is None:
        return f"there is no guide channel {epg_id}"
    if source.source_type != "xmltv":
        return f"{source.name}: a guide of this kind has no programmes to read"
    path = local(source.extracted_file_path or source.file_path or "")
    if not path.is_file():
        return f"{source.name}: was not fetched yet; its refresh reads the programmes"
    for _ in range(_TRIES):
        try:
            # Not beside a refresh, which replaces all; nor in two processes at once.
            with _read_lock, only_one(LOCK, source.pk):
                return parse_late(source, path, epg_id)
        except Busy:
            time.sleep(_PAUSE_S)
    return f"{source.name}: is being refreshed for very long; its end reads the programmes"


def parse_late(source: Any, path: Path, epg_id: int) -> str:
    """As :func:`parse_programmes`, for who holds the guide's lock."""
    from apps.epg.models import EPGData, ProgramData

    tvg_id = EPGData.objects.filter(pk=epg_id).values_list("tvg_id", flat=True).first()
    if _is_read(epg_id, path):
        return f"{source.name}: the programmes of {tvg_id} were read already"
    unread = EPGData.objects.filter(epg_source=source, channels__isnull=False)
    unread = unread.filter(programs__isnull=True).distinct()
    wanted = {tvg_id: epg_id, **dict(unread.values_list("tvg_id", "pk"))}
    try:
        with Spool() as spool:
            read_guide(path, wanted, {}, spool)
            with one_write():
                ProgramData.objects.filter(epg_id__in=list(wanted.values())).delete()
                insert_programmes(wanted, spool)
            _remember(path, wanted.values())
            return f"{source.name}: {spool.count} programmes of {len(wanted)} channels"
    except JackfieldError as error:
        reports.log(f"{source.name}: {error}")
        return f"{source.name}: {error}"


def _is_read(epg_id: int, path: Path) -> bool:
    """Whether this channel's programmes are those of the file as it is now."""
    from apps.epg.models import ProgramData

    state, had = _already_read.get(epg_id, (None, False))
    if state is None or state != _state_of(path):
        return False
    return not had or ProgramData.objects.filter(epg_id=epg_id).exists()


def _remember(path: Path, keys: Iterable[int]) -> None:
    from apps.epg.models import ProgramData

    state = _state_of(path)
    if state is None:
        return
    for part in parts(list(keys)):
        rows = ProgramData.objects.filter(epg_id__in=part)
        having = set(rows.order_by().values_list("epg_id", flat=True).distinct())
        _already_read.update((key, (state, key in having)) for key in part)


def _state_of(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size


def _agent() -> str:
    from core.models import CoreSettings

    return str(CoreSettings.get_default_user_agent())
