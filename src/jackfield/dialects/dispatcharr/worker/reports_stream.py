"""What workers on other machines report, by way of Redis: a stream that the host's worker reads.

A report is what a process beside the host would tell it: method and parameters. It is read by one
worker of the host, and again after that worker died on it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import redis

logger = logging.getLogger(__name__)

STREAM = "jackfield:reports"
GROUP = "host"
KEPT = 100_000
"""Reports that the stream holds at most, about, while no host reads them."""

PASSED_ON = frozenset({
    "task.started", "task.ended", "task.acked", "job.open", "job.report", "job.end", "websocket",
    "system_event", "plugin_config.saved", "worker.wanted",
})  # fmt: skip
"""What a worker elsewhere may tell this host."""

_BLOCK_MS = 2000
_BATCH = 200
_PAUSE_S = 1.0


class ReportsWriter:
    """Sends reports in order, from a thread; while Redis is away they wait here.

    :param client: a ``redis.Redis``.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Condition()
        self._waiting: deque[dict[str, str]] = deque(maxlen=KEPT)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)
        self._thread.start()

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Report; returns at once."""
        with self._lock:
            self._waiting.append({"m": method, "p": json.dumps(dict(params))})
            self._lock.notify_all()

    def close(self, wait: float = 5.0) -> int:
        """Send what waits and end; how many could not be sent."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._thread.join(wait)
        return len(self._waiting)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                batch = list(self._waiting)[:_BATCH]
            try:
                with self._client.pipeline(transaction=True) as pipe:
                    for report in batch:
                        pipe.xadd(STREAM, report, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]
                    pipe.execute()
            except redis.RedisError as error:
                logger.debug("reports wait: %s", error)
                with self._lock:
                    if self._lock.wait_for(lambda: self._closed, _PAUSE_S):
                        return
                continue
            with self._lock:
                for _ in batch:
                    self._waiting.popleft()


class ReportsReader:
    """Gives reports of other machines to the host, from a thread.

    :param client: a ``redis.Redis`` of its own: it blocks in it.
    :param name: of this reader; the same after a restart, so that it goes on where it was.
    :param tell: called with method and parameters.
    """

    def __init__(
        self, client: redis.Redis, name: str, tell: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._client = client
        self._name = name
        self._tell = tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def start(self) -> None:
        """Begin; at most once."""
        self._thread.start()

    def stop(self) -> None:
        """End, within two seconds or so."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        after = "0"  # what it was given before and had not done with; then ">", what is new
        while not self._stopping.is_set():
            try:
                after = self._read(after)
            except redis.RedisError as error:
                if "NOGROUP" in str(error):
                    self._make_group()
                else:
                    logger.debug("reports cannot be read: %s", error)
                    self._stopping.wait(_PAUSE_S)
                after = "0"

    def _make_group(self) -> None:
        try:
            self._client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.RedisError as error:
            if "BUSYGROUP" not in str(error):
                logger.debug("reports cannot be read: %s", error)
                self._stopping.wait(_PAUSE_S)

    def _read(self, after: str) -> str:
        found: Any = self._client.xreadgroup(
            GROUP, self._name, {STREAM: after}, count=_BATCH, block=_BLOCK_MS
        )
        entries = _entries(found)
        for number, fields in entries:
            self._pass_on(fields)
            self._client.xack(STREAM, GROUP, number)
            self._client.xdel(STREAM, number)
        return after if entries else ">"

    def _pass_on(self, fields: Mapping[bytes, bytes] | None) -> None:
        try:
            method, params = fields[b"m"].decode(), json.loads(fields[b"p"])  # type: ignore[index]
        except (TypeError, KeyError, ValueError) as error:
            logger.warning("a report of another machine makes no sense and is left out: %s", error)
            return
        if method in PASSED_ON and isinstance(params, dict):
            self._tell(method, params)
        else:
            logger.warning("a report of another machine, %r, is not passed on", method)


def _entries(found: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
    """The entries of an answer: a list in one version of the protocol, a map in the other."""
    if not found:
        return []
    streams = found.values() if isinstance(found, dict) else [entries for _, entries in found]
    flat: list[Any] = []
    for entries in streams:
        for entry in entries:
            nested = isinstance(entry, list) and bool(entry) and isinstance(entry[0], tuple)
            flat.extend(entry if nested else [entry])
    return [(entry[0], entry[1]) for entry in flat]
