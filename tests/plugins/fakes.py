"""A plugin made of plain functions, for tests of the core that need no dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jackfield.plugins.dialect import PluginContext, PluginFailure, Running
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec


class FunctionRuntime:
    """Calls *on_event* and *on_filter*; remembers that it was stopped and why."""

    def __init__(
        self,
        *,
        events: tuple[str, ...] = (),
        filters: Mapping[str, int] | None = None,
        on_event: Callable[[Event], None] = lambda _event: None,
        on_filter: Callable[[Event], FilterResult] = lambda _event: PASS,
    ) -> None:
        self.subscriptions = Subscriptions(frozenset(events), dict(filters or {}))
        self.on_event = on_event
        self.on_filter = on_filter
        self.stopped: list[str] = []
        self.memory_bytes = 1024

    def notify(self, event: Event) -> None:
        self.on_event(event)

    def filter(self, event: Event) -> FilterResult:
        return self.on_filter(event)

    def request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(body=request.path.encode())

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        return {"action": action, **params}

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        return slot

    def stop(self, reason: str) -> None:
        self.stopped.append(reason)


def running(slug: str, runtime: FunctionRuntime) -> Running:
    """That runtime as a running plugin, with a log in memory."""
    spec = PluginSpec(dialect="test", slug=slug, name=slug.title(), version="1.0.0")
    context = PluginContext(
        spec=spec, root=Path("/nowhere"), data=Path("/nowhere"), grants=Grants(),
        services=ServiceTable(), log=PluginLog(slug), settings=dict,
    )  # fmt: skip
    return Running(spec, context, runtime)


def failure(kind: Any = "raised", slug: str = "bad", call: str = "filter x") -> PluginFailure:
    """A failure as a dialect raises it."""
    return PluginFailure("went wrong", plugin=slug, call=call, kind=kind, traceback="line 3")
