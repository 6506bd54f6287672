"""Says when Redis goes, and when it is back.

The worker itself may notice neither: while all its threads wait to store their results, it reads
nothing from Redis, and goes on as if nothing had been once that answers again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

EVERY_S = 1.0
ANSWER_S = 5.0
"""How long Redis may take to answer."""


class BrokerWatch:
    """Asks Redis every second, in a thread.

    :param changed: called with whether it answers now, and why not; first when it does not.
    """

    def __init__(self, url: str, changed: Callable[[bool, str], None]) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_S,
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._changed = changed
        self._up = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker watch", daemon=True)

    def start(self) -> None:
        """Begin; at most once."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join(ANSWER_S + 1)
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S if self._up else EVERY_S / 2):
            try:
                self._client.ping()
                up, why = True, ""
            except redis.RedisError as error:
                up, why = False, str(error)
            if up != self._up:
                self._up = up
                self._changed(up, why)
