"""What the host calls in a plugin: finds the handler, wraps the payload, tidies the answer.

Each function takes and returns decoded JSON; see :data:`owncast_plugin._wire.EXPORTS`.
"""

from __future__ import annotations

from typing import Any

from owncast_plugin._calls import finish
from owncast_plugin._commands import run_command
from owncast_plugin._registry import Handler, registry
from owncast_plugin._wire import pack
from owncast_plugin.payloads import AuthCheckRequest, ChatMessage, ContentRequest, HttpRequest

CHAT_MESSAGE = "chat.message.received"


def describe() -> dict[str, Any]:
    """What the plugin subscribed to and which commands it has, as ``register`` reports them."""
    names = dict.fromkeys((*registry.events, *registry.custom_events))
    if registry.chat_routers:
        names.setdefault(CHAT_MESSAGE)
    subscriptions: dict[str, Any] = {}
    if names:
        subscriptions["notify"] = [{"event": name} for name in names]
    if registry.filters:
        priority = registry.filter_priority
        subscriptions["filter"] = [
            {"event": name, "priority": priority} for name in registry.filters
        ]
    return {"subscriptions": subscriptions, "commands": registry.command_infos}


def on_event(envelope: dict[str, Any]) -> None:
    """Hand an event to its handler; an event without one is ignored."""
    name, payload = envelope.get("eventType"), envelope.get("payload")
    if name == CHAT_MESSAGE and registry.chat_routers:
        for router in registry.chat_routers:
            router(ChatMessage(payload))
    if (entry := registry.events.get(name)) is not None:  # type: ignore[arg-type]
        handler, kind = entry
        finish(handler(kind(payload)))
    elif name == "timer.fire":
        _fire(payload)
    elif name == "chat.command":
        run_command(payload)
    elif (custom := registry.custom_events.get(name)) is not None:  # type: ignore[arg-type]
        finish(custom(payload))


def on_filter(envelope: dict[str, Any]) -> dict[str, Any]:
    """The filter's verdict; no handler, or an answer that is no verdict, passes."""
    entry = registry.filters.get(envelope.get("eventType"))  # type: ignore[arg-type]
    if entry is None:
        return {"action": "pass"}
    handler, kind = entry
    verdict = finish(handler(kind(envelope.get("payload"))))
    return verdict if isinstance(verdict, dict) else {"action": "pass"}


def on_http_request(request: dict[str, Any]) -> dict[str, Any]:
    """The first route of that path and method, else the handler of everything, else 405 or 404.

    Source: owncast spec 4.2.
    """
    method = str(request.get("method") or "GET").upper()
    path = request.get("path") or "/"
    on_path = [route for route in registry.routes if route.path == path]
    for route in on_path:
        if route.method in ("*", method):
            return _response(finish(route.handler(HttpRequest(request))))
    if on_path:
        return {"status": 405, "body": "method not allowed"}
    if (handler := registry.single.get("http")) is not None:
        return _response(finish(handler(HttpRequest(request))))
    return {"status": 404, "body": "not found"}


def on_tab_content(request: Any) -> str:
    """The HTML of a tab."""
    return _content(registry.tabs, request)


def on_page_content(request: Any) -> str:
    """The HTML of a slot of the viewer's page."""
    return _content(registry.page_contents, request)


def on_page_styles(_: Any = None) -> str:
    """CSS for the viewer's page."""
    return _page("styles")


def on_page_scripts(_: Any = None) -> str:
    """JavaScript for the viewer's page."""
    return _page("scripts")


def on_auth_check(request: Any) -> dict[str, Any]:
    """Whether a session goes on; without a handler, or without an answer, it does."""
    if (handler := registry.single.get("auth_check")) is None:
        return {"action": "ok"}
    verdict: dict[str, Any] | None = finish(handler(AuthCheckRequest(request)))
    return verdict or {"action": "ok"}


def _fire(payload: Any) -> None:
    timer_id = payload.get("id") if isinstance(payload, dict) else None
    timer = registry.timers.get(timer_id)  # type: ignore[arg-type]
    if timer is None:
        return
    if not timer.repeat:  # forgotten first: the handler may set another
        del registry.timers[timer_id]  # type: ignore[arg-type]
    finish(timer.handler())


def _content(handlers: dict[str, Handler], request: Any) -> str:
    slug = request.get("slug") if isinstance(request, dict) else None
    handler = handlers.get(slug)  # type: ignore[arg-type]
    return "" if handler is None else str(finish(handler(ContentRequest(request))) or "")


def _page(what: str) -> str:
    handler = registry.single.get(what)
    return "" if handler is None else str(finish(handler()) or "")


def _response(answer: Any) -> dict[str, Any]:
    if answer is None:
        return {"status": 204}
    if not isinstance(answer, dict):
        answer = {"status": 200, "body": answer if isinstance(answer, bytes) else str(answer)}
    response: dict[str, Any] = answer
    body = response.get("body")
    if isinstance(body, bytes | bytearray):
        # A file that was read goes out as it is: `{"body": owncast.fs.read(...)}`.
        rest = {key: value for key, value in response.items() if key != "body"}
        response = {**rest, "bodyBase64": pack(bytes(body))}
    return response
