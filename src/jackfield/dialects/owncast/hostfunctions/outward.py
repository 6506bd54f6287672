"""What leaves the plugin: events, notices, posts, requests."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.owncast.hostfunctions.answers import read_request
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.errors import InvalidInput, JackfieldError
from jackfield.services.fediverse import Fediverse
from jackfield.services.fetch import Fetch, FetchRequest
from jackfield.services.notifications import BrowserPush, FediverseNotice, Notifications
from owncast_plugin._wire import pack


def functions(caller: Caller) -> Functions:
    """Sources: owncast spec 2.2, 3.5 (custom events), 10.5 (requests)."""
    slug = caller.slug

    def notices() -> Notifications:
        return caller.service(Notifications, "notifications.send")

    def emit(event_type: str, payload: Any) -> None:
        try:
            caller.bus.emit(slug, event_type, payload)
        except InvalidInput as error:
            caller.log.warning(f"event {event_type[:100]!r} was not sent: {error.message}")

    def browser_push(payload: Any) -> None:
        service = notices()
        if (push := _read("browser_push", payload, BrowserPush)) is not None:
            service.browser_push(slug, push)

    def fediverse_notice(payload: Any) -> None:
        service = notices()
        if (notice := _read("fediverse", payload, FediverseNotice)) is not None:
            service.fediverse(slug, notice)

    def _read(method: str, payload: Any, kind: type) -> Any:
        try:
            return read_request(payload, kind)
        except InvalidInput as error:
            caller.log.warning(f"notifications.{method} was not sent: {error.message}")
            return None

    def post(text: str) -> Any:
        service = caller.service(Fediverse, "fediverse.post")
        try:
            return {"url": service.post(slug, text)}
        except JackfieldError as error:
            caller.log.warning(f"fediverse.post: {error.message}")
            return None

    def http_request(url: str, method: str, headers: Any, body: bytes | None) -> Any:
        service = caller.service(Fetch, "network.fetch")
        right = caller.grants.get("network.fetch")
        hosts = (right.values("hosts") if right is not None else ()) or ()
        sent = {str(name): str(value) for name, value in (headers or {}).items()}
        answer = service.fetch(slug, FetchRequest(url, method, sent, body or b""), hosts)
        return {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": pack(answer.body),
        }

    return {
        "owncast_emit_event": emit,
        "owncast_notify_discord": lambda text: notices().discord(slug, text),
        "owncast_notify_browser_push": browser_push,
        "owncast_notify_fediverse": fediverse_notice,
        "owncast_fediverse_post": post,
        "owncast_http_request": http_request,
    }
