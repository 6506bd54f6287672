"""Where Media Station X begins: ``start.json``, ``menu.json``, the menu, the video wallpaper.

Source: servemsx spec 8 and 8.1.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.answer import VERSION
from jackfield.dialects.servemsx.home import MEDIA, Home
from jackfield.dialects.servemsx.host_state import ClientFlags
from jackfield.dialects.servemsx.site.answers import Content, Obj, action, reply
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.plugin_list import Entry, PluginList

NAME: Final = "ServeMSX"
WALLS: Final = 6
VIDEOWALL: Final = "/msx/videowall"
PROJECT: Final = "https://github.com/damiva/ServeMSX"
SEPARATOR: Final[Obj] = {"type": "separator"}

_ICONS: Final = {"video": "video-library", "music": "library-music", "photo": "photo-library"}
_ABOUT: Final = (
    f"{{txt:msx-white:{NAME}}} {{dix:About}}is a software for playing user's content and "
    "developing user's plugins.{br}It does not provide any video/audio content by itself!"
)
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}


def machine() -> str:
    """The system and its processor, as the original names them: ``linux/amd64``."""
    found = platform.machine().lower()
    return f"{sys.platform}/{_ARCHITECTURES.get(found, found)}"


class Menu:
    """What a client asks for when it starts."""

    def __init__(self, home: Home, plugins: PluginList) -> None:
        self._home = home
        self._plugins = plugins

    def start(self, _ask: Ask) -> Response:
        """What a client's own setup asks for; the braces are the client's to fill in."""
        return reply(
            f'{{"name":"{NAME}","version":"{VERSION}",'
            '"parameter": "menu:http://{SERVER}/msx/menu.json"}'
        )

    def reference(self, ask: Ask) -> Response:
        """Where the menu is, and the dictionary that its texts are looked up in."""
        at_language = ">stg>dic" if self._home.focus_language else ""
        self._home.focus_language = False
        query = f"player={{PLAYER}}&platform={{PLATFORM}}&id={{ID}}{at_language}"
        found: Obj = {
            "reuse": False,
            "cache": False,
            "restore": False,
            "name": NAME,
            "version": VERSION,
            "reference": f"{ask.base}/msx/menu?{query}",
        }
        if self._home.dictionary.path.exists():
            found["dictionary"] = f"{ask.base}/msx/dictionary.json"
        # Not escaped as elsewhere: the original prints this one by hand.
        return reply(json.dumps(found, ensure_ascii=False, separators=(",", ":")))

    def menu(self, ask: Ask) -> Response:
        """The menu of one client, with the settings page."""
        self._home.remember(ask.value("id"), ask.value("player"), ask.value("platform"))
        entries = [*self._own(ask), SEPARATOR]
        shown = [self._plugin(ask, entry) for entry in self._plugins.shown()]
        if shown:
            entries += [*shown, SEPARATOR]
        entries.append(
            {
                "id": "stg",
                "icon": "settings",
                "label": "{dic:label:settings|Settings}",
                "data": self._settings_page(ask),
            }
        )
        ready = {"action": f"execute:service:video:data:{ask.base}{VIDEOWALL}"}
        logo = f"{ask.base}/logotype.png"
        return Content(flag=NAME, logo=logo, ready=ready, menu=entries).response()

    def _own(self, ask: Ask) -> list[Obj]:
        entries: list[Obj] = []
        if (self._home.folder / "webmarks").exists():
            entries.append(_row(ask, "webmarks", "bookmarks", "cloud-queue", "?id={ID}"))
        for kind in MEDIA:
            if self._home.media(kind).exists():
                query = "/?id={ID}" + ("&height={HEIGHT}" if kind == "photo" else "")
                entries.append(_row(ask, kind, _ICONS[kind], "folder-open", query))
        if torrserver := self._home.torrserver():
            entries.append(
                {
                    "image": f"http://{torrserver}/apple-touch-icon.png",
                    "extensionIcon": "bolt",
                    "label": "{dic:Torrents|My torrents}",
                    "data": f"{ask.base}/msx/torr?id={{ID}}",
                }
            )
        return entries

    @staticmethod
    def _plugin(ask: Ask, entry: Entry) -> Obj:
        base, manifest = f"{ask.base}/{entry.name}/", entry.manifest
        found: Obj = {
            "label": manifest.title,
            "extensionIcon": "bolt" if manifest.torrent else "cloud-queue",
            "data": manifest.start_for(base),
        }
        if manifest.image:
            found["image"] = manifest.image_for(base)
        elif manifest.icon:
            found["icon"] = manifest.icon
        return found

    # -- the settings page ----------------------------------------------------------------------

    def _settings_page(self, ask: Ask) -> Obj:
        return {
            "extension": "{ico:msx-white:settings}",
            "compress": True,
            "pages": [{"items": [*self._about(ask), *self._left(ask), *self._right(ask)]}],
        }

    def _about(self, ask: Ask) -> list[Obj]:
        since = int(self._home.started * 1000)
        hardware = machine() + (" {txt:msx-yellow:+ ffmpeg}" if self._home.settings.ffmpeg else "")
        return [
            {
                "type": "space",
                "layout": "0,0,16,3",
                "image": f"{ask.base}/logotype.png",
                "imageFiller": "width-top",
                "imageWidth": 10,
                "imagePreload": True,
                "headline": f"{{txt:msx-white-soft:dic:label:version|Version}} {VERSION}",
                "titleHeader": "",
                "titleFooter": f"{{ico:http}}{{tb}}{{col:msx-white}}{ask.site}"
                f"{{br}}{{ico:msx-white-soft:hardware}}{{tb}}{hardware}"
                f"{{br}}{{br}}{{ico:msx-white-soft:web}}{{tb}}{PROJECT}",
                "live": {
                    "type": "schedule",
                    "from": since,
                    "to": since,
                    "titleHeader": "{ico:timer}{tb}{txt:msx-white:overflow:text:dhms}",
                },
            },
            {"type": "space", "layout": "0,3,16,1", "text": _ABOUT, "alignment": "center"},
        ]

    def _left(self, ask: Ask) -> list[Obj]:
        client_id = ask.value("id")
        client = self._home.client(client_id)
        change = f"execute:{ask.base}/settings?id={{ID}}"

        def switch(flag: ClientFlags, off: str, on: str) -> Obj:
            text = _switch(off, on, on_now=flag in client.flags)
            return {"extensionLabel": text, "action": change, "data": int(flag)}

        return [
            _control(
                "0,4,8,1", "system-update-alt", "{dic:CheckUp|Check updates}",
                action=f"execute:fetch:{ask.base}/update",
            ),
            _control(
                "0,5,8,1", "smart-display", "{dic:label:player|Player}:",
                **switch(ClientFlags.HTML5X, client.player, "html5x"),
            ),
            _control(
                "0,6,8,1", "format-list-bulleted", "{dic:Files|List of files}:",
                **switch(
                    ClientFlags.COMPRESSED, "{dic:Default|default}", "{dic:Compress|compressed}"
                ),
            ),
            _control(
                "0,7,8,1", "photo-library", "{dic:Slide|Photo size}:",
                enable=bool(self._home.settings.ffmpeg),
                **switch(ClientFlags.PHOTOS_SCALED, "{dic:Origin|as is}", "{dic:Scale|as screen}"),
            ),
        ]  # fmt: skip

    def _right(self, ask: Ask) -> list[Obj]:
        settings = self._home.settings
        dictionary = f"{ask.base}/msx/dictionary"
        change = f"execute:{ask.base}/settings?id={{ID}}"
        torrserver = "{dic:label:none|None}"
        if settings.torrserver:
            torrserver = f"{{col:msx-white}}{settings.torrserver}"
        # The last letters of this key are Cyrillic in the original too, so that no dictionary has
        # it; a client shows what follows the bar.
        wall = "{dic:label:noту|None}"
        if 1 <= settings.videowall <= WALLS:
            wall = f"{{col:msx-white}}{settings.videowall}"
        return [
            _control(
                "8,4,8,1", "language", "{dic:Language|Language}:", id="dic",
                extensionLabel="default", action=f"panel:{dictionary}",
                live={"type": "setup", "action": f"execute:service:info:dictionary:{dictionary}"},
            ),
            _control(
                "8,5,8,1", "bolt", "TorrServer:", extensionLabel=torrserver, action=change,
                data=None,
            ),
            _control(
                "8,6,8,1", "wallpaper", "{dic:VideoWall|Video wallpaper}:", extensionLabel=wall,
                action="panel:data", data=_walls(change),
            ),
            _control(
                "8,7,8,1", "monitor", "{dic:label:application|Application}",
                extensionIcon="menu-open", action="dialog:application",
            ),
        ]  # fmt: skip

    # -- the wallpaper --------------------------------------------------------------------------

    def videowall(self, ask: Ask) -> Response:
        """The video behind the menu, unless the client plays one already."""
        number = self._home.settings.videowall
        if not 1 <= number <= WALLS or (ask.method == "POST" and _plays(ask.json())):
            return action("[]")
        url = f"http%3A%2F%2Fmsx.benzac.de%2Fmedia%2Fatmos{number}.mp4"
        return action(
            f"video:auto:plugin:http://msx.benzac.de/plugins/background.html?url={url}",
            {
                "playerLabel": f"Background Video {number}",
                "properties": {
                    "control:type": "extended",
                    "control:reuse": "play",
                    "control:transparent": True,
                    "label:duration": "{VALUE} {ico:repeat}",
                },
            },
        )


def _row(ask: Ask, name: str, icon: str, more: str, query: str) -> Obj:
    return {
        "icon": icon,
        "extensionIcon": more,
        "label": f"{{dix:{name}}}My {name}",
        "data": f"{ask.base}/msx/{name}{query}",
    }


def _control(layout: str, icon: str, label: str, **more: Any) -> Obj:
    return {"type": "control", "layout": layout, "icon": icon, "label": label, **more}


def _switch(off: str, on: str, *, on_now: bool) -> str:
    if on_now:
        return f"{{col:msx-white-soft}}{off} {{col:msx-white}}{{ico:toggle-on}} {on}"
    return f"{{col:msx-white}}{off} {{ico:toggle-off}}{{col:msx-white-soft}} {on}"


def _walls(change: str) -> Obj:
    none: Obj = {"offset": "0,0,5,-1", "label": "{dic:label:no|No}", "data": 100}
    items: list[Obj] = [{**none, "enumerate": False}, {"type": "space"}]
    for number in range(1, WALLS + 1):
        image = f"http://msx.benzac.de/media/thumbs/atmos{number}.jpg"
        items.append({"image": image, "label": str(number), "data": 100 + number})
    return {
        "type": "list",
        "headline": "{dic:VideoWall|Video wallpaper}:",
        "extension": "© Benjamin Zachey",
        "compress": True,
        "template": {
            "layout": "0,0,5,2",
            "imageFiller": "cover",
            "action": f"[quiet|{change}]",
        },
        "items": items,
    }


def _plays(found: Any) -> bool:
    state = wire_json.field(wire_json.field(wire_json.field(found, "video"), "data"), "state")
    return isinstance(state, int) and not isinstance(state, Mapping | bool) and state > 1
