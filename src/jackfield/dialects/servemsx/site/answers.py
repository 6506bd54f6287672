"""The forms of an answer that Media Station X reads.

Source: servemsx spec 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json

TEXT = "text/plain; charset=utf-8"

Obj = dict[str, Any]
"""An object of Media Station X; its keys are sorted when it is sent."""


def reply(body: bytes | str, content_type: str = TEXT, status: int = 200) -> Response:
    """An answer. JSON goes out as plain text too: the original leaves the type to guesswork."""
    content = body.encode() if isinstance(body, str) else body
    response = Response(content, status)
    if content:
        response.headers["content-type"] = content_type
    return response


def action(name: str, data: Any = None) -> Response:
    """Tell the client what to do. *data* is an object, a :class:`Content` or a plain value."""
    sent = data.to_dict() if isinstance(data, Content) else wire_json.sorted_keys(data)
    answer = {"response": {"data": {"action": name, "data": sent}, "status": 200}}
    return reply(wire_json.encode(answer))


def failure(text: str, status: int) -> Response:
    """What went wrong, in one line."""
    response = Response(f"{text}\n".encode("utf-8", "replace"), status)
    response.headers["content-type"] = TEXT
    response.headers["x-content-type-options"] = "nosniff"
    return response


@dataclass(slots=True)
class Content:
    """A page, list, panel or menu. The fields are in the order in which they are sent; those that
    are empty are left out."""

    type: str = ""
    compress: bool = False
    background: str = ""
    flag: str = ""
    headline: str = ""
    extension: str = ""
    logo: str = ""
    ready: Obj = field(default_factory=dict)
    header: Obj = field(default_factory=dict)
    options: Obj = field(default_factory=dict)
    template: Obj = field(default_factory=dict)
    items: list[Obj] = field(default_factory=list)
    pages: list[Obj] = field(default_factory=list)
    menu: list[Obj] = field(default_factory=list)

    def to_dict(self) -> Obj:
        """As it is sent. Nothing of it is kept by the client."""
        found: Obj = {"type": self.type} if self.type else {}
        found |= {"reuse": False, "cache": False, "restore": False}
        for name in self.__slots__:
            value = getattr(self, name)
            if name != "type" and value:
                is_tree = isinstance(value, Mapping | list)
                found[name] = wire_json.sorted_keys(value) if is_tree else value
        return found

    def response(self) -> Response:
        """The answer that carries it."""
        return reply(wire_json.encode(self.to_dict(), indent=True))
