"""What the lists of media have in common: rows that play, the options menu, sizes.

Source: servemsx spec 8.2.
"""

from __future__ import annotations

from typing import Final

from jackfield.dialects.servemsx.host_state import Client, ClientFlags
from jackfield.dialects.servemsx.settings_module import player_properties
from jackfield.dialects.servemsx.site.answers import Content, Obj

OPTIONS: Final = "{dic:caption:options|Options}"
UP: Final[Obj] = {"key": "yellow", "label": "{dic:Up|Up}", "action": "[cleanup|focus:index:0]"}

VIDEO: Final = ".avi.mp4.mkv.mpeg.mpg.m4v.mp2.webm.ts.mts.m2ts.mov.wmv.flv"
MUSIC: Final = ".mp3.m4a.flac.wav.wma.aac.ogg"
PHOTO: Final = ".jpg.jpeg.png"


def is_kind(extension: str, extensions: str) -> bool:
    """Whether a lower-cased extension is one of those.

    As the original looks: a part of the list will do, so a file without extension is one too.
    """
    return extension in extensions


def extension_of(name: str) -> str:
    """What a name ends with from its last dot on, lower-cased."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def options(*entries: Obj) -> Obj:
    """The options menu: *entries* each with ``key`` (a colour), ``label`` and ``action``."""
    caption = f"{OPTIONS}:"
    items: list[Obj] = []
    for entry in entries:
        icon = f"msx-{entry['key']}:stop"
        caption += f"{{tb}}{{ico:{icon}}} {entry['label']}"
        items.append({**entry, "icon": icon})
    if items:
        items.append({"type": "space"})
    items.append({"icon": "menu", "label": "{dic:caption:menu|Menu}", "action": "menu"})
    return {
        "headline": OPTIONS,
        "caption": caption,
        "items": items,
        "template": {"enumerate": False, "type": "control", "layout": "0,0,8,1"},
    }


def media_list(
    client: Client,
    site: str,
    *,
    headline: str,
    extension: str,
    icon: str,
    keys: tuple[Obj, ...] = (),
    cover: bool = False,
    extended: bool = True,
    own_options: bool = False,
) -> Content:
    """An empty list whose items play.

    :param site: host and prefix of the site.
    :param keys: entries of the options menu before "Up".
    :param cover: the picture of what plays is asked for when it begins.
    :param own_options: every item has the options menu, for what is done to one item.
    """
    compressed = ClientFlags.COMPRESSED in client.flags
    properties = player_properties(client, site, live=False, extended=extended)
    properties["resume:key"] = "url"
    if headline and extended:
        properties["info:text"] = headline
    if cover:
        properties["trigger:load"] = "execute:fetch:{context:cover}"
    template: Obj = {
        "icon": f"msx-white-soft:{icon}",
        "type": "control",
        "layout": "0,0,16,1" if compressed else "0,0,12,1",
        "progress": -1,
        "live": {"type": "playback", "action": "player:show"},
        "properties": properties,
    }
    menu = options(*keys, UP)
    if own_options:
        template["options"] = menu
    found = Content(
        type="list",
        headline=headline,
        extension=extension,
        compress=compressed,
        template=template,
    )
    if not own_options:
        found.options = menu
    return found


def size_text(size: int) -> str:
    """A file's size as people read it: ``1.46 KB``, ``118 MB``."""
    value, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1024
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"
