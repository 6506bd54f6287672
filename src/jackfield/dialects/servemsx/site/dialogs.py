"""``/msx/input``, a keyboard on the screen, and ``/msx/dialog``, a question.

Source: servemsx spec 8.4.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.site.answers import Content, Obj, action
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.urls import query_escape

LATIN: Final = '1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ@-:.,/?+();!&"'
ROW: Final = 10
DOT: Final = 40
"""The place of the dot among the keys, which is the last that an address needs."""

MAX_BOXES: Final = 1000
MAX_TEXT: Final = 10_000

_WIDE: Final = (
    ("backspace", "red|delete", "<del>", "fast-rewind"),
    ("clear", "home", "<clr>", "skip-previous"),
    ("space-bar", "yellow|space|insert", " ", "fast-forward"),
    ("language", "end|tab|caps_lock", "<lng>", "skip-next"),
    ("done", "green", "\n", ""),
)
_FIELDS: Final = ("action", "headline", "extension", "value")


@dataclass(frozen=True, slots=True)
class Box:
    """What a client is asked, and what it has typed so far."""

    action: str = ""
    headline: str = ""
    extension: str = ""
    value: str = ""

    @staticmethod
    def read(found: Any) -> Box:
        """From a request's JSON.

        :raises ValueError: it is no object, or a member is no text.
        """
        if not isinstance(found, Mapping):
            raise ValueError("expected an object")
        texts = {name: wire_json.field(found, name) for name in _FIELDS}
        for name, text in texts.items():
            if text is not None and not isinstance(text, str):
                raise ValueError(f"{name} is no text")
        return Box(**{name: text for name, text in texts.items() if text is not None})


class Dialogs:
    """The boxes of all clients. Thread-safe."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._boxes: dict[str, Box] = {}
        self._second: dict[str, bool] = {}

    def clear(self) -> None:
        """Forget what was typed."""
        with self._lock:
            self._boxes.clear()
            self._second.clear()

    # -- text entry -----------------------------------------------------------------------------

    def input(self, ask: Ask) -> Response:
        """Open a box, show its keyboard, or take a key."""
        client_id = ask.query_value("id") or "*"
        if ask.method != "POST":
            return self._keyboard(ask, client_id, address=ask.has("addr"))
        try:
            found = ask.json()
        except Fault:
            raise Fault(400) from None
        if not isinstance(found, Mapping):
            raise Fault(400)
        data = wire_json.field(found, "data")
        if data is None and any(wire_json.field(found, name) is not None for name in _FIELDS):
            data = found  # the documented form; Media Station X itself wraps it
        if data is None or isinstance(data, str):
            return self._key(client_id, data or "")
        try:
            box = Box.read(data)
        except ValueError:
            raise Fault(400) from None
        with self._lock:
            self._put(client_id, box)
            self._second.setdefault(client_id, bool(self._home.dictionary.keyboard()))
        panel = f"{ask.base}/msx/input?id={quote(client_id, safe='*:@!$(),~')}"
        return action(f"panel:{panel}{'&addr' if ask.has('addr') else ''}")

    def _put(self, client_id: str, box: Box) -> None:
        self._boxes.pop(client_id, None)
        if len(self._boxes) >= MAX_BOXES:
            oldest = next(iter(self._boxes))
            del self._boxes[oldest]
            self._second.pop(oldest, None)
        self._boxes[client_id] = box

    def _key(self, client_id: str, key: str) -> Response:
        with self._lock:
            box = self._boxes.get(client_id, Box())
            if key == "\n":
                return action(box.action.replace("{INPUT}", query_escape(box.value)), box.value)
            if key == "<lng>":
                self._put(client_id, box)  # so that the layout goes with the box, when many came
                self._second[client_id] = not self._second.get(client_id, False)
                return action("reload:panel")
            if key == "<clr>":
                value = ""
            elif key == "<del>":
                value = box.value[:-1]
            else:
                value = (box.value + key)[:MAX_TEXT]
            self._put(client_id, replace(box, value=value))
        shown = value[:-1] + "{txt:msx-white-soft:_}" if value.endswith(" ") else value
        return action("update:panel:txt", {"label": shown})

    def _keyboard(self, ask: Ask, client_id: str, *, address: bool) -> Response:
        with self._lock:
            box = self._boxes.get(client_id, Box())
            second = self._second.get(client_id, False) and not address
        other = self._home.dictionary.keyboard()
        send = f"execute:service:{ask.base}/msx/input?id={quote(client_id, safe='*:@!$(),~')}"
        keys = _letters(other if second and other else LATIN, send, address=address)
        wide = _wide(send)
        if address:
            wide[2]["enable"] = wide[3]["enable"] = False
        elif not other:
            wide[3]["enable"] = False
        text: Obj = {
            "id": "txt",
            "type": "space",
            "label": box.value,
            "color": "msx-black-soft",
            "layout": "0,0,10,1",
            "offset": "0,0.3,0,0.3",
            "compress": False,
        }
        return Content(
            headline=box.headline,
            extension=box.extension,
            compress=True,
            pages=[{"items": [text, *keys, *wide]}],
        ).response()

    # -- a question -----------------------------------------------------------------------------

    def dialog(self, ask: Ask) -> Response:
        """Show a text with a button that does something and one that does nothing."""
        if ask.method != "POST":
            raise Fault(400)
        try:
            found = ask.json()
            data = wire_json.field(found, "data")
            box = Box.read(found if data is None else data)
        except (Fault, ValueError) as error:
            raise Fault(f"Parsing dialog data error: {error}") from None
        text: Obj = {"type": "space", "headline": box.value, "layout": "0,0,8,6"}
        ok: Obj = {"id": "OK", "type": "button", "icon": "done", "layout": "0,5,4,1"}
        ok |= {"action": box.action, "display": bool(box.action)}
        close: Obj = {"type": "button", "icon": "close", "layout": "4,5,4,1", "action": "back"}
        items = [{**text, "alignment": "center"}, ok, close]
        page = Content(headline=box.headline, extension=box.extension, pages=[{"items": items}])
        return action("panel:data", page)


def _letters(layout: str, send: str, *, address: bool) -> list[Obj]:
    keys: list[Obj] = []
    for place, letter in enumerate(layout):
        row, column = divmod(place, ROW)
        key: Obj = {
            "type": "button",
            "label": letter,
            "key": f"{letter}|{letter.lower()}",
            "action": send,
            "data": letter,
            "layout": f"{column},{row + 2},1,1",
        }
        if address and place >= DOT:
            key["enable"] = False
        if address and place == DOT - 1:
            key |= {"progress": 1, "progressColor": "msx-yellow", "key": f"{letter}|yellow"}
        keys.append(key)
    return keys


def _wide(send: str) -> list[Obj]:
    keys: list[Obj] = []
    for place, (icon, names, data, footer) in enumerate(_WIDE):
        key: Obj = {
            "type": "button",
            "icon": icon,
            "iconSize": "small",
            "key": names,
            "action": send,
            "data": data,
            "layout": f"{place * 2},7,2,1",
        }
        if place % 2 == 0:
            key |= {"progress": "1", "progressColor": names.partition("|")[0]}
        if footer:
            key["titleFooter"] = f"{{ico:{footer}}}"
        keys.append(key)
    return keys
