"""What the rows of ``PluginConfig`` should say, as the registry has it.

The host has no connection to that database; plugins' processes write the rows for it. What cannot
be written now is written when the next plugin starts. Source: dispatcharr spec 2.1 and 5.1.
"""

from __future__ import annotations

import threading
from typing import Any

from jackfield.dialects.dispatcharr.manifest import DIALECT
from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import InstalledPlugins
from jackfield.plugins.states import Change


class RowBook:
    """Thread-safe."""

    def __init__(self, registry: InstalledPlugins) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._keys: dict[str, str] = {}
        self._dirty: set[str] = set()
        self._gone: set[str] = set()
        self._begun = False

    def of(self, slug: str, *, running: bool = False) -> dict[str, Any]:
        """The row of one plugin.

        :raises NotFound: it is not installed.
        """
        spec, state = self._registry.spec(slug), self._registry.get(slug)
        key = str(spec.details.get("key") or slug)
        with self._lock:
            self._keys[slug] = key
        return {
            "key": key,
            "slug": slug,
            "name": spec.name,
            "version": spec.version,
            "description": spec.description,
            "enabled": running or state.enabled,
            "ever_enabled": running or state.enabled or self._registry.ever_enabled(slug),
            "settings": self._registry.stored_settings(slug),
        }

    def note(self, change: Change) -> None:
        """The registry has changed something."""
        with self._lock:
            if change.what == "uninstalled":
                key = self._keys.pop(change.slug, None)
                self._dirty.discard(change.slug)
                if key is not None:
                    self._gone.add(key)
            elif change.state is not None:
                self._dirty.add(change.slug)

    def waiting(self) -> bool:
        """Whether rows have to be written."""
        with self._lock:
            return bool(self._gone or self._dirty)

    def take(self, *, besides: str = "") -> list[dict[str, Any]]:
        """The rows that have to be written; all but one at the first time. Not given again.

        :param besides: key of the plugin whose row is written anyway.
        """
        with self._lock:
            if not self._begun:
                self._begun = True
                states = [s for s in self._registry.list() if s.dialect == DIALECT]
                self._dirty |= {s.slug for s in states if s.state != "discovered"}
            dirty, self._dirty = self._dirty, set()
            gone, self._gone = self._gone, set()
        rows: list[dict[str, Any]] = [{"key": key, "gone": True} for key in sorted(gone)]
        for slug in sorted(dirty):
            try:
                row = self.of(slug)
            except JackfieldError:
                continue
            if row["key"] != besides:
                rows.append(row)
        return rows
