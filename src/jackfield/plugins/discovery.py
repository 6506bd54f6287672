"""Plugin files that somebody dropped into the data directory, waiting to be installed.

Archives lie directly in ``plugins``; the folders beside them are those of installed plugins.
Nothing of a dropped file runs, and nothing is installed, until the operator enables it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.installing import opened
from jackfield.plugins.spec import SLUG, PluginSpec
from jackfield.plugins.states import PluginState
from jackfield.plugins.view import timestamp_of, warnings

_NO_SLUG = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Dropped:
    """One dropped file.

    :ivar slug: of the plugin, or made of the file's name when it cannot be read.
    :ivar spec: ``None`` when it cannot be read.
    :ivar error: why it cannot.
    """

    path: Path
    slug: str
    spec: PluginSpec | None
    error: str
    seen: str

    def state(self, dialect: Dialect | None) -> PluginState:
        """The file as an operator sees it among the plugins."""
        spec = self.spec or PluginSpec("", self.slug, self.path.name, "")
        asked = tuple(map(str, spec.permissions))
        known = {} if dialect is None else dialect.permissions
        return PluginState(
            slug=self.slug,
            dialect=spec.dialect,
            name=spec.name,
            version=spec.version,
            description=spec.description,
            author=spec.author,
            homepage=spec.homepage,
            category=spec.category,
            state="discovered",
            reason=self.error or f"{self.path.name} waits to be enabled",
            permissions=asked,
            missing=tuple(str(p) for p in spec.permissions if p.name in known),
            warnings=warnings(spec, dialect),
            installed_at=self.seen,
            settings_count=sum(field.type != "info" for field in spec.settings),
            last_error=self.error,
        )


class DropFolder:
    """Looks for dropped files; reads each only once. Thread-safe."""

    def __init__(self, folder: Path, dialects: Mapping[str, Dialect]) -> None:
        self._folder = folder
        self._dialects = dict(dialects)
        self._suffixes = tuple(s for dialect in dialects.values() for s in dialect.suffixes)
        self._known: dict[tuple[str, int, int], Dropped] = {}
        self._lock = threading.Lock()

    def found(self) -> dict[str, Dropped]:
        """The dropped files by slug; of several for one plugin the first by name."""
        with self._lock:
            known: dict[tuple[str, int, int], Dropped] = {}
            for path in sorted(self._files()):
                try:
                    stat = path.stat()
                except OSError:  # gone again
                    continue
                key = (path.name, stat.st_mtime_ns, stat.st_size)
                known[key] = self._known.get(key) or self._read(path, stat.st_mtime)
            self._known = known
        found: dict[str, Dropped] = {}
        for dropped in known.values():
            found.setdefault(dropped.slug, dropped)
        return found

    def _files(self) -> list[Path]:
        try:
            return [
                path
                for path in self._folder.iterdir()
                if path.name.lower().endswith(self._suffixes)
                and not path.name.startswith(".")
                and path.is_file()
            ]
        except OSError:
            return []

    def _read(self, path: Path, modified: float) -> Dropped:
        seen = timestamp_of(modified)
        try:
            with opened(path, self._dialects) as source:
                return Dropped(path, source.spec.slug, source.spec, "", seen)
        except JackfieldError as error:
            slug = _NO_SLUG.sub("-", path.stem.lower()).strip("-._")[:128]
            if SLUG.match(slug) is None:
                slug = "unreadable"
            return Dropped(path, slug, None, str(error), seen)
