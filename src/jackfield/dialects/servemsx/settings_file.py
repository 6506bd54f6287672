"""``settings.json`` of the ServeMSX host: read whole, written whole or not at all.

Source: servemsx spec 2.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jackfield.dialects.servemsx import wire_json
from jackfield.errors import SurroundingsError
from jackfield.store.failures import surroundings

NAME = "settings.json"
MAX_CLIENTS = 1000
"""How many clients' choices are kept; the one that came first goes for a new one."""

_KINDS = {str: "a text", int: "a whole number", dict: "an object"}


@dataclass(slots=True)
class Settings:
    """What the operator and the clients chose.

    :ivar torrserver: ``HOST:PORT``, or empty.
    :ivar ffmpeg: path or name of the program; empty for none. The same for *ffprobe*.
    :ivar ffstream: the port of started streams, as text; empty for none.
    :ivar background: name of the picture that becomes the background of the folder it lies in.
    :ivar videowall: 1 to 6; anything else is none.
    :ivar clients: id of a client → its :class:`~.host_state.ClientFlags`.
    """

    torrserver: str = ""
    ffmpeg: str = "ffmpeg"
    ffprobe: str = "ffprobe"
    ffstream: str = "8009"
    background: str = "background.jpg"
    videowall: int = 0
    clients: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """With the file's keys, in their order."""
        return {
            "TorrServer": self.torrserver,
            "FFmpeg": self.ffmpeg,
            "FFprobe": self.ffprobe,
            "FFstream": self.ffstream,
            "Background": self.background,
            "VideoWall": self.videowall,
            "Clients": {key: self.clients[key] for key in sorted(self.clients)},
        }


class SettingsFile:
    """The file in one folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def load(self) -> Settings:
        """What it says; the defaults where it says nothing, or is absent.

        :raises SurroundingsError: it is not what the original writes. The file stays as it is.
        """
        try:
            with surroundings(self.path, "cannot read the settings of ServeMSX"):
                data = self.path.read_bytes()
        except SurroundingsError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return Settings()
            raise
        try:
            found = wire_json.decode(data)
        except wire_json.WireJsonError as error:
            raise self._error(f"is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise self._error(f"expected an object, found {type(found).__name__}")
        settings = Settings()
        for name, kind in _FIELDS.items():
            value = wire_json.field(found, name)
            if value is not None:
                self._check(name, value, kind)
                setattr(settings, name.lower(), value)
        return settings

    def save(self, settings: Settings) -> None:
        """Write the file.

        :raises SurroundingsError: it cannot be written; the old one is still there.
        """
        replace_file(self.path, wire_json.encode(settings.to_dict(), indent=True))

    def _check(self, name: str, value: Any, kind: type) -> None:
        if isinstance(value, bool) or not isinstance(value, kind):
            raise self._error(f"expected {_KINDS[kind]}, found {value!r}", name)
        if isinstance(value, Mapping):
            for key, flags in value.items():
                self._check_flags(f"{name}.{key}", flags)

    def _check_flags(self, name: str, flags: Any) -> None:
        if isinstance(flags, bool) or not isinstance(flags, int):
            raise self._error(f"expected a whole number, found {flags!r}", name)

    def _error(self, message: str, name: str | None = None) -> SurroundingsError:
        hint = "repair it, or move it away: a new one is written then"
        return SurroundingsError(message, file=str(self.path), field=name, hint=hint)


_FIELDS: dict[str, type] = {
    "TorrServer": str,
    "FFmpeg": str,
    "FFprobe": str,
    "FFstream": str,
    "Background": str,
    "VideoWall": int,
    "Clients": dict,
}


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable as the original's are.

    :raises SurroundingsError: the disk is full or cannot be written; the old file is still there.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    with surroundings(path, "cannot write"):
        try:
            with new.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
