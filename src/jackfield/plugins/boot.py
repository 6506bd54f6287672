"""Starts all enabled plugins with the host, and stops them with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from jackfield.errors import JackfieldError
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.locks import SlugLocks
from jackfield.plugins.starting import Starter
from jackfield.plugins.startup import StartupMarker
from jackfield.plugins.steps import reached

_logger = logging.getLogger(__name__)


class Boot:
    """The host's start and stop, as the registry's plugins live through it.

    :ivar started: whether a plugin that is enabled now starts now.
    :ivar safe_mode: whether no plugin was started with the host.
    :ivar suspect: slug of the plugin at which the last start-up ended, if it did not finish.
    """

    def __init__(
        self, keeper: Keeper, starter: Starter, locks: SlugLocks, marker: StartupMarker
    ) -> None:
        self._keeper = keeper
        self._starter = starter
        self._locks = locks
        self._marker = marker
        self._stopping = False
        self._settled = threading.Event()
        self._settled.set()
        self.started = False
        self.safe_mode = False
        self.suspect: str | None = None

    def start(self, safe_mode: bool | None, suspend: Callable[[Entry, str], None]) -> None:
        """Start what is enabled, one plugin after the other; those that fail are left failed.

        :param safe_mode: start nothing; ``None`` decides by whether the last start-up finished.
        :param suspend: suspends the plugin at which it did not.
        """
        self._settled.clear()
        try:
            suspect = self._marker.found()
            self._stopping = False
            self.started = True
            if suspect is not None:
                self._blame(suspect, suspend)
            self.safe_mode = suspect is not None if safe_mode is None else safe_mode
            if not self.safe_mode:
                self._start_enabled()
            self._marker.clear()
        finally:
            self._settled.set()

    def wait(self, timeout: float) -> bool:
        """Wait while the plugins are being started; ``False`` after *timeout* seconds."""
        return self._settled.wait(timeout)

    def leave_safe_mode(self) -> None:
        """Start what is enabled after all."""
        self.safe_mode = False
        self._start_enabled()
        self._marker.clear()

    def stop(self) -> None:
        """Stop every plugin; one that was enabled stays so."""
        self._stopping = True
        for slug in sorted(self._keeper.entries):
            try:
                with self._locks.hold(slug, "being stopped"):
                    entry = self._keeper.entries.get(slug)
                    if entry is not None and entry.running is not None:
                        self._starter.halt(entry, "the host stops")
                        self._keeper.move(entry, "disabled")
                        self._keeper.tell(slug, "state")
            except JackfieldError as error:
                _logger.error("%s was not stopped: %s", slug, error)
        if self.started:
            self._marker.clear()
        self.started = False

    def _blame(self, slug: str, suspend: Callable[[Entry, str], None]) -> None:
        self.suspect = slug or None
        entry = self._keeper.entries.get(slug)
        if entry is not None and entry.record.enabled:
            with self._locks.hold(slug, "being suspended"):
                suspend(entry, "the host ended while this plugin was starting")

    def _start_enabled(self) -> None:
        for slug in sorted(self._keeper.entries):
            if self._stopping:
                return
            try:
                with self._locks.hold(slug, "being started"):
                    entry = self._keeper.entries.get(slug)
                    if entry is not None and self._starts_with_host(entry):
                        self._marker.at(slug)
                        reached("start.marked")
                        self._starter.start(entry)
            except JackfieldError as error:  # the others start all the same
                _logger.error("%s did not start: %s", slug, error)

    def _starts_with_host(self, entry: Entry) -> bool:
        record = entry.record
        return (
            record.enabled
            and record.state != "suspended"
            and entry.running is None
            and self._starter.has_dialect(entry)
            and not record.decision.undecided(record.spec, self._starter.known(entry))
        )
