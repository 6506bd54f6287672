"""The plugins folder of an installation: what lies in it is listed, and runs once it is enabled.

Each direct sub-directory with ``plugin.py`` or ``__init__.py`` is a plugin, taken where it lies.
Source: dispatcharr spec 2.1.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.archive import STAGING, is_plugin, remove
from jackfield.dialects.dispatcharr.half_characters import whole
from jackfield.dialects.dispatcharr.layout import (
    ENTRY,
    MANIFEST,
    PACKAGE_ENTRY,
    drop_in_key,
    same_key,
    slug_of,
)
from jackfield.dialects.dispatcharr.manifest import DIALECT
from jackfield.errors import Conflict, JackfieldError, NotFound
from jackfield.plugins.archive import Folder
from jackfield.plugins.dialect import InstalledPlugins
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import PluginState

VARIABLE: Final = "DISPATCHARR_PLUGINS_DIR"

RELOADS: Final = 4
"""How many plugins are started anew at once when all are."""

_log = logging.getLogger(__name__)


def plugins_root(home: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the plugins of an installation lie: ``DISPATCHARR_PLUGINS_DIR``, or in *home*.

    :param home: what Dispatcharr calls ``/data``.
    """
    chosen = environ.get(VARIABLE, "").strip()
    return Path(chosen).expanduser().absolute() if chosen else home / "plugins"


@dataclass(frozen=True, slots=True)
class Listed:
    """A plugin as the installation lists it.

    :ivar key: its name in the REST interface.
    :ivar name: of its directory, by which the list is sorted.
    :ivar folder: where its entry file lies, or lay.
    :ivar error: why nothing is known of it; such a plugin is not in the registry.
    :ivar missing: its directory is gone.
    """

    key: str
    name: str
    slug: str
    folder: Path
    state: PluginState | None = None
    spec: PluginSpec | None = None
    error: str = ""
    missing: bool = False


