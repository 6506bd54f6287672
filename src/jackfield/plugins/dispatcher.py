"""Brings events to plugins: mailboxes for what happened, a chain of filters for what may happen."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from jackfield.errors import JobCancelled
from jackfield.plugins.dialect import PluginFailure, Running
from jackfield.plugins.events import MAX_DEPTH, PASS, Event, FilterResult
from jackfield.plugins.health import Health, is_crash
from jackfield.plugins.job import current_job
from jackfield.plugins.mailbox import Mailbox
from jackfield.plugins.stats import CallKind, PluginStats

T = TypeVar("T")

MAX_WORKERS = 256
"""Threads that may handle events at once; they are made only when that many plugins are busy."""

_depth: ContextVar[int] = ContextVar("jackfield_event_depth", default=-1)


@contextmanager
def _following(event: Event) -> Iterator[None]:
    """What is emitted inside follows from *event*."""
    token = _depth.set(event.depth)
    try:
        yield
    finally:
        _depth.reset(token)


@dataclass(frozen=True, slots=True)
class _Attached:
    running: Running
    mailbox: Mailbox
    stats: PluginStats
    health: Health


class Dispatcher:
    """The :class:`~jackfield.plugins.dialect.EventBus` of a host. Thread-safe.

    :ivar on_suspend: called with slug and reason when a plugin has failed too often; the plugin is
        detached before, so nothing reaches it any more.
    :ivar on_crash: called with slug and message when an event or action of a plugin had to be
        killed, on a thread of its own; whoever keeps plugins counts these over restarts.
    :ivar fail_closed: slugs whose failing filter drops the event instead of passing it, by the
        operator's choice.
    """

    def __init__(self) -> None:
        self.on_suspend: Callable[[str, str], None] = lambda _slug, _reason: None
        self.on_crash: Callable[[str, str], object] = lambda _slug, _message: None
        self.fail_closed: frozenset[str] = frozenset()
        self._executor = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="plugin")
        self._lock = threading.Lock()
        # Replaced as a whole under the lock, so that readers need none.
        self._attached: dict[str, _Attached] = {}
        self._chains: dict[str, tuple[_Attached, ...]] = {}
        self._stats: dict[str, PluginStats] = {}
        self._listeners: dict[str, list[Callable[[Event], None]]] = defaultdict(list)

    # -- who takes part ---------------------------------------------------------------------

    def attach(self, running: Running) -> None:
        """Let a started plugin hear its events from now on."""
        slug = running.spec.slug
        stats = self.stats(slug, running.spec.dialect)
        stats.strikes = 0
        mailbox = Mailbox(
            self._executor,
            lambda event: self._handle(attached, event),
            lambda event: self._overflow(attached, event),
        )
        attached = _Attached(running, mailbox, stats, Health(stats))
        with self._lock:
            self._replace({**self._attached, slug: attached})

    def detach(self, slug: str) -> None:
        """Stop events to a plugin; returns when no call to it from a mailbox runs any more, or
        when one has run for so long that who stops the plugin has to end it."""
        with self._lock:
            attached = self._attached.get(slug)
            if attached is None:
                return
            self._replace({s: a for s, a in self._attached.items() if s != slug})
        attached.mailbox.close()
        attached.running.context.log.settle()

    def _replace(self, attached: dict[str, _Attached]) -> None:
        chains: dict[str, list[tuple[int, str, _Attached]]] = defaultdict(list)
        for slug, one in attached.items():
            for name, priority in one.running.runtime.subscriptions.filters.items():
                chains[name].append((priority, slug, one))
        self._attached = attached
        self._chains = {
            name: tuple(one for _, _, one in sorted(chain, key=lambda entry: entry[:2]))
            for name, chain in chains.items()
        }

    def filter_order(self, name: str) -> list[str]:
        """Slugs of the plugins that filter that event, in the order in which they are asked."""
        return [one.running.spec.slug for one in self._chains.get(name, ())]

    # -- events -----------------------------------------------------------------------------

    def notify(self, event: Event) -> None:
        """Queue the event for every subscriber, then call the host's own listeners."""
        event = self._deepen(event)
        if event.depth >= MAX_DEPTH:
            self._too_deep(event)
            return
        for one in self._attached.values():
            if event.name in one.running.runtime.subscriptions.events:
                one.mailbox.put(event)
        for listener in self._listeners.get(event.name, ()):
            listener(event)

    def deliver(self, slug: str, event: Event) -> bool:
        """Queue the event for one plugin, subscribed or not; ``False`` if it does not run."""
        event = self._deepen(event)
        if event.depth >= MAX_DEPTH:
            self._too_deep(event)
            return False
        attached = self._attached.get(slug)
        return attached is not None and attached.mailbox.put(event)

    def listen(self, name: str, listener: Callable[[Event], None]) -> None:
        """Call *listener* in the notifier's thread after each event of that name was queued."""
        self._listeners[name].append(listener)

    def drain(self, slug: str | None = None, timeout: float = 5.0) -> bool:
        """Wait until the plugin's mailbox (or every one) is empty and idle; ``False`` if not."""
        deadline = time.monotonic() + timeout
        while True:
            boxes = [
                one.mailbox
                for one in self._attached.values()
                if slug in (None, one.running.spec.slug)
            ]
            before = sum(box.received for box in boxes)
            if not all(box.drain(max(0.0, deadline - time.monotonic())) for box in boxes):
                return False
            # One plugin may have sent to another that was looked at already.
            if sum(box.received for box in boxes) == before:
                return True

    @staticmethod
    def _deepen(event: Event) -> Event:
        """What a plugin emits while it handles an event follows from that event."""
        return replace(event, depth=max(event.depth, _depth.get() + 1))

    def _too_deep(self, event: Event) -> None:
        if (attached := self._attached.get(event.source)) is not None:
            attached.running.context.log.warning(
                f"event {event.name!r} was dropped: it follows from {MAX_DEPTH} others in a row"
            )

    def _overflow(self, attached: _Attached, event: Event) -> None:
        attached.stats.drop_event()
        if attached.stats.dropped_events == 1:
            attached.running.context.log.warning(
                f"too slow: event {event.name!r} was dropped because the mailbox is full"
            )

    def _handle(self, attached: _Attached, event: Event) -> None:
        # A failure is counted and logged; an event has nobody to tell.
        with suppress(PluginFailure), _following(event):
            self._call(attached, "event", partial(attached.running.runtime.notify, event))

    # -- filters ----------------------------------------------------------------------------

    def filter(self, event: Event) -> FilterResult:
        """Ask each filter in turn, in the caller's thread; a failing one counts as *pass*.

        The result is ``modify`` with the final payload if any filter changed it.
        """
        payload, changed = event.payload, False
        for one in self._chains.get(event.name, ()):
            step = replace(event, payload=payload)
            try:
                with _following(step):
                    result = self._call(one, "filter", partial(one.running.runtime.filter, step))
            except PluginFailure as failure:
                slug = one.running.spec.slug
                if slug in self.fail_closed:
                    return FilterResult("drop", reason=f"filter failed: {failure.message}", by=slug)
                continue
            if result.dropped:
                return replace(result, by=one.running.spec.slug)
            if result.action == "modify":
                payload, changed = result.payload, True
        return FilterResult("modify", payload) if changed else PASS

    # -- calls ------------------------------------------------------------------------------

    def call(self, slug: str, kind: CallKind, function: Callable[[], T]) -> T | None:
        """Run a call into that plugin, counted and judged like any; ``None`` if it does not run.

        :raises PluginFailure: what the plugin's code did wrong.
        :raises JobCancelled: the call was part of a job that was cancelled.
        """
        attached = self._attached.get(slug)
        return None if attached is None else self._call(attached, kind, function)

    def _call(self, attached: _Attached, kind: CallKind, function: Callable[[], T]) -> T:
        began = time.perf_counter()
        try:
            result = function()
        except Exception as error:  # a fault of the dialect is counted as the plugin's too
            job = current_job()
            if job is not None and job.cancelled:  # the operator's doing, not the plugin's
                attached.stats.count(kind, "ok", time.perf_counter() - began)
                raise JobCancelled(f"job {job.id} was cancelled", plugin=job.plugin) from error
            failure = self._as_failure(attached, kind, error)
            attached.stats.count(kind, failure.kind, time.perf_counter() - began)
            self._failed(attached, kind, failure)
            raise failure from error
        attached.stats.count(kind, "ok", time.perf_counter() - began)
        attached.health.good(kind)
        return result

    @staticmethod
    def _as_failure(attached: _Attached, kind: CallKind, error: Exception) -> PluginFailure:
        if isinstance(error, PluginFailure):
            return error
        text = f"{type(error).__name__}: {error}"
        return PluginFailure(text, plugin=attached.running.spec.slug, call=kind)

    def _failed(self, attached: _Attached, kind: CallKind, failure: PluginFailure) -> None:
        log = attached.running.context.log
        log.failure(
            f"{failure.call}: {failure.message}" + (failure.traceback and "\n") + failure.traceback
        )
        slug = attached.running.spec.slug
        if is_crash(kind, failure):
            self._executor.submit(self.on_crash, slug, failure.message)
        reason = attached.health.bad(kind, failure)
        if reason is None:
            return
        with self._lock:
            if self._attached.get(slug) is not attached:
                return  # another thread was first
            self._replace({s: a for s, a in self._attached.items() if s != slug})
        log.error(f"suspended: {reason}")
        # On a thread of its own, because stopping the plugin waits for the calls that run now.
        self._executor.submit(self._suspend, attached, reason)

    def _suspend(self, attached: _Attached, reason: str) -> None:
        attached.mailbox.close()
        attached.running.context.log.settle()
        self.on_suspend(attached.running.spec.slug, reason)

    # -- counters ---------------------------------------------------------------------------

    def stats(self, slug: str, dialect: str = "") -> PluginStats:
        """The counters of that plugin since the host started."""
        with self._lock:
            return self._stats.setdefault(slug, PluginStats(slug, dialect))

    def all_stats(self) -> list[tuple[PluginStats, int, int]]:
        """For every plugin that ever ran: its counters, queued events, bytes held now."""
        with self._lock:
            every = sorted(self._stats.values(), key=lambda stats: stats.slug)
        rows = []
        for stats in every:
            one = self._attached.get(stats.slug)
            queued, memory = (len(one.mailbox), one.running.runtime.memory_bytes) if one else (0, 0)
            rows.append((stats, queued, memory))
        return rows

    def close(self) -> None:
        """Detach everybody and end the threads."""
        for slug in list(self._attached):
            self.detach(slug)
        self._executor.shutdown(wait=False, cancel_futures=True)
