"""Which file of a plugin answers a request. Source: servemsx spec 3."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.answer import clean
from jackfield.dialects.servemsx.folder import Outside, PluginFolder

MAIN = "main.tengo"
SUFFIX = ".tengo"


@dataclass(frozen=True, slots=True)
class Moved:
    """The client asked for a path that is not clean; *location* is the one to ask for."""

    location: str


@dataclass(frozen=True, slots=True)
class Asked:
    """*plugin*: the folder's name; *path*: the decoded rest."""

    plugin: str
    path: str


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """*name*: relative to the plugin's folder. The file need not exist."""

    name: str


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file to be sent as it is."""

    path: Path


def split(target: str) -> Asked | Moved | None:
    """Take a request's target apart; ``None`` where it names no plugin (``/hello``, ``/%zz``)."""
    raw, mark, query = target.partition("?")
    try:
        path = urls.path_unescape(raw)
    except urls.URLError:
        return None
    cleaned = clean(path)
    if path.endswith("/") and cleaned != "/":
        cleaned += "/"
    if cleaned != path:
        return Moved(str(urls.URL(path=cleaned)) + mark + query)
    plugin, slash, rest = path[1:].partition("/")
    return Asked(plugin, rest) if slash and plugin else None


def route(folder: PluginFolder, path: str) -> ScriptFile | StaticFile:
    """What answers below a plugin: a script, which may not be there, or another file.

    :param path: decoded, without a leading slash.
    """
    name = clean("/" + path)[1:]
    try:
        place = folder.place(name)
        if place.is_dir():
            return ScriptFile(f"{name}/{MAIN}" if name else MAIN)
        if place.exists():
            if Path(name).suffix.lower() == SUFFIX:
                return ScriptFile(name)
            return StaticFile(place)
    except (Outside, OSError, ValueError):
        pass
    return ScriptFile(MAIN)
