"""What handlers answer: verdicts of filters and of session checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from owncast_plugin.payloads import Payload

Verdict = dict[str, Any]


class Filter:
    """The answers of a ``@plugin.filter_chat_message`` handler."""

    def pass_(self) -> Verdict:
        """Let the message through as it is. (``pass`` is a Python keyword.)"""
        return {"action": "pass"}

    def drop(self, reason: object = "") -> Verdict:
        """Stop the message; *reason* goes to the host's log."""
        return {"action": "drop", "reason": str(reason)}

    def modify(self, payload: Mapping[str, Any]) -> Verdict:
        """Let *payload* through in the message's place: ``{**msg.raw, "body": "..."}``."""
        if isinstance(payload, Payload):
            raise TypeError(
                "filter.modify() takes the whole message as a dict: "
                'filter.modify({**msg.raw, "body": "..."})'
            )
        return {"action": "modify", "payload": payload}


class AuthCheck:
    """The answers of a ``@plugin.on_auth_check`` handler."""

    def ok(self) -> Verdict:
        """The session goes on."""
        return {"action": "ok"}

    def refresh(self, ttl: float = 0) -> Verdict:
        """The session goes on with a new cookie, for *ttl* seconds (0: the host's choice)."""
        return {"action": "refresh", "ttl": int(ttl)} if ttl else {"action": "refresh"}

    def deny(self, reason: object = "") -> Verdict:
        """The session ends."""
        return {"action": "deny", "reason": str(reason)}


filter = Filter()  # noqa: A001 - the name that authors import
auth_check = AuthCheck()
