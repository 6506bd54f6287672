"""Refreshes an account: fetches its playlist or asks its server, and brings the tables up to date.

Source: dispatcharr spec 6. Everything that is written is written in one transaction, after
everything was read; a source that cannot be read changes nothing but the account's status.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.iptv import reports
from jackfield.dialects.dispatcharr.iptv.download import Validators, download
from jackfield.dialects.dispatcharr.iptv.exclusive import Busy, only_one
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.filters import Decision, decision
from jackfield.dialects.dispatcharr.iptv.group_writer import keep_groups
from jackfield.dialects.dispatcharr.iptv.logins import keep_login
from jackfield.dialects.dispatcharr.iptv.m3u import PlaylistReader, Problems
from jackfield.dialects.dispatcharr.iptv.own_paths import local
from jackfield.dialects.dispatcharr.iptv.reports import Listener, Report
from jackfield.dialects.dispatcharr.iptv.rows import one_write
from jackfield.dialects.dispatcharr.iptv.spool import Spool
from jackfield.dialects.dispatcharr.iptv.stream_row import (
    DEFAULT_GROUP,
    HashOf,
    StreamRow,
    Unfit,
    from_entry,
    from_xtream,
    hasher,
    text,
)
from jackfield.dialects.dispatcharr.iptv.stream_writer import StreamCounts, StreamWriter
from jackfield.dialects.dispatcharr.iptv.unpacking import open_source
from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient
from jackfield.errors import JackfieldError

LOCK = "refresh_single_m3u_account"


@dataclass
class Outcome:
    """How a refresh ended.

    :ivar status: the account's or source's.
    :ivar message: the same as its ``last_message``.
    :ivar counts: what was done, by name.
    :ivar problems: what was passed over, the first of each with its line.
    """

    status: str
    message: str
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return self.status in ("success", "pending_setup")


class Nothing(BadSource):
    """A source that names no stream. What was stored stays: providers have bad days."""


def refresh_account(
    account_id: int, *, groups_only: bool = False, listen: Listener | None = None
) -> Outcome:
    """Refresh one account; its status says how it went, and nothing is raised.

    :param groups_only: look for groups only, and leave the account ``pending_setup``.
    :raises TaskCancelled: somebody cancelled the task; the account says so.
    """
    from apps.m3u.models import M3UAccount

    account = M3UAccount.objects.select_related("user_agent").filter(pk=account_id).first()
    if account is None:
        return Outcome("error", f"there is no account {account_id}")
    if account.locked:
        return Outcome(account.status, f"the streams of {account.name} are entered by hand")
    if not account.is_active:
        return Outcome("disabled", f"the account {account.name} is switched off")
    try:
        with only_one(LOCK, account_id):
            return _Refresh(account, groups_only, listen).run()
    except Busy:
        return Outcome(account.status, f"the account {account.name} is being refreshed already")


class _Refresh:
    def __init__(self, account: Any, groups_only: bool, listen: Listener | None) -> None:
        self.account = account
        self.groups_only = groups_only
        self.report = Report("m3u_refresh", "account", account.pk, account.name, listen)
        self.problems = Problems()
        self.groups: dict[str, dict[str, Any]] = {DEFAULT_GROUP: {}}
        self.filtered = 0

    def run(self) -> Outcome:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        try:
            with Spool() as spool:
                for row in self._read():
                    spool.add(row)
                return self._write(spool)
        except JackfieldError as error:
            return self._failed(str(error))
        except TaskCancelled:
            self._failed("cancelled")
            raise
        except Exception as error:
            self._failed(f"an error of the host: {type(error).__name__}: {error}")
            raise

    # Reading

    def _read(self) -> Iterator[StreamRow]:
        if self.account.account_type == "XC":
            return self._from_server()
        return self._from_playlist()

    def _from_playlist(self) -> Iterator[StreamRow]:
        from jackfield.dialects.dispatcharr.django_setup import environment

        era: Era = "current" if environment().era == "current" else "seed"
        hash_of, keep = self._hash(), self._filters()
        path = self._file()
        self._status("parsing", f"Reading {path.name}")
        with open_source(path) as source:
            reader = PlaylistReader(source, name=path.name)
            self.problems = reader.problems
            for number, entry in enumerate(reader):
                if number % 1000 == 0 and source.size:
                    self.report.step("processing_groups", 100 * source.position / source.size)
                try:
                    row = from_entry(entry, era, hash_of)
                except Unfit as error:
                    self.problems.add(str(error), entry.line)
                    continue
                if keep is not None and not keep(row.name, row.url, row.group):
                    self.filtered += 1
                    continue
                self.groups.setdefault(row.group, {})
                yield row
            if source.truncated:
                self.problems.add(f"the {source.packing} file breaks off", reader.lines)

    def _file(self) -> Path:
        """The playlist on the disk, fetched anew if it comes from the network.

        :raises JackfieldError: it cannot be had.
        """
        from django.conf import settings

        account = self.account
        if not account.server_url:
            if account.file_path:
                return local(account.file_path)
            raise BadSource("has neither an address nor a file", file=account.name)
        cached = Path(settings.MEDIA_ROOT) / "cached_m3u" / f"{account.pk}.m3u"
        self._status("fetching", "Downloading the playlist")
        fetch_cached(account.server_url, cached, self._agent(), self.report)
        return cached

    def _from_server(self) -> Iterator[StreamRow]:
        self._status("fetching", "Asking the server")
        account = self.account
        hash_of, keep = self._hash(), self._filters()
        with XtreamClient(
            account.server_url or "", account.username, account.password, self._agent()
        ) as client:
            profile = account.profiles.filter(is_default=True).first()
            said = client.authenticate()
            if profile is not None:
                keep_login(profile, said)
            self.report.say("processing_groups", 0)
            names = {
                text(item.get("category_id")): text(item.get("category_name")) or DEFAULT_GROUP
                for item in client.get_live_categories()
            }
            for identity, name in names.items():
                self.groups[name] = {"xc_id": identity}
            if self.groups_only:
                return
            extension = _live_extension(account)
            self._status("parsing", "Reading the server's streams")
            for number, item in enumerate(client.live_streams(self.report.bytes_of("parsing"))):
                group = names.get(text(item.get("category_id")), DEFAULT_GROUP)
                try:
                    url = client.get_stream_url(text(item.get("stream_id")), extension)
                    row = from_xtream(item, group, url, hash_of)
                except Unfit as error:
                    self.problems.add(str(error), number)
                    continue
                if keep is not None and not keep(row.name, row.url, row.group):
                    self.filtered += 1
                    continue
                yield row

    def _hash(self) -> HashOf:
        from apps.channels.stream_hash import chosen_keys
        from core.models import CoreSettings

        keys = chosen_keys(CoreSettings.get_m3u_hash_key())
        return hasher(keys, self.account.pk, self.account.account_type)

    def _filters(self) -> Decision | None:
        return decision(self.account.filters.order_by("order", "pk"), reports.log)

    def _agent(self) -> str:
        agent = self.account.get_user_agent()
        return agent.user_agent if agent else ""

    # Writing

    def _write(self, spool: Spool) -> Outcome:
        from django.db import transaction
        from django.utils import timezone

        account, seen = self.account, timezone.now()
        if spool.count == 0 and not (self.groups_only and len(self.groups) > 1):
            raise Nothing(f"names no stream{self._why_none()}", file=account.name)
        if self.groups_only:
            with transaction.atomic():
                keep_groups(account, self.groups, seen)
            return self._only_groups()
        with one_write():
            keys, off = keep_groups(account, self.groups, seen)
            writer = StreamWriter(account.pk, keys, seen)
            done, group_at = 0, StreamRow._fields.index("group")
            for batch in spool.batches():
                writer.write([row for row in batch if row[group_at] not in off] if off else batch)
                done += len(batch)
                self.report.step("parsing", 100 * done / spool.count, streams_processed=done)
            counts = writer.finish(account.stale_stream_days, [keys[name] for name in off])
        return self._done(counts)

    def _why_none(self) -> str:
        reasons = [f"{self.filtered} kept out by filters"] if self.filtered else []
        if self.problems:
            reasons.append(str(self.problems))
        return f" ({'; '.join(reasons)})" if reasons else ""

    def _only_groups(self) -> Outcome:
        message = f"{len(self.groups)} groups found; choose what to take, then refresh"
        self._status("pending_setup", message)
        self.report.say("processing_groups", 100, status="pending_setup", message=message)
        return Outcome("pending_setup", message, {"groups": len(self.groups)}, self.problems.first)

    def _done(self, counts: StreamCounts) -> Outcome:
        from core.utils import log_system_event
        from django.utils import timezone

        from jackfield.dialects.dispatcharr.iptv.auto_sync import sync_channels

        account = self.account
        synced = sync_channels(account.pk)
        elapsed = round(self.report.elapsed, 2)
        message = (
            f"{counts.processed} streams in {elapsed:g} s: {counts.created} created, "
            f"{counts.updated} updated, {counts.stale} stale, {counts.deleted} deleted"
        )
        if synced.any:
            message += f"; channels: {synced.created} created, {synced.updated} updated, "
            message += f"{synced.deleted} deleted"
        if self.problems:
            message += f"; passed over: {self.problems}"
            for line in self.problems.first:
                reports.log(line)
        self._status("success", message, updated_at=timezone.now())
        log_system_event(
            "m3u_refresh",
            account_name=account.name,
            elapsed_time=elapsed,
            streams_created=counts.created,
            streams_updated=counts.updated,
            streams_stale=counts.stale,
            streams_deleted=counts.deleted,
            total_processed=counts.processed,
        )
        self.report.say(
            "parsing",
            100,
            status="success",
            message=message,
            streams_processed=counts.processed,
            streams_created=counts.created,
            streams_updated=counts.updated,
            streams_stale=counts.stale,
            streams_deleted=counts.deleted,
        )
        numbers = {
            **counts.to_dict(),
            "groups": len(self.groups),
            "filtered": self.filtered,
            "channels_created": synced.created,
            "channels_updated": synced.updated,
            "channels_deleted": synced.deleted,
        }
        return Outcome("success", message, numbers, self.problems.first)

    # Saying

    def _status(self, status: str, message: str, **more: Any) -> None:
        """Past ``save``: an account whose refresh is under way may be edited meanwhile."""
        from apps.m3u.models import M3UAccount

        values = {"status": status, "last_message": message, **more}
        M3UAccount.objects.filter(pk=self.account.pk).update(**values)

    def _failed(self, message: str) -> Outcome:
        self._status("error", message)
        reports.log(f"{self.account.name}: {message}")
        with suppress(Exception):
            self.report.say("parsing", 100, status="error", message=message, error=message)
        return Outcome("error", message, {}, self.problems.first)


def fetch_cached(url: str, cached: Path, agent: str, report: Report) -> bool:
    """Fetch *url* into *cached* unless the server says that it did not change.

    :returns: whether it changed.
    :raises JackfieldError: it cannot be had; what was cached stays.
    """
    note = cached.with_suffix(".json")
    before = None
    with suppress(OSError, ValueError, TypeError):
        kept = json.loads(note.read_text())
        if kept.pop("url") == url:
            before = Validators(**kept)
    report.say("downloading", 0)
    got = download(url, cached, user_agent=agent, validators=before, progress=report.bytes_of())
    report.say("downloading", 100)
    if got.changed:
        note.write_text(json.dumps({"url": url, **asdict(got.validators)}))
    return got.changed


def _live_extension(account: Any) -> str:
    wanted = (account.custom_properties or {}).get("live_extension") or "ts"
    return wanted if str(wanted).isalnum() else "ts"
