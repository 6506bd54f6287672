"""How a plugin lies in a folder or archive, and what it is called: entry files, keys, modules.

Source: dispatcharr spec 2.1, 2.2 and 2.9.
"""

from __future__ import annotations

import keyword
import re
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from jackfield.dialects.dispatcharr.era import Era
from jackfield.plugins.spec import SLUG

ENTRY: Final = "plugin.py"
PACKAGE_ENTRY: Final = "__init__.py"
MANIFEST: Final = "plugin.json"
LOGO: Final = "logo.png"
PREFIX: Final = "_dispatcharr_plugin_"
MAX_KEY: Final = 128

_LITTER: Final = frozenset({"__MACOSX"})
_NOT_PLAIN = re.compile(r"[^a-z0-9_]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plugin lies among files.

    :ivar folder: relative to their top, ``/`` between the parts; empty for the top itself.
    :ivar entry: ``plugin.py`` or ``__init__.py``.
    """

    folder: str
    entry: str

    def file(self, name: str) -> str:
        """A file of the plugin, as the files around it call it."""
        return f"{self.folder}/{name}" if self.folder else name


def choose(names: Iterable[str]) -> Place | None:
    """The plugin among the files of an archive: holders of ``plugin.py`` before packages, then the
    shallowest, then by path (dispatcharr spec 2.9). ``None`` where there is none."""
    found: dict[str, Place] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        if file not in (ENTRY, PACKAGE_ENTRY) or _LITTER & set(folder.split("/")):
            continue
        if folder not in found or file == ENTRY:
            found[folder] = Place(folder, file)
    return min(
        found.values(),
        key=lambda p: (p.entry != ENTRY, p.folder.count("/") + bool(p.folder), p.folder),
        default=None,
    )


def at_top(names: Iterable[str]) -> Place | None:
    """The plugin whose folder this is, as in the plugins folder; ``None`` where it is none."""
    there = {name for name in names if "/" not in name}
    return next((Place("", entry) for entry in (ENTRY, PACKAGE_ENTRY) if entry in there), None)


def logo_in(names: Iterable[str], place: Place) -> str | None:
    """The plugin's picture: ``logo.png`` in any case, of its own folder first, else the shallowest
    anywhere (dispatcharr spec 2.9)."""
    found = [name for name in names if name.rpartition("/")[2].lower() == LOGO]

    def order(name: str) -> tuple[bool, int, str]:
        return name.rpartition("/")[0] != place.folder, name.count("/"), name

    return min(found, key=order, default=None)


# -- names ----------------------------------------------------------------------------------------


def drop_in_key(directory: str) -> str:
    """The key of a folder in the plugins folder; dashes and dots stay."""
    return directory.replace(" ", "_").lower()


def import_key(name: str, era: Era) -> str:
    """The key of an imported plugin.

    :param name: of the chosen folder, or of the uploaded file without its last ending.
    """
    key = drop_in_key(name)
    if era == "current":
        key = _NOT_PLAIN.sub("_", key).strip("._ ")
    return key[:MAX_KEY] or "plugin"


def slug_of(key: str) -> str:
    """The registry's name for a key: the key itself wherever it fits."""
    if SLUG.match(key):
        return key
    plain = re.sub(r"[^a-z0-9._-]+", "-", key.lower()).strip("-._")[:100] or "plugin"
    return f"{plain}-{zlib.crc32(key.encode('utf-8', 'surrogateescape')):08x}"


def same_key(key: str) -> str:
    """Equal for keys that differ only in dashes and underscores, which plugins mix up."""
    return key.replace("-", "_").lower()


def module_name(key: str, entry: str, era: Era) -> str:
    """What the plugin's entry is imported as.

    The seed's is ``KEY.plugin``, or ``KEY`` for a package. Where the key is no name of a module,
    or one that belongs to Python, and in the current era, it is a private one.
    """
    package = key
    if era == "current" or not _importable(key):
        safe = re.sub(r"[^A-Za-z0-9_]", "_", key)
        package = PREFIX + (f"p_{safe}" if safe[:1].isdigit() else safe)
    return f"{package}.plugin" if entry == ENTRY else package


def _importable(key: str) -> bool:
    free = key not in sys.stdlib_module_names and key not in sys.builtin_module_names
    return key.isidentifier() and not keyword.iskeyword(key) and free
