"""The wire between a plugin in the sandbox and its host: one table, both sides read it.

A plugin calls ``host_call(name, *arguments)`` and gets the result back. Values travel as JSON, so
each kind of value of the Owncast interface has one form here:

=========  ==============================================================================
kind       on this wire
=========  ==============================================================================
text       a string
integer    a number
flag       ``true`` or ``false``
bytes      base64 text, standard alphabet, padded; see :func:`pack` and :func:`unpack`
json       the value itself, decoded: an object, a list, ... never JSON text inside a string
outcome    ``{"ok": true}``, or ``{"ok": false, "error": text}`` when the host refused
=========  ==============================================================================

A ``?`` after a kind says that ``null`` may come instead. A result of ``nothing`` is ``null``.

A call of a function whose permission was not granted, or which this host does not have, fails on
the host's side. When the host's error is named ``PermissionDenied`` the result is missing for the
plugin (see :func:`owncast_plugin._host.call`), otherwise it gets a
:class:`~owncast_plugin.HostError`, which is a ``RuntimeError``.

Sources: owncast spec 2.1 (permissions), 2.2 (functions), 2.5 (shapes of the JSON values).
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple


class HostFunction(NamedTuple):
    """One function of the host.

    :param arguments: pairs of a name and a kind, in order.
    :param result: the kind of the result.
    :param permission: what the plugin's manifest must ask for; ``None``: every plugin may.
    :param method: how an author calls it, for messages.
    """

    arguments: tuple[tuple[str, str], ...]
    result: str
    permission: str | None
    method: str


def _f(signature: str, result: str, permission: str | None, method: str) -> HostFunction:
    pairs = [part.split(":") for part in signature.split()]
    return HostFunction(tuple((name, kind) for name, kind in pairs), result, permission, method)


FUNCTIONS: dict[str, HostFunction] = {
    # chat
    "owncast_send_chat": _f("text:text", "nothing", "chat.send", "chat.send"),
    "owncast_send_chat_action": _f("text:text", "nothing", "chat.send", "chat.send_action"),
    "owncast_send_chat_system": _f("html:text", "nothing", "chat.send", "chat.system"),
    "owncast_send_chat_to": _f(
        "clientId:integer text:text", "nothing", "chat.send", "chat.send_to"
    ),
    "owncast_chat_history": _f("limit:integer", "json", "chat.history", "chat.history"),
    "owncast_chat_clients": _f("", "json", "chat.history", "chat.clients"),
    "owncast_delete_message": _f("id:text", "outcome", "chat.moderate", "chat.delete_message"),
    "owncast_kick_client": _f("clientId:integer", "outcome", "chat.moderate", "chat.kick"),
    # storage
    "owncast_kv_get": _f("key:text", "text?", "storage.kv", "kv.get"),
    "owncast_kv_set": _f("key:text value:text", "outcome", "storage.kv", "kv.set"),
    "owncast_storage_upload": _f(
        "name:text data:bytes", "json?", "storage.upload", "storage.upload"
    ),
    "owncast_fs_read": _f("path:text", "bytes?", "storage.fs", "fs.read"),
    "owncast_fs_write": _f("path:text data:bytes", "outcome", "storage.fs", "fs.write"),
    "owncast_fs_list": _f("directory:text", "json", "storage.fs", "fs.list"),
    "owncast_fs_delete": _f("path:text", "outcome", "storage.fs", "fs.delete"),
    "owncast_fs_exists": _f("path:text", "flag", "storage.fs", "fs.exists"),
    # SQLRequest in, SQLExecResult or SQLQueryResult out; "error" inside the result on failure
    "owncast_sql_exec": _f("request:json", "json", "storage.sql", "sql.exec"),
    "owncast_sql_query": _f("request:json", "json", "storage.sql", "sql.query"),
    # events between plugins
    "owncast_emit_event": _f("type:text payload:json", "nothing", "events.emit", "events.emit"),
    # stream and server
    "owncast_stream_current": _f("", "json", "server.read", "stream.current"),
    "owncast_stream_broadcaster": _f("", "json", "server.read", "stream.broadcaster"),
    "owncast_server_info": _f("", "json", "server.read", "server.info"),
    "owncast_server_socials": _f("", "json", "server.read", "server.socials"),
    "owncast_server_emotes": _f("", "json", "server.read", "server.emotes"),
    "owncast_server_federation": _f("", "json", "server.read", "server.federation"),
    "owncast_server_tags": _f("", "json", "server.read", "server.tags"),
    "owncast_video_config_read": _f("", "json", "videoconfig.read", "video_config.read"),
    "owncast_video_config_write": _f(
        "update:json", "outcome", "videoconfig.write", "video_config.write"
    ),
    # notifications
    "owncast_notify_discord": _f(
        "text:text", "nothing", "notifications.send", "notifications.discord"
    ),
    "owncast_notify_browser_push": _f(
        "payload:json", "nothing", "notifications.send", "notifications.browser_push"
    ),
    "owncast_notify_fediverse": _f(
        "payload:json", "nothing", "notifications.send", "notifications.fediverse"
    ),
    # people
    "owncast_users_list": _f("", "json", "users.read", "users.list"),
    "owncast_user_get": _f("id:text", "json?", "users.read", "users.get"),
    "owncast_user_set_enabled": _f(
        "id:text enabled:integer reason:text", "outcome", "users.moderate", "users.set_enabled"
    ),
    "owncast_ban_ip": _f("ip:text", "outcome", "users.moderate", "users.ban_ip"),
    # UserRegisterRequest in; {"userId"} or {"error"} out
    "owncast_users_register": _f("request:json", "json", "users.register", "users.register"),
    "owncast_auth_grant_session": _f("request:json", "outcome", "auth.gate", "auth.grant_session"),
    "owncast_auth_end_session": _f("", "nothing", "auth.gate", "auth.end_session"),
    "owncast_fediverse_post": _f("text:text", "json?", "fediverse.post", "fediverse.post"),
    # pages
    "owncast_sse_send": _f("channel:text event:text data:text", "nothing", "http.sse", "sse.send"),
    "owncast_add_actions": _f("actions:json", "outcome", "ui.modify", "actions.add"),
    "owncast_clear_actions": _f("", "outcome", "ui.modify", "actions.clear"),
    # for every plugin
    "owncast_timer_set": _f(
        "id:integer delayMs:integer repeat:integer", "flag", None, "timer.set_timeout"
    ),
    "owncast_timer_clear": _f("id:integer", "nothing", None, "timer.clear"),
    "owncast_config_get": _f("key:text", "json?", None, "config.get"),
    "owncast_asset_read": _f("path:text", "bytes?", None, "assets.read"),
    "owncast_log_info": _f("message:text", "nothing", None, "log.info"),
    "owncast_log_warning": _f("message:text", "nothing", None, "log.warning"),
    "owncast_log_error": _f("message:text", "nothing", None, "log.error"),
    # The outgoing HTTP client. Result: {"status": integer, "headers": {name: value},
    # "body": bytes}. A host that is not allowed, or cannot be reached, fails the call.
    "owncast_http_request": _f(
        "url:text method:text headers:json body:bytes?", "json", "network.fetch", "http.fetch"
    ),
}
"""Every host function by its name."""


# What the host may call in a plugin: one JSON value in, one out.
#
# register         null → {manifest fields..., "subscriptions": {"notify": [{"event"}],
#                  "filter": [{"event", "priority"}]}, "commands": [CommandInfo]}. A command with
#                  "selfRouted": true is listed for the help only: the plugin matches it itself.
# on_event         {"eventType", "payload"} → null. Also "timer.fire" {"id"} and "chat.command"
#                  (CommandEvent). A custom event comes under the local name, as in plugin.on(...)
# on_filter        {"eventType", "payload"} → {"action": "pass" | "modify" | "drop", ...}
# on_http_request  the request of owncast spec 2.5 → {"status", "headers"?, "body"? | "bodyBase64"?}
# on_tab_content, on_page_content   {"slug", "user"?} → text
# on_page_styles, on_page_scripts   null → text
# on_auth_check    {"user"} → {"action": "ok" | "refresh" | "deny", ...}
EXPORTS = (
    "register",
    "on_event",
    "on_filter",
    "on_http_request",
    "on_tab_content",
    "on_page_content",
    "on_page_styles",
    "on_page_scripts",
    "on_auth_check",
)


def pack(data: bytes) -> str:
    """Bytes as they travel."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: str) -> bytes:
    """The bytes that :func:`pack` made into *text*.

    :raises ValueError: not padded base64 text.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError(f"expected base64 text, found {text!r:.60}: {error}") from error
