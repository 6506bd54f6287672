"""``/msx/torr``: what lies on the operator's TorrServer, by its MatriX API.

Source: servemsx spec 8.3.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.host_state import Client, ClientFlags
from jackfield.dialects.servemsx.settings_module import player_address
from jackfield.dialects.servemsx.site import lists
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import Content, Obj, action
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.outward import Outward
from jackfield.dialects.servemsx.urls import path_escape, query_escape

_COLORS: Final = ("yellow", "yellow", "yellow", "green", "red", "white-soft")
MAX_SHOWN: Final = 100


class Torrents:
    """One home's TorrServer, as its clients see it."""

    def __init__(self, home: Home, outward: Outward, access: Access) -> None:
        self._home = home
        self._outward = outward
        self._access = access

    def version(self, address: str) -> str:
        """What the TorrServer at that address says it is.

        :raises Fault: nothing answers there, or something else.
        """
        body = self._outward.body(f"http://{address}/echo", local=True)
        text = body.decode("utf-8", "replace")
        if not text.startswith("MatriX"):
            # Not the whole: it may be a page of any other server in the network.
            raise Fault(f"TorrServer v. {text[:MAX_SHOWN]} is not supported!")
        return text

    def __call__(self, ask: Ask) -> Response:
        """A torrent's files, a change, or the list of all."""
        if link := ask.value("link"):
            return self._files(ask, link)
        for name, verb in (("del", "rem"), ("drop", "drop")):
            if found := ask.value(name):
                self._access.require_nearby(ask)
                self._call({"action": verb, "hash": found})
                return action("reload:content")
        if link := ask.value("add"):
            self._access.require_nearby(ask)
            return self._add(link, ask.value("ttl"), ask.value("img"))
        return self._all(ask)

    def _url(self, path: str) -> str:
        return f"http://{self._home.torrserver()}{path}"

    def _call(self, command: Obj) -> bytes:
        return self._outward.body(self._url("/torrents"), post=command, local=True)

    def _add(self, link: str, title: str, poster: str) -> Response:
        command: Obj = {"action": "add", "link": link}
        command |= {"title": title} if title else {}
        command |= {"poster": poster} if poster else {}
        self._call({**command, "save_to_db": True})
        return action("info:{dic:Added|Added}")

    # -- the list of all ------------------------------------------------------------------------

    def _all(self, ask: Ask) -> Response:
        url = self._url("/torrents")
        found = self._outward.json(url, post={"action": "list"}, local=True)
        if found is not None and not isinstance(found, list):
            raise Fault(f"Decoding {url} error: expected a list")
        torrents = sorted((_Torrent(one) for one in found or ()), key=lambda one: one.state)
        flags = self._home.client(ask.value("id")).flags
        compressed = ClientFlags.COMPRESSED in flags
        base = f"{ask.base}/msx/torr"
        remove = f"execute:fetch:{base}?del={{context:id}}"
        drop = f"execute:fetch:{base}?drop={{context:id}}"
        return Content(
            type="list",
            extension=f"{{ico:msx-white:bolt}} TorrServer: {self._home.torrserver()}",
            compress=compressed,
            template={
                "imageWidth": 1.25,
                "layout": "0,0,8,2" if compressed else "0,0,6,2",
                "imageFiller": "height-left",
                "icon": "msx-glass:bolt",
                "options": lists.options(
                    {"key": "red", "label": "{dic:Remove|Remove}", "action": remove},
                    {"key": "green", "label": "{dic:Drop|Drop}", "action": drop},
                    lists.UP,
                ),
            },
            items=[one.item(base) for one in torrents],
        ).response()

    # -- one torrent ----------------------------------------------------------------------------

    def _files(self, ask: Ask, link: str) -> Response:
        found = self._outward.json(
            self._url(f"/stream/?stat&link={query_escape(link)}"), local=True
        )
        torrent = _Torrent(found)
        keys: list[Obj] = []
        if not (ask.has("noadd") or "noadd" in ask.form):
            query = f"add={query_escape(link)}&ttl={query_escape(ask.value('ttl'))}"
            query += f"&img={query_escape(ask.value('img'))}"
            label = "{dic:AddTorr|Add the torrent to My torrents}"
            add = f"execute:fetch:{ask.base}/msx/torr?{query}"
            keys.append({"key": "green", "label": label, "action": add})
        client = self._home.client(ask.value("id"))
        extension = f"{{ico:msx-white:attach-file}} {lists.size_text(torrent.size)}"
        if torrent.active > 0 or torrent.total > 0:
            peers = f"{torrent.active}/{torrent.total}"
            extension += f"{{tb}}{{ico:msx-white:arrow-upward}} {peers}"
        content = lists.media_list(
            client,
            ask.site,
            headline=f"{{ico:msx-white-soft:offline-bolt}} {torrent.title}",
            extension=extension,
            icon="movie",
            keys=tuple(keys),
        )
        content.items = self._playable(client, torrent, link)
        return content.response()

    def _playable(self, client: Client, torrent: _Torrent, link: str) -> list[Obj]:
        videos: list[Obj] = []
        audios: list[Obj] = []
        for file in torrent.files():
            path = _text(file, "path")
            name = path.rstrip("/").rpartition("/")[2] or "."
            query = f"play&link={query_escape(link)}&index={_number(file, 'id')}"
            url = self._url(f"/stream/{path_escape(path)}?{query}")
            item: Obj = {
                "label": name,
                "playerLabel": name,
                "extensionLabel": lists.size_text(_number(file, "length")),
            }
            extension = lists.extension_of(name)
            if lists.is_kind(extension, lists.MUSIC):
                item |= {"icon": "msx-white-soft:audiotrack", "group": "{dic:label:audio|Audio}"}
                audios.append({**item, "action": player_address(client, f"audio:{url}")})
            elif lists.is_kind(extension, lists.VIDEO):
                item |= {"icon": "msx-white-soft:movie", "group": "{dic:label:video|Video}"}
                videos.append({**item, "action": player_address(client, f"video:{url}")})
        return videos + audios


class _Torrent:
    """What the TorrServer says of one torrent; what it does not say is empty or 0."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.title = _text(found, "title")
        self.size = _number(found, "torrent_size")
        self.active = _number(found, "active_peers")
        self.total = _number(found, "total_peers")
        self.state = _number(found, "stat")

    def files(self) -> list[Any]:
        found = wire_json.field(self._found, "file_stats")
        return found if isinstance(found, list) else []

    def item(self, base: str) -> Obj:
        """Its row in the list of all."""
        hashed = _text(self._found, "hash")
        color = _COLORS[self.state] if 0 <= self.state < len(_COLORS) else _COLORS[-1]
        return {
            "id": hashed,
            "headline": self.title,
            "image": _text(self._found, "poster"),
            "titleFooter": f"{{col:msx-{color}}}{{ico:flag}} {{dic:Torrent{self.state}}}"
            f"{{br}}{{ico:attach-file}} {lists.size_text(self.size)}"
            f"{{tb}}{{ico:arrow-upward}} {self.active} / {self.total}",
            "action": f"content:{base}?noadd&id={{ID}}&link={hashed}",
        }


def _text(found: Any, name: str) -> str:
    value = wire_json.field(found, name)
    return value if isinstance(value, str) else ""


def _number(found: Any, name: str) -> int:
    value = wire_json.field(found, name)
    return int(value) if isinstance(value, int | float) and abs(value) < 2**63 else 0
