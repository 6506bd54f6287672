"""What leaves the plugin: events, notifications, posts, pages' event streams, HTTP, the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from owncast_plugin._host import HostError, call, checked
from owncast_plugin._wire import pack, unpack
from owncast_plugin.payloads import FetchResponse


class Events:
    """Events for other plugins. Needs ``events.emit``."""

    def emit(self, event_type: object, payload: Any = None) -> None:
        """Send an event to ``<slug of the recipient>.<its hook>``, with any JSON payload."""
        call("owncast_emit_event", str(event_type), payload)


class Notifications:
    """Tell people outside of the chat. Needs ``notifications.send``."""

    def discord(self, text: object) -> None:
        """Post to the server's Discord channel."""
        call("owncast_notify_discord", str(text))

    def browser_push(self, payload: Mapping[str, Any] | str) -> None:
        """Push ``{"title", "body"?, "url"?}`` to subscribed browsers."""
        call("owncast_notify_browser_push", _parsed(payload))

    def fediverse(self, payload: Mapping[str, Any]) -> None:
        """Notify ``{"type", "body", "image"?, "link"?}`` in the fediverse."""
        call("owncast_notify_fediverse", dict(payload))


class Fediverse:
    """Post in the server's name. Needs ``fediverse.post``."""

    def post(self, text: object) -> Any:
        """Post publicly. Returns ``{"url": ...}``, or ``None``."""
        return call("owncast_fediverse_post", str(text))


class SSE:
    """Event streams to the plugin's own pages. Needs ``http.sse``."""

    def send(self, channel: object, event: object, data: Any) -> None:
        """Send to everyone who listens to the channel; what is no text goes as JSON."""
        text = data if isinstance(data, str) else json.dumps(data)
        call("owncast_sse_send", str(channel), str(event), text)


class Actions:
    """Buttons under the stream. Needs ``ui.modify``."""

    def add(self, actions: Mapping[str, Any] | list[dict[str, Any]]) -> None:
        """Add one button or several: ``{"title", "url" or "html", "icon"?, "color"?, ...}``.

        :raises HostError: one of them is wrong; none was added.
        """
        several = [dict(actions)] if isinstance(actions, Mapping) else list(actions)
        checked("owncast_add_actions", several)

    def clear(self) -> None:
        """Take back all buttons that :meth:`add` added.

        :raises HostError: the host could not.
        """
        checked("owncast_clear_actions")


class Http:
    """Requests to other servers. Needs ``network.fetch`` and ``network.allowedHosts``."""

    def fetch(self, url: object, opts: Mapping[str, Any] | None = None) -> FetchResponse:
        """Request *url*; ``opts`` are ``method`` (GET), ``headers`` and ``body``.

        The answer has ``status``, ``headers`` and ``body`` (text), whatever the status is.

        :raises HostError: the host is not allowed, could not be reached, or sent too much.
        :raises UnicodeDecodeError: the body is not UTF-8.
        """
        opts = opts or {}
        body = opts.get("body")
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and not isinstance(body, bytes):
            raise TypeError(f"body must be text or bytes, not {type(body).__name__}")
        headers = {str(k): str(v) for k, v in (opts.get("headers") or {}).items()}
        method = str(opts.get("method") or "GET")
        status, received, data = request(str(url), method, headers, body)
        return FetchResponse({"status": status, "headers": received, "body": data.decode()})


class Log:
    """The plugin's own log. Every plugin may."""

    def info(self, message: object) -> None:
        """For the record."""
        call("owncast_log_info", str(message))

    def warning(self, message: object) -> None:
        """Something is not as it should be."""
        call("owncast_log_warning", str(message))

    def error(self, message: object) -> None:
        """Something failed."""
        call("owncast_log_error", str(message))


def request(
    url: str, method: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, dict[str, str], bytes]:
    """One request; its status, headers and bytes.

    :raises HostError: as :meth:`Http.fetch`.
    """
    packed = None if body is None else pack(body)
    answer = call("owncast_http_request", url, method.upper(), headers, packed)
    if not isinstance(answer, dict):
        raise HostError(
            f"no answer from {url}; is the permission 'network.fetch' declared and granted?",
            "owncast_http_request",
        )
    data = unpack(answer.get("body") or "")
    return int(answer.get("status") or 0), dict(answer.get("headers") or {}), data


def _parsed(payload: Mapping[str, Any] | str) -> Any:
    # A text goes to the host as it is, which takes it for JSON (owncast spec 2.3).
    if not isinstance(payload, str):
        return dict(payload)
    try:
        return json.loads(payload)
    except ValueError:
        return payload
