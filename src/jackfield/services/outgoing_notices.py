"""Notices that plugins send on the owner's behalf: to Discord, and to a webhook of the owner's.

Discord is an address that the operator enters (owncast spec 2.2 gives plugins the text only). For
browsers and the Fediverse this host has no sender of its own; where the operator names a webhook,
it gets each of them as JSON and passes it on.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jackfield.errors import InvalidInput, JackfieldError, Unavailable
from jackfield.services.fetch import Fetch, FetchRequest
from jackfield.services.host_settings import HostSettings
from jackfield.services.notifications import BrowserPush, FediverseNotice
from jackfield.services.rate_limits import RateLimited, RateLimits

DOCUMENT = "notifications"
WAITING = 100
"""Notices that may wait; further ones are refused."""

RATE = "10/minute; 60/hour"
"""How many notices a plugin may send: they reach people elsewhere."""

DISCORD_CHARS = 2000

_log = logging.getLogger(__name__)


class NoticeDocument(
    msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Where notices go.

    :param discord: a Discord webhook's address; empty for none.
    :param webhook: an address that gets every notice for browsers and for the Fediverse, as
        ``{"kind": "browserPush" | "fediverse", "plugin": slug, "notice": {...}}``.
    :param local: whether these addresses may be in this machine's own network.
    """

    discord: str = ""
    webhook: str = ""
    local: bool = False


class OutgoingNotices:
    """See :class:`~jackfield.services.notifications.Notifications`. Sends on a thread of its own.

    :param fetch: the way out.
    """

    def __init__(self, settings: HostSettings, fetch: Fetch) -> None:
        self._settings = settings
        self._fetch = fetch
        self._limits = RateLimits({"notice": RATE})
        self._queue: queue.Queue[tuple[str, str, bytes, bool] | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.sent = 0
        self.failed = 0

    def document(self) -> NoticeDocument:
        """Where notices go now."""
        return self._settings.read(DOCUMENT, NoticeDocument)

    def change(self, changes: Mapping[str, Any]) -> NoticeDocument:
        """Send them elsewhere.

        :raises InvalidInput: no address, or no such member.
        """
        for name in ("discord", "webhook"):
            _check_address(name, changes.get(name, ""))
        return self._settings.change(DOCUMENT, NoticeDocument, changes)

    def discord(self, slug: str, text: str) -> None:
        """Post to the owner's Discord channel.

        :raises Unavailable: the operator named none.
        :raises RateLimited: the plugin sends too many.
        """
        found = self.document()
        if not found.discord:
            raise Unavailable(
                "this host has no Discord webhook", hint="the operator can enter one", plugin=slug
            )
        content = {"content": text[:DISCORD_CHARS], "allowed_mentions": {"parse": []}}
        self._send(slug, found.discord, content, local=found.local)

    def browser_push(self, slug: str, push: BrowserPush) -> None:
        """Hand a push notice on.

        :raises Unavailable: the operator named no webhook that sends them.
        """
        self._pass_on(slug, "browserPush", push)

    def fediverse(self, slug: str, notice: FediverseNotice) -> None:
        """Hand a notice to followers on.

        :raises Unavailable: the operator named no webhook that sends them.
        """
        self._pass_on(slug, "fediverse", notice)

    def _pass_on(self, slug: str, kind: str, notice: msgspec.Struct) -> None:
        found = self.document()
        if not found.webhook:
            raise Unavailable(
                f"this host has no webhook that takes {kind} notices",
                hint="the operator can enter one",
                plugin=slug,
            )
        content = {"kind": kind, "plugin": slug, "notice": msgspec.to_builtins(notice)}
        self._send(slug, found.webhook, content, local=found.local)

    def _send(self, slug: str, url: str, content: dict[str, Any], *, local: bool) -> None:
        self._limits.spend("notice", slug)
        with self._lock:
            if self._closed:
                raise Unavailable("the host stops", plugin=slug)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait((slug, url, msgspec.json.encode(content), local))
        except queue.Full:
            raise RateLimited("too many notices wait to be sent", retry_after=60) from None

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            slug, url, body, local = entry
            host = urlsplit(url).hostname or ""
            request = FetchRequest(
                url, "POST", {"content-type": "application/json"}, body, redirects=0
            )
            try:
                answer = self._fetch.fetch(slug, request, [host], local=local)
            except JackfieldError as error:
                # The address is a secret: whoever has it can post there.
                _log.warning("a notice of %s to %s was not sent: %s", slug, host, error.message)
                self.failed += 1
                continue
            if answer.status >= 300:
                _log.warning("a notice of %s: %s answered %d", slug, host, answer.status)
                self.failed += 1
            else:
                self.sent += 1

    def close(self) -> None:
        """Send no more; what waits is forgotten."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            while True:
                try:
                    self._queue.put_nowait(None)
                    break
                except queue.Full:
                    self._queue.get_nowait()
            thread.join(5)


def _check_address(name: str, value: object) -> None:
    if value == "":
        return
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("expected an address that begins with https://", field=name)
