"""``/msx/ffmpeg/``: pictures made to fit, and what a piece of music says of itself.

Source: servemsx spec 8, ``/msx/ffmpeg/PATH``.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from jackfield.dialects.servemsx import converter, wire_json
from jackfield.dialects.servemsx.home import MEDIA, Home
from jackfield.dialects.servemsx.site import lists
from jackfield.dialects.servemsx.site.answers import action, reply
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.media import place_of
from jackfield.dialects.servemsx.site.respond import send_file

TREE: Final = "/msx/ffmpeg/"
HEIGHT: Final = 264
MAX_HEIGHT: Final = 4320
MAX_KEPT: Final = 50

_COVER: Final = (
    "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2"
)
_TAGS: Final = "format_tags=artist,title,album,genre"
_LINES: Final = (("artist", "person"), ("album", "album"), ("genre", "music-note"))


class Thumbnails:
    """What ffmpeg makes of the media of one home. Without ffmpeg pictures stay as they are."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._busy = threading.BoundedSemaphore(2)  # a page of tiles asks for dozens at once
        self._folder: Path | None = None
        self._kept: dict[str, Path] = {}

    def clear(self) -> None:
        """Delete what was made and not asked for."""
        with self._lock:
            self._kept.clear()
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def __call__(self, ask: Ask) -> Response:
        """A picture, an action that shows a piece of music, or a picture that one made."""
        rest = ask.path.removeprefix(TREE).strip("/")
        if "/" not in rest:
            return self._take(rest)
        kind = rest.partition("/")[0]
        place = place_of(self._home.folder, f"/msx/{rest}")
        extension = lists.extension_of(place.name)
        if lists.is_kind(extension, lists.PHOTO):
            if kind not in MEDIA:
                raise Fault("404 page not found", 404)
            return self._picture(ask, place)
        if lists.is_kind(extension, lists.MUSIC):
            return self._music(ask, place, kind)
        raise Fault(400)

    # -- pictures -------------------------------------------------------------------------------

    def _picture(self, ask: Ask, place: Path) -> Response:
        text = ask.value("height")
        height = int(text[:6]) if text.isascii() and text.isdecimal() else 0
        height = min(height, MAX_HEIGHT) or HEIGHT
        program = self._home.settings.ffmpeg
        if program and place.is_file():
            made = self._new_file()
            fit = f"scale=-1:'min({height},ih)'"
            if self._run(
                program, "-hide_banner", "-i", _source(place), "-y", "-vf", fit, str(made)
            ):
                return _sent(made)
            made.unlink(missing_ok=True)
        return send_file(ask, place)

    # -- music ----------------------------------------------------------------------------------

    def _music(self, ask: Ask, place: Path, kind: str) -> Response:
        steps: list[str] = []
        settings = self._home.settings
        if kind in MEDIA and place.is_file():
            if settings.ffmpeg and (name := self._cover(settings.ffmpeg, place)):
                steps.append(f"player:background:{ask.base}{TREE}{quote(name)}")
            if settings.ffprobe and (tags := self._tags(settings.ffprobe, place)) is not None:
                steps += _shown(tags, place, inside=place.parent.parent != self._home.folder)
        return action(f"[{'|'.join(steps)}]")

    def _cover(self, program: str, place: Path) -> str:
        made = self._new_file()
        arguments = ("-hide_banner", "-i", _source(place), "-y", "-an", "-vf", _COVER, str(made))
        if not self._run(program, *arguments):
            made.unlink(missing_ok=True)
            return ""
        with self._lock:
            while len(self._kept) >= MAX_KEPT:
                self._kept.pop(next(iter(self._kept))).unlink(missing_ok=True)
            self._kept[made.name] = made
        return made.name

    def _tags(self, program: str, place: Path) -> dict[str, str] | None:
        with self._busy:
            printed = converter.run(
                [program, "-v", "error", "-print_format", "json", "-show_entries", _TAGS,
                 _source(place)]
            )  # fmt: skip
        if printed is None:
            return None
        try:
            found = wire_json.field(json.loads(printed), "format")
        except ValueError:
            return None
        tags = wire_json.field(found, "tags")
        names = ("title", *(name for name, _ in _LINES))
        return {name: _plain(wire_json.field(tags, name)) for name in names}

    # -- files in between -----------------------------------------------------------------------

    def _take(self, name: str) -> Response:
        with self._lock:
            made = self._kept.pop(name, None)
        if made is None:
            raise Fault("404 page not found", 404)
        return _sent(made)

    def _new_file(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="jackfield-servemsx-"))
            return self._folder / f"{secrets.token_hex(8)}.png"

    def _run(self, *arguments: str) -> bool:
        with self._busy:
            return converter.run(arguments) is not None


def _source(place: Path) -> str:
    """The file as ffmpeg takes no protocol or pattern from its name."""
    return f"file:{place}"


def _sent(made: Path) -> Response:
    """A picture that was made, once."""
    try:
        return reply(made.read_bytes(), "image/png")
    finally:
        made.unlink(missing_ok=True)


def _plain(text: Any) -> str:
    """A tag that does not end the action it stands in, nor begin another."""
    return text.replace("|", "¦") if isinstance(text, str) else ""


def _shown(tags: dict[str, str], place: Path, *, inside: bool) -> list[str]:
    name = _plain(place.name)
    lines = [f"{{ico:{icon}}} {tags[tag]}" for tag, icon in _LINES if tags[tag]]
    lines.append(f"{{col:msx-white-soft}}{{ico:attach-file}} {name}")
    if inside:
        lines.append(f"{{ico:folder-open}} {_plain(place.parent.name)}")
    title = tags["title"] or name.rpartition(".")[0]
    text = "{br}".join(lines)
    return [f"player:label:content:{title}", f"player:info:text:{{col:msx-white}}{text}"]
