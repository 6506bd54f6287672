"""Which names a member may have: those that mean one and the same place on every system."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_BYTES = 1024
MAX_PART_BYTES = 255

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\Z",
    re.IGNORECASE,
)


def fault(name: str, *, depth: int) -> str | None:
    """Why a name is refused; ``None`` for a good one.

    :param name: without a trailing ``/``.
    :param depth: the most parts it may have.
    """
    for character in name:
        if unicodedata.category(character) in ("Cc", "Cs"):
            return f"has the control character {character!r} in its name"
        if character in _BIDI:
            return f"has the text direction character {character!r} in its name"
    if not name:
        return "has an empty name"
    if "\\" in name:
        return "has a backslash in its name; parts are separated by /"
    if name.startswith("/"):
        return "has an absolute path"
    if ":" in name:
        return "has a colon in its name, which is a drive or a stream on some systems"
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"has a name longer than {MAX_NAME_BYTES} bytes"
    parts = name.split("/")
    if len(parts) > depth:
        return f"lies deeper than {depth} folders"
    for part in parts:
        if (reason := _part_fault(part)) is not None:
            return reason
    return None


def _part_fault(part: str) -> str | None:
    if part == "..":
        return "leads out of its folder (..)"
    if part in ("", "."):
        return f"has the empty part {part!r} in its path"
    if part.endswith((".", " ")):
        return f"has a part that ends with a dot or a space ({part!r})"
    if len(part.encode()) > MAX_PART_BYTES:
        return f"has a part longer than {MAX_PART_BYTES} bytes"
    if _RESERVED.match(part.partition(".")[0].rstrip(" ")):
        return f"has the name of a device on some systems ({part!r})"
    return None


def same_place(name: str) -> str:
    """A key that is equal for names that some file system takes for the same file."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


class NameTable:
    """The names of one archive, to find those that clash.

    :param exact: names clash only where they are the same letter by letter.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact
        self._seen: dict[str, tuple[str, bool, bool]] = {}  # key → name, directory, explicit

    def add(self, name: str, *, directory: bool) -> str | None:
        """Note a member. Returns why it clashes with an earlier one, or ``None``."""
        parts = name.split("/")
        for depth in range(1, len(parts)):
            reason = self._note("/".join(parts[:depth]), directory=True, explicit=False)
            if reason is not None:
                return reason
        return self._note(name, directory=directory, explicit=True)

    def _note(self, name: str, *, directory: bool, explicit: bool) -> str | None:
        key = name if self._exact else same_place(name)
        earlier, was_directory, was_explicit = self._seen.get(key, (name, directory, False))
        if earlier != name:
            return f"clashes with {earlier!r}, which is the same file on some systems"
        if was_directory != directory:
            return f"needs {name!r} to be both a file and a folder"
        if explicit and was_explicit:
            return "appears twice"
        self._seen[key] = (name, directory, explicit or was_explicit)
        return None
