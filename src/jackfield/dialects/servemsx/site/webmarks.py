"""``/msx/webmarks``: addresses of videos that somebody kept, in the file ``webmarks``.

The documentation does not mention them and the original's handler is unfinished: asked for the
list it sends nothing, and its conditions for changes are the wrong way round. This is what it was
evidently meant to do. A line is a letter for the kind (``Y`` YouTube, ``H`` a stream), an
address, and optionally ``#`` and a label. Source: servemsx spec 8.
"""

from __future__ import annotations

import threading
from typing import Final

from starlette.responses import Response

from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.host_state import Client, ClientFlags
from jackfield.dialects.servemsx.settings_file import replace_file
from jackfield.dialects.servemsx.settings_module import player_address
from jackfield.dialects.servemsx.site import lists
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import Obj, action, reply
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault

NAME: Final = "webmarks"
MAX_LINES: Final = 1000
MAX_LINE: Final = 4000

_YOUTUBE: Final = "video:plugin:http://msx.benzac.de/plugins/youtube.html?id="


class Webmarks:
    """The bookmarks of one home. Thread-safe."""

    def __init__(self, home: Home, access: Access) -> None:
        self._home = home
        self._access = access
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> Response:
        """The list; or add a line (a text), remove one (its number), remove all (``-1``, true)."""
        if ask.method != "POST":
            return self._list(ask)
        data = ask.data()
        self._access.require_nearby(ask)
        if isinstance(data, bool):
            if data:
                self._store([])
            return reply(f'"{self._home.torrserver()}"')
        if not isinstance(data, str):
            raise Fault(400)
        with self._lock:
            return self._change(data)

    def _change(self, data: str) -> Response:
        lines = self._lines()
        if data.removeprefix("-").isdecimal():
            number = int(data)
            if number < 0:
                lines = []
            elif number < len(lines):
                del lines[number]
            else:
                return action("[]")
            self._store(lines)
            return action("reload:content")
        if len(data) < 2 or len(data) > MAX_LINE or "\n" in data or len(lines) >= MAX_LINES:
            return reply("false")
        self._store([*lines, data])
        return reply("true")

    def _lines(self) -> list[str]:
        try:
            text = (self._home.folder / NAME).read_text("utf-8", "replace")
        except FileNotFoundError:
            return []
        return [line for line in text.split("\n") if len(line) > 1]

    def _store(self, lines: list[str]) -> None:
        self._home.folder.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{line}\n" for line in lines)
        replace_file(self._home.folder / NAME, text.encode("utf-8", "replace"))

    def _list(self, ask: Ask) -> Response:
        client = self._home.client(ask.value("id"))
        here = f"execute:{ask.base}/msx/webmarks"
        content = lists.media_list(
            client,
            ask.site,
            headline="",
            extension="{ico:msx-white:bookmarks}",
            icon="movie",
            keys=(
                {
                    "key": "red",
                    "label": "{dic:Remove|Remove}",
                    "action": here,
                    "data": "{context:id}",
                },
            ),
            extended=False,
            own_options=True,
        )
        content.template["group"] = "{dic:label:video|Video}"
        newest_first = ClientFlags.NEWEST_FIRST in client.flags
        content.header = _header(ask, here, client, newest_first=newest_first)
        numbered = list(enumerate(self._lines()))
        for number, line in reversed(numbered) if newest_first else numbered:
            content.items.append(_item(client, number, line))
        return content.response()


def _item(client: Client, number: int, line: str) -> Obj:
    kind, (address, _, label) = line[0], line[1:].partition("#")
    label = label or address
    item: Obj = {"id": str(number), "label": label, "playerLabel": label}
    if kind == "Y":
        item |= {"icon": "msx-red:smart-display", "group": "YouTube"}
        return {**item, "action": _YOUTUBE + address}
    if kind == "H":
        item |= {"icon": "msx-white-soft:cast", "group": "{dic:Stream|Video-stream}"}
    return {**item, "action": player_address(client, f"video:{address}")}


def _header(ask: Ask, here: str, client: Client, *, newest_first: bool) -> Obj:
    compressed = ClientFlags.COMPRESSED in client.flags
    left, right = ("4", "8") if compressed else ("2", "6")
    box = "msx-white:check-box" if newest_first else "check-box-outline-blank"
    sort: Obj = {"type": "control", "icon": "sort", "label": "{dic:LIFO|Newest first}"}
    sort |= {"extensionIcon": box, "layout": f"{left},0,4,1"}
    sort |= {
        "action": f"execute:{ask.base}/settings?id={{ID}}",
        "data": int(ClientFlags.NEWEST_FIRST),
    }
    clear: Obj = {"type": "control", "icon": "clear", "label": "{dic:label:clear|Clear}"}
    clear |= {"layout": f"{right},0,4,1", "action": here, "data": "-1"}
    return {"items": [sort, clear]}