class PluginsFolder:
    """The plugins of one host: those of the folder, and those installed into the registry.
    Thread-safe.

    :param root: the folder; made when something is put into it.
    """

    def __init__(self, root: Path, registry: InstalledPlugins) -> None:
        self.root = root
        self.registry = registry
        self._lock = threading.RLock()
        self._names: dict[str, str] = {}  # slug → directory
        self._refused: dict[str, tuple[tuple[int, ...], str]] = {}
        self._gone: set[str] = set()
        manifest.PLUGINS_FOLDERS.add(root.resolve())

    # -- discovery --------------------------------------------------------------------------------

    def discover(self) -> None:
        """Take in what is new in the folder, disabled; note what is gone. Runs no code of it.

        A plugin whose directory is gone stops, and starts again once it is back.
        """
        with self._lock:
            there = self._directories()
            # Of several that have one key the last by name counts.
            winners = {slug_of(drop_in_key(name)): name for name in there}
            for slug, name in winners.items():
                if self._names.get(slug) != name or not self._is_known(slug):
                    self._take(name, slug)
            self._look_after_the_gone(set(there))

    def _directories(self) -> list[str]:
        try:
            with os.scandir(self.root) as entries:
                names = [entry.name for entry in entries if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            _log.warning("the plugins of Dispatcharr cannot be listed: %s", error)
            return []
        return sorted(
            name
            for name in names
            if not name.startswith(STAGING) and is_plugin(f"{self.root}/{name}")
        )

    def _is_known(self, slug: str) -> bool:
        try:
            return self.registry.spec(slug).dialect == DIALECT
        except NotFound:
            return False

    def _take(self, name: str, slug: str) -> None:
        folder = self.root / name
        stamp = _stamp(folder)
        if self._refused.get(name, ((), ""))[0] == stamp:
            return
        try:
            self._adopt(folder, slug)
        except (JackfieldError, OSError) as error:
            self._refused[name] = (stamp, str(error))
            _log.warning(
                "Dispatcharr plugin %s is not taken over: %s", whole(name), whole(str(error))
            )
        else:
            self._refused.pop(name, None)
            self._names = {**self._names, slug: name}

    def _adopt(self, folder: Path, slug: str) -> None:
        before = self._state(slug)
        if before is None or before.dialect != DIALECT or not self._is_in_place(slug):
            self.registry.adopt(folder, dialect=DIALECT, enable=False)
            return
        if self.registry.folder(slug) == folder.resolve():
            if before.state == "failed" and slug not in self._names:
                self._gone.add(slug)  # it was not there when the host started
            return
        # Another directory has the key now: renamed, or later in the order.
        self.registry.uninstall(slug, keep_data=True)
        self.registry.adopt(folder, dialect=DIALECT, enable=False)
        if before.enabled:
            self.registry.enable(slug, list(before.granted) or "all")

    def enable(self, slug: str) -> PluginState:
        """Enable a plugin as the site does it: whoever enables it trusts it. One that was granted
        less before, such as the sandbox, gets no more by that.

        :raises JackfieldError: as the registry's.
        """
        granted = self.registry.get(slug).granted
        return self.registry.enable(slug, list(granted) or "all")

    def _state(self, slug: str) -> PluginState | None:
        try:
            return self.registry.get(slug)
        except NotFound:
            return None

    def _is_in_place(self, slug: str) -> bool:
        if slug in self._names:
            return True
        folder = self.registry.folder(slug)
        return folder.parent == self.root.resolve() or any(
            folder == (self.root / name).resolve() for name in self._directories()
        )

    def _look_after_the_gone(self, there: set[str]) -> None:
        for slug, name in self._names.items():
            gone = name not in there
            try:
                if gone and self.registry.running(slug) is not None:
                    self._gone.add(slug)
                    self.registry.reload(slug)  # which stops it, and says why
                elif not gone and slug in self._gone:
                    self._gone.discard(slug)
                    if (state := self._state(slug)) is not None and state.state == "failed":
                        with suppress(Conflict):  # the host is about to start it
                            self.registry.reload(slug)
            except JackfieldError as error:
                _log.warning("Dispatcharr plugin %s: %s", name, error)

    def _states(self) -> list[PluginState]:
        found = self.registry.list()
        return [s for s in found if s.dialect == DIALECT and s.state != "discovered"]

    # -- listing ----------------------------------------------------------------------------------

    def listed(self) -> list[Listed]:
        """Every plugin, by the raw name of its directory."""
        found = []
        for state in self._states():
            with suppress(NotFound):  # uninstalled meanwhile
                found.append(self._listed(state))
        known = {one.slug for one in found}
        for name, (_, error) in list(self._refused.items()):
            folder, slug = self.root / name, slug_of(drop_in_key(name))
            if slug not in known and is_plugin(folder):
                found.append(Listed(drop_in_key(name), name, slug, folder, error=error))
        return sorted(found, key=lambda one: one.name)

    def _listed(self, state: PluginState) -> Listed:
        spec = self.registry.spec(state.slug)
        inside = str(spec.details.get("folder") or "")
        key = str(spec.details.get("key") or state.slug)
        name = self._names.get(state.slug)
        if name is not None:
            folder = self.root / name
        else:
            folder = self.registry.folder(state.slug)
            name = folder.name if folder.parent == self.root.resolve() else key
        place = folder / inside if inside else folder
        missing = not is_plugin(place)
        return Listed(key, name, state.slug, place, state, spec, missing=missing)

    def find(self, key: str) -> Listed | None:
        """The plugin of that key, or one whose key differs only in dashes and underscores."""
        state = self._state(slug_of(key))
        if state is not None and state.dialect == DIALECT and state.state != "discovered":
            one = self._listed(state)
            if one.key == key:
                return one
        listed = self.listed()
        exact = next((one for one in listed if one.key == key), None)
        return exact or next((one for one in listed if same_key(one.key) == same_key(key)), None)

    def check_free(self, key: str) -> None:
        """Whether a plugin of that key can be put into the folder, or replaced in it.

        :raises Conflict: the host has a plugin of that name which lies elsewhere.
        """
        state = self._state(slug_of(key))
        if state is None:
            return
        if state.dialect != DIALECT:
            raise Conflict(
                f"a plugin {key!r} already exists, of dialect {state.dialect!r}",
                hint="uninstall that one first",
            )
        if state.state == "discovered" or not self._is_in_place(state.slug):
            raise Conflict(
                f"plugin {key!r} already exists, outside of the plugins folder",
                hint="uninstall that one first",
            )

    # -- changes ----------------------------------------------------------------------------------

    def look_again(self, one: Listed) -> None:
        """Read a plugin's files anew; one that is enabled starts again from them.

        :raises JackfieldError: it cannot be read or stopped.
        """
        with self._lock:
            self._refused.pop(one.name, None)
            if one.state is None or one.missing:
                self.discover()
                return
        if one.state.enabled:
            try:
                self.registry.reload(one.slug)
            except Conflict:
                if self.registry.get(one.slug).enabled:
                    raise
                # It was disabled meanwhile: it starts from them when it is enabled again.
        elif self._is_in_place(one.slug):
            with Folder(self.registry.folder(one.slug)) as files:
                came_as = self.registry.spec(one.slug).read_from
                spec = replace(manifest.read(files), read_from=came_as)
            self.registry.learn(one.slug, spec)

    def reload(self) -> int:
        """Look at everything anew; see :meth:`look_again`. Returns how many plugins there are."""
        self.discover()
        with ThreadPoolExecutor(RELOADS, "dispatcharr-reload") as threads:
            list(threads.map(self._try_again, self.listed()))
        return len(self.listed())

    def _try_again(self, one: Listed) -> None:
        try:
            self.look_again(one)
        except (JackfieldError, OSError) as error:
            _log.warning("Dispatcharr plugin %s is not reloaded: %s", one.key, error)

    def remove(self, key: str) -> None:
        """Delete a plugin with its files and its settings; an unknown one is deleted already.

        :raises SurroundingsError: the files cannot be removed; the plugin stays.
        """
        with self._lock:
            one = self.find(key)
            if one is None:
                return
            in_folder = one.state is None or self._is_in_place(one.slug)

            def forget() -> None:
                if one.state is not None:
                    self.registry.uninstall(one.slug, keep_data=False)

            directory = self.root / one.name
            if in_folder and (directory.exists() or directory.is_symlink()):
                remove(directory, forget)
            else:
                forget()
            self._names = {s: name for s, name in self._names.items() if s != one.slug}
            self._refused.pop(one.name, None)


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes with the files that decide whether a plugin can be read."""
    found = []
    for path in (folder, *(folder / name for name in (ENTRY, PACKAGE_ENTRY, MANIFEST))):
        try:
            found.append(path.stat().st_mtime_ns)
        except OSError:
            found.append(0)
    return tuple(found)
