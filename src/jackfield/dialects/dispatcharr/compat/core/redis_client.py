"""Redis as plugins and the application reach it: a real one when it is set, else the host's own.

Source: dispatcharr spec 4.2 (eight of the known plugins use ``RedisClient``; values are bytes, as
in the releases that they are written for).
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from jackfield.dialects.dispatcharr.django_setup import environment
from jackfield.dialects.dispatcharr.processes import here

logger = logging.getLogger(__name__)

CONNECT_S = 5.0
"""How long a connection may take."""

_TRIES = 8
_MOST_S = 1.0
"""A command whose connection was lost is tried again, some seconds in all: long enough for a Redis
that is being restarted, short enough for a page that waits for it."""

_lock = threading.Lock()
_clients: dict[bool, redis.Redis] = {}
_private: Any = None


class RedisClient:
    """Gives out the process' clients; every call returns the same ones."""

    @classmethod
    def get_client(cls, max_retries: int = 5, retry_interval: float = 1) -> redis.Redis:
        """A client whose values are bytes. It connects when it is used, and again when it must.

        :param max_retries: taken for the original's sake, as is *retry_interval*; each command
            tries again by itself.
        """
        del max_retries, retry_interval
        return _client(text=False)

    @classmethod
    def get_buffer(cls, max_retries: int = 5, retry_interval: float = 1) -> redis.Redis:
        """A client for binary data: the same."""
        del max_retries, retry_interval
        return _client(text=False)

    @classmethod
    def get_text_client(cls) -> redis.Redis:
        """A client whose values are text."""
        return _client(text=True)

    @classmethod
    def get_pubsub_client(cls, max_retries: int = 5, retry_interval: float = 1) -> redis.Redis:
        """A client to subscribe with; ``pubsub()`` makes a connection of its own."""
        del max_retries, retry_interval
        return _client(text=False)

    @classmethod
    def close(cls) -> None:
        """Hang up; the next call connects anew."""
        with _lock:
            for client in _clients.values():
                client.close()
            _clients.clear()


def get_redis_connection(alias: str = "default", write: bool = True) -> redis.Redis:
    """The client, as ``django_redis`` gives it."""
    del alias, write
    return RedisClient.get_client()


def _client(*, text: bool) -> redis.Redis:
    with _lock:
        if text not in _clients:
            _clients[text] = _made(environment().redis, text)
        return _clients[text]


def _made(url: str, text: bool) -> redis.Redis:
    if not url:
        return _private_fake(text)
    more: dict[str, Any] = {"socket_keepalive": True}
    if url.startswith("unix:"):
        more = {}
        _have_served()
    return redis.Redis.from_url(
        url,
        decode_responses=text,
        socket_connect_timeout=CONNECT_S,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=_MOST_S, base=0.05), _TRIES),
        retry_on_error=[redis.ConnectionError, redis.TimeoutError],
        **more,
    )


def _have_served() -> None:
    """Have the process that holds the shared keys started, which a host does only when asked to."""
    if here.role in ("", "worker"):
        return
    try:
        here.call("worker.start", timeout=60)
    except Exception as error:  # noqa: BLE001 - the first command says so again, to who can act
        logger.warning("the shared keys are not there yet: %s", error)


def _private_fake(text: bool) -> redis.Redis:
    """Keys in this process alone: for tests and scripts without a host."""
    global _private
    import fakeredis

    if _private is None:
        _private = fakeredis.FakeServer()
    return fakeredis.FakeRedis(server=_private, decode_responses=text)
