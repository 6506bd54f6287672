"""What a plugin puts into pages: event streams and buttons."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.owncast.actions import add_actions, check_actions, clear_actions
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.services.kv import KeyValue
from jackfield.services.sse import EventStreams


def functions(caller: Caller) -> Functions:
    """Source: owncast spec 2.2."""
    slug = caller.slug

    def sse_send(channel: str, event: str, data: str) -> None:
        caller.service(EventStreams, "http.sse").send(slug, channel, event, data)

    def actions_add(actions: Any) -> None:
        kv = caller.service(KeyValue, "ui.modify")
        serves = "http.serve" in caller.grants
        add_actions(kv, slug, check_actions(actions, slug=slug, serves=serves))

    def actions_clear() -> None:
        clear_actions(caller.service(KeyValue, "ui.modify"), slug)

    return {
        "owncast_sse_send": sse_send,
        "owncast_add_actions": actions_add,
        "owncast_clear_actions": actions_clear,
    }
