"""What the people in an event may do, in the words that Owncast's plugins know.

Source: owncast spec 2.5 and 3.7. There a chatter is a moderator or is not; plugins ask for
``MODERATOR`` alone. Here an administrator may do all that a moderator may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jackfield.services.users import ADMIN, MODERATOR

_PEOPLE = ("user", "moderator")
"""Members of the payloads of chat events that are somebody."""


def may_moderate(user: Any) -> bool:
    """Whether that user, as JSON carries one, may do what moderators may."""
    scopes = user.get("scopes") if isinstance(user, dict) else None
    return isinstance(scopes, list | tuple) and (MODERATOR in scopes or ADMIN in scopes)


def in_their_words(payload: Any) -> Any:
    """The payload of a chat event in which administrators are moderators as well."""
    payload = _member(payload, "message", _people)
    return _somebody(_people(payload))


def _people(holder: Any) -> Any:
    for name in _PEOPLE:
        holder = _member(holder, name, _somebody)
    return holder


def _somebody(user: Any) -> Any:
    if not may_moderate(user) or MODERATOR in user["scopes"]:
        return user
    return {**user, "scopes": [*user["scopes"], MODERATOR]}


def _member(holder: Any, name: str, change: Callable[[Any], Any]) -> Any:
    if not isinstance(holder, dict) or name not in holder:
        return holder
    before = holder[name]
    after = change(before)
    return holder if after is before else {**holder, name: after}
