"""What leaves the plugin: events, notices, posts, requests."""

from __future__ import annotations

from collections.abc import Callable
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

    def notify(method: str, send: Callable[[Notifications], None]) -> None:
        service = notices()
        try:
            send(service)
        except JackfieldError as error:
            # As in the original a notice that does not go out ends no handler.
            hint = f" ({error.hint})" if error.hint else ""
            text = f"notifications.{method} was not sent: {error.message}{hint}"
            caller.log.failure(text, "warning")

    def discord(text: str) -> None:
        notify("discord", lambda service: service.discord(slug, text))

    def browser_push(payload: Any) -> None:
        notify(
            "browser_push",
            lambda service: service.browser_push(slug, read_request(payload, BrowserPush)),
        )

    def fediverse_notice(payload: Any) -> None:
        notify(
            "fediverse",
            lambda service: service.fediverse(slug, read_request(payload, FediverseNotice)),
        )

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
        "owncast_notify_discord": discord,
        "owncast_notify_browser_push": browser_push,
        "owncast_notify_fediverse": fediverse_notice,
        "owncast_fediverse_post": post,
        "owncast_http_request": http_request,
    }
