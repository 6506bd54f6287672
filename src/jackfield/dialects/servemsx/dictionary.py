"""``dictionary.json``: the texts of one language, as Media Station X loads them.

Source: servemsx spec 10.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.host_state import HostStateError
from jackfield.dialects.servemsx.settings_file import replace_file
from jackfield.errors import InvalidInput

NAME = "dictionary.json"
MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class About:
    """What a dictionary says of itself.

    :ivar name: English and own name of the language: ``Russian/Русский``.
    :ivar keyboard: the keys of the second layout, in capitals; empty for none.
    """

    name: str = ""
    version: str = ""
    keyboard: str = ""


class DictionaryFile:
    """The file in one folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def about(self) -> About:
        """What it says of itself.

        :raises HostStateError: there is none, or it is no dictionary.
        """
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise HostStateError(f"open {NAME}: {(error.strerror or str(error)).lower()}") from None
        try:
            found = wire_json.decode(data)
        except wire_json.WireJsonError as error:
            raise HostStateError(f"Decoding {NAME} error: {error}") from None
        texts = {name: wire_json.field(found, name) for name in ("name", "version", "keyboard")}
        return About(**{k: v for k, v in texts.items() if isinstance(v, str)})

    def keyboard(self) -> str:
        """The keys of the second layout; empty when there is none."""
        try:
            return self.about().keyboard
        except HostStateError:
            return ""

    def put(self, data: bytes) -> None:
        """Take another dictionary, gzip-ed or plain.

        :raises InvalidInput: it is none; the one before stays.
        """
        if data[:2] == b"\x1f\x8b":
            data = _unpacked(data)
        try:
            found = wire_json.decode(data)
        except wire_json.WireJsonError as error:
            raise InvalidInput(f"is no dictionary: {error}", file=NAME) from None
        if not isinstance(found, dict):
            raise InvalidInput("is no dictionary: expected an object", file=NAME)
        replace_file(self.path, data)

    def remove(self) -> None:
        """Return to the texts that Media Station X has itself."""
        self.path.unlink(missing_ok=True)


def _unpacked(data: bytes) -> bytes:
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = inflate.decompress(data, MAX_BYTES + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"cannot be unpacked: {error}", file=NAME) from None
    if len(plain) > MAX_BYTES or not inflate.eof:
        raise InvalidInput(f"is damaged, or above {MAX_BYTES:,} bytes", file=NAME)
    return plain
