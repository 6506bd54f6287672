"""``/msx/dictionary``: the choice of a language, and what a client says of the one it has.

Source: servemsx spec 8 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.answer import VERSION
from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import Content, action
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.outward import Outward
from jackfield.dialects.servemsx.site.respond import send_file
from jackfield.errors import InvalidInput

RELEASE: Final = f"https://api.github.com/repos/damiva/ServeMSX/releases/tags/{VERSION}"
"""Where the original's dictionaries are; Jackfield brings none of its own."""

SUFFIX: Final = ".json.gz"


class Languages:
    """The dictionary of one home."""

    def __init__(self, home: Home, outward: Outward, access: Access) -> None:
        self._home = home
        self._outward = outward
        self._access = access

    def file(self, ask: Ask) -> Response:
        """The dictionary itself."""
        return send_file(ask, self._home.dictionary.path)

    def __call__(self, ask: Ask) -> Response:
        """The list of languages, a choice, or what the client uses now."""
        if ask.method != "POST":
            return self._list(ask)
        found = ask.json()
        about = wire_json.field(found, "info")
        if isinstance(about, Mapping):
            return self._used(wire_json.field(wire_json.field(about, "dictionary"), "name"))
        data = wire_json.field(found, "data")
        if data is not None and not isinstance(data, str):
            raise Fault("json: expected a text as data")
        self._access.require_nearby(ask)
        self._home.focus_language = True  # whatever comes of it, as with the original
        if data:
            packed = self._outward.body(data, local=self._access.is_operator(ask))
            try:
                self._home.dictionary.put(packed)
            except InvalidInput as error:
                raise Fault(str(error)) from None
        else:
            self._home.dictionary.remove()
        return action("reload")

    def _used(self, name: object) -> Response:
        self._home.focus_language = False
        if not isinstance(name, str) or not name:
            return action("[]")
        native = name.partition("/")[2] if "/" in name else name
        return action("update:content:dic", {"extensionLabel": f"{{txt:msx-white:{native}}}"})

    def _list(self, ask: Ask) -> Response:
        content = Content(
            type="list",
            headline="{dic:label:language|Language}:",
            template={
                "type": "button",
                "layout": "0,0,8,1",
                "action": f"execute:{ask.base}/msx/dictionary",
            },
            items=[{"label": "default", "data": ""}],
        )
        try:
            assets = wire_json.field(self._outward.json(RELEASE), "assets")
        except Fault as error:
            content.ready = {"action": f"error:{error.text}"}
            assets = None
        for asset in assets if isinstance(assets, list) else ():
            name = wire_json.field(asset, "name")
            url = wire_json.field(asset, "browser_download_url")
            if isinstance(name, str) and isinstance(url, str) and name.endswith(SUFFIX):
                content.items.append({"label": name.removesuffix(SUFFIX), "data": url})
        return content.response()
