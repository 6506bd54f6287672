"""``/msx/video``, ``/msx/music`` and ``/msx/photo``: the operator's own folders, as lists.

Source: servemsx spec 8.2.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from starlette.responses import Response

from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.host_state import ClientFlags
from jackfield.dialects.servemsx.settings_module import player_address
from jackfield.dialects.servemsx.site import lists
from jackfield.dialects.servemsx.site.answers import Content, Obj
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.respond import send_file
from jackfield.dialects.servemsx.urls import path_escape, query_escape

_KNOWN: Final = {"video": lists.VIDEO, "music": lists.MUSIC, "photo": lists.PHOTO}


class MediaFolders:
    """The three folders of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def __call__(self, ask: Ask) -> Response:
        """A folder as a list, or a file.

        :raises Fault: there is none.
        """
        place = place_of(self._home.folder, ask.path)
        try:
            if place.is_dir():
                kind = ask.path.split("/")[2]
                return _Folder(self._home, ask, kind, place).content().response()
            if not place.exists():
                raise Fault(404)
        except (OSError, ValueError) as error:
            raise Fault(getattr(error, "strerror", None) or str(error)) from None
        return send_file(ask, place)


def place_of(folder: Path, path: str) -> Path:
    """Where ``/msx/KIND/…`` lies; the path is clean already.

    :raises Fault: a name that no file can have.
    """
    parts = [part for part in path.split("/")[2:] if part]
    if any(part in (".", "..") or "\0" in part for part in parts):
        raise Fault(404)
    return folder.joinpath(*parts)


class _Folder:
    """One folder, for one client."""

    def __init__(self, home: Home, ask: Ask, kind: str, place: Path) -> None:
        self._home = home
        self._ask = ask
        self._kind = kind
        self._place = place
        self._client = home.client(ask.value("id"))
        self._tiles = kind == "photo" and ClientFlags.PHOTO_TILES in self._client.flags
        self._height = self._asked_height()

    def _asked_height(self) -> int:
        """The height of the client's screen, if pictures can be made to fit."""
        text = self._ask.value("height")
        possible = self._kind == "photo" and self._home.settings.ffmpeg and text.isdecimal()
        return int(text[:6]) if possible else 0

    def content(self) -> Content:
        """The list."""
        found = self._empty()
        torrents: list[Obj] = []
        media: list[Obj] = []
        settings = self._home.settings
        torrserver = settings.torrserver if self._kind != "photo" else ""
        background = settings.background if self._kind != "photo" else ""
        folder = self._ask.url.removesuffix("/") + "/"
        for entry in _sorted_entries(self._place):
            name, extension = entry.name, lists.extension_of(entry.name)
            url = folder + path_escape(name)
            if entry.is_dir():
                found.items.append(self._folder(name, url))
            elif extension == ".torrent":
                if torrserver:
                    torrents.append(self._torrent(name, url))
            elif background and name == background:
                found.background = url
            elif lists.is_kind(extension, _KNOWN[self._kind]):
                media.append(self._file(name, url, _size(entry)))
        found.items += torrents + media
        return found

    def _empty(self) -> Content:
        inside = self._place.parent != self._home.folder
        headline = f"{{ico:msx-white-soft:folder-open}} {self._place.name}" if inside else ""
        client, site = self._client, self._ask.site
        if self._kind == "video":
            return lists.media_list(
                client, site, headline=headline, extension="{ico:msx-white:video-library}",
                icon="movie",
            )  # fmt: skip
        if self._kind == "music":
            return lists.media_list(
                client, site, headline=headline, extension="{ico:msx-white:library-music}",
                icon="audiotrack", cover=True,
            )  # fmt: skip
        return self._empty_photos(headline)

    def _empty_photos(self, headline: str) -> Content:
        other = "list" if self._tiles else "apps"
        key: Obj = {
            "key": "green",
            "label": f"{{dic:Files|List of files}} {{ico:{other}}}",
            "action": f"execute:{self._ask.base}/settings?id={{ID}}",
            "data": int(ClientFlags.PHOTO_TILES),
        }
        extension = "{ico:msx-white:photo-library}"
        if self._tiles:
            up = {"key": "yellow", "label": "{dic:Up|up}", "action": "focus:index:0"}
            return Content(
                type="list",
                headline=headline,
                extension=extension,
                compress=True,
                flag="photo",
                template={"type": "separate", "imageFiller": "smart", "layout": "0,0,4,4"},
                options=lists.options(key, up),
            )
        found = lists.media_list(
            self._client, self._ask.site, headline=headline, extension=extension, icon="image",
            keys=(key,), extended=False,
        )  # fmt: skip
        found.flag = "photo"
        return found

    def _folder(self, name: str, url: str) -> Obj:
        query = "/?id={ID}" + ("&height={HEIGHT}" if self._kind == "photo" else "")
        return {"icon": "msx-yellow:folder", "label": name, "action": f"content:{url}{query}"}

    def _torrent(self, name: str, url: str) -> Obj:
        link = f"{self._ask.base}/msx/torr?id={{ID}}&link={query_escape(url)}"
        return {"icon": "msx-yellow:offline-bolt", "label": name, "action": f"content:{link}"}

    def _file(self, name: str, url: str, size: int) -> Obj:
        item: Obj = {
            "title" if self._tiles else "label": name,
            "playerLabel": name,
            "extensionLabel": lists.size_text(size),
        }
        converted = url.replace("/msx/", "/msx/ffmpeg/", 1)
        if self._kind == "photo":
            scaled = self._height and ClientFlags.PHOTOS_SCALED in self._client.flags
            whole = f"{converted}?height={self._height}" if scaled else url
            item["action"] = f"image:{whole}"
            if self._tiles:
                small = self._height // 4
                item["image"] = f"{converted}?height={small}" if small else url
        elif self._kind == "music":
            item["cover"] = converted
            item["action"] = player_address(self._client, f"audio:{url}")
        else:
            item["action"] = player_address(self._client, f"video:{url}")
        return item


def _sorted_entries(place: Path) -> Iterator[os.DirEntry[str]]:
    """By the bytes of their names, as the original sorts."""
    with os.scandir(place) as entries:
        yield from sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:  # a link that leads nowhere
        return 0
