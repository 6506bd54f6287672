"""``/healthz`` for whoever restarts a sick server, ``/metrics`` for Prometheus."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.errors import JackfieldError
from jackfield.plugins.metrics import PluginCollector
from jackfield.services.chat_room import ChatRoom
from jackfield.services.home_names import is_home_name
from jackfield.web.api.access import AdminOnly

if TYPE_CHECKING:
    from jackfield.host import Host

_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def health_routes(host: Host) -> list[BaseRoute]:
    """``/healthz`` and ``/metrics``.

    Health says nothing that an attacker could use and is open to all. Metrics name plugins, so
    they are for programs on the same machine, and for tokens with the scope ``ADMIN``.
    """
    admin_only = AdminOnly(host)
    registry = CollectorRegistry()
    registry.register(PluginCollector(host.dispatcher))
    if (room := host.services.find(ChatRoom)) is not None:
        registry.register(ChatCollector(room))

    async def healthz(_request: Request) -> Response:
        parts = await run_in_threadpool(health, host)
        live = parts["database"]["state"] == "ok"
        return JSONResponse(
            {"status": "ok" if live else "failed", "parts": parts},
            200 if live else 503,
            headers={"cache-control": "no-store"},
        )

    async def metrics(request: Request) -> Response:
        if not _same_machine(request):
            await run_in_threadpool(admin_only, request)
        page = await run_in_threadpool(generate_latest, registry)
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


def health(host: Host) -> dict[str, Any]:
    """The state of each part. Only a database that fails makes the host useless."""
    states = Counter(state.state for state in host.registry.list())
    engine = host.engine.to_dict()
    return {
        "database": _database(host),
        "engine": {"state": engine["state"]},
        "plugins": {"safe_mode": host.registry.safe_mode, **dict(sorted(states.items()))},
    }


def _database(host: Host) -> dict[str, str]:
    try:
        with host.db.read() as session:
            session.execute(text("SELECT 1"))
    except JackfieldError as error:
        return {"state": "failed", "error": error.message}
    return {"state": "ok"}


def _same_machine(request: Request) -> bool:
    """Whether a program here asks for itself: no proxy for somebody elsewhere, and no browser for
    a page from elsewhere, which calls this server by a name of its own."""
    if any(name in request.headers for name in _PROXIES):
        return False
    if not is_home_name(request.headers.get("host", "")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class ChatCollector(Collector):
    """Reads a chat room's counters at each scrape."""

    def __init__(self, room: ChatRoom) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        """Yield the chat's metric families."""
        clients = self._room.clients()
        yield GaugeMetricFamily(
            "jackfield_chat_connections", "Chat connections now.", value=len(clients)
        )
        people = len({client.user_id for client in clients})
        yield GaugeMetricFamily("jackfield_chat_people", "People in the chat now.", value=people)
        messages = CounterMetricFamily(
            "jackfield_chat_messages", "Messages by what became of them.", labels=["outcome"]
        )
        for outcome in ("posted", "dropped", "limited", "invalid", "by_plugins"):
            messages.add_metric([outcome], self._room.counts[outcome])
        yield messages
