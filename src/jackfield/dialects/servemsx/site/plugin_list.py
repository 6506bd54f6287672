"""The plugins that the menu and the web page list, whether they lie in the registry or in the
``plugins/`` folder of an existing installation.

Source: servemsx spec 4, and 8 for their form in ``/settings``.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.manifest import CAP, FILE, Manifest, read_manifest
from jackfield.dialects.servemsx.package import RESERVED, slug_of
from jackfield.dialects.servemsx.plugin_answer import find_plugin
from jackfield.dialects.servemsx.site.answers import Obj
from jackfield.errors import JackfieldError, NotFound
from jackfield.plugins.dialect import Core
from jackfield.plugins.registry import Registry
from jackfield.plugins.states import PluginState

DIALECT: Final = "servemsx"

STARTUP_S: Final = 10.0
"""How long a request waits for plugins that the host, which has just been started, is starting.
A television asks for the menu once and keeps it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One plugin.

    :ivar manifest: with what keeps it from running as its ``error``, where the manifest is good.
    """

    manifest: Manifest

    @property
    def name(self) -> str:
        """The folder's name, which its addresses begin with."""
        return self.manifest.name

    def to_json(self) -> Obj:
        """As ``/settings`` shows it, with the original's keys in their order."""
        manifest = self.manifest
        found: Obj = {
            "Label": manifest.label,
            "Image": manifest.image,
            "Icon": manifest.icon,
            "URL": manifest.url,
            "Torrent": manifest.torrent,
            "Name": manifest.name,
        }
        return {**found, "Error": manifest.error} if manifest.error else found


class PluginList:
    """The plugins of one home. Thread-safe."""

    def __init__(self, core: Core, home: Home) -> None:
        self._core = core
        self._home = home
        self._adopting = threading.Lock()
        self._tried: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        plugins = core.plugins
        self.registry: Registry | None = plugins if isinstance(plugins, Registry) else None

    # -- listing --------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every installed plugin, by name. Those of the folder are taken over on the way.

        :raises OSError: the folder cannot be listed.
        """
        found: dict[str, Entry] = {}
        names = self._folders()
        for name in names:
            self.adopt(name)
        if any(map(_awaits_start, self.states())):
            self._wait_started()
        for name in names:
            found[name] = self._in_folder(name)
        for state in self.states():
            if (entry := self._in_registry(state)) is not None:
                found.setdefault(entry.name, entry)
        return sorted(found.values(), key=lambda entry: os.fsencode(entry.name))

    def shown(self) -> list[Entry]:
        """Those for the menu: good ones, and those for torrents only where there is a server."""
        try:
            entries = self.entries()
        except OSError:
            return []
        torrserver = self._home.torrserver()
        return [
            entry
            for entry in entries
            if not entry.manifest.error and (torrserver or not entry.manifest.torrent)
        ]

    def to_json(self) -> list[Obj] | str | None:
        """For ``/settings``: ``None`` for no plugin, a text when they cannot be listed."""
        try:
            return [entry.to_json() for entry in self.entries()] or None
        except OSError as error:
            return f"open plugins: {(error.strerror or str(error)).lower()}"

    def states(self) -> list[PluginState]:
        """What the registry says of each plugin of this dialect."""
        if self.registry is None:
            return []
        return [state for state in self.registry.list() if state.dialect == DIALECT]

    def _folders(self) -> list[str]:
        """Names of the folders in the home's ``plugins/``; none without an installation."""
        if self._home.plugins is None:
            return []
        try:
            with os.scandir(self._home.plugins) as entries:
                return [entry.name for entry in entries if entry.is_dir()]
        except FileNotFoundError:
            return []

    def _in_folder(self, name: str) -> Entry:
        assert self._home.plugins is not None
        manifest = _read(self._home.plugins / name, name)
        if not manifest.error and find_plugin(self._core, name) is None:
            manifest = replace(manifest, error=self._why_not(name))
        return Entry(manifest)

    def running(self, name: str) -> str | None:
        """The slug of the plugin of that name, if it runs. Cheap enough for an event loop."""
        slug = slug_of(name)
        runs = self.registry is not None and self.registry.running(slug) is not None
        return slug if runs else None

    def find(self, name: str) -> None:
        """See that the plugin of that name answers, if it is there: take its folder over if that
        is new, and let the host start it if it is about to."""
        self.adopt(name)
        if self.registry is not None and self.running(name) is None:
            state = self._state(slug_of(name))
            if state is not None and _awaits_start(state):
                self._wait_started()

    def _wait_started(self) -> None:
        if self.registry is not None:
            self.registry.wait_started(STARTUP_S)

    def _in_registry(self, state: PluginState) -> Entry | None:
        assert self.registry is not None
        if state.state == "discovered":
            return None  # a dropped file that waits
        try:
            name = str(self.registry.spec(state.slug).details.get("name") or state.slug)
            manifest = _read(self.registry.folder(state.slug), name)
        except NotFound:
            return None  # uninstalled meanwhile
        if self._home.plugins is not None and self._lies_in_home(state.slug):
            return None  # its folder is gone
        if not manifest.error and state.state != "running":
            manifest = replace(manifest, error=_reason(state))
        return Entry(manifest)

    def _lies_in_home(self, slug: str) -> bool:
        assert self.registry is not None
        plugins = self._home.plugins
        return plugins is not None and plugins.resolve() in self.registry.folder(slug).parents

    def _why_not(self, name: str) -> str:
        if name.lower() in RESERVED:
            return f"the name {name!r} belongs to the host"
        if self.registry is None:
            return "does not run"
        try:
            return _reason(self.registry.get(slug_of(name)))
        except NotFound:
            return self._refused.get(name, "does not run")

    # -- taking over ----------------------------------------------------------------------------

    def adopt(self, name: str) -> None:
        """Take the plugin in that folder over, if it is new there; or start it again, if its
        folder has changed since it failed to start.

        What is wrong with it is logged, once for each state of the folder.
        """
        if self._home.plugins is None or self.registry is None or name.lower() in RESERVED:
            return
        folder, slug = self._home.plugins / name, slug_of(name)
        if "/" in name or self.registry.running(slug) is not None or not folder.is_dir():
            return
        with self._adopting:
            try:
                changed = folder.stat().st_mtime_ns
                if self._tried.get(name) == changed:
                    return
                self._tried[name] = changed
                state = self._state(slug)
                if state is None:
                    self.registry.adopt(folder, dialect=DIALECT)
                elif state.state == "failed" and self._lies_in_home(slug):
                    self.registry.reload(slug)
                self._refused.pop(name, None)
            except (JackfieldError, OSError) as error:
                self._refused[name] = str(error)
                _log.warning("ServeMSX plugin %s is not taken over: %s", name, error)

    def adopt_all(self) -> None:
        """Take over every plugin of the installation."""
        try:
            names = self._folders()
        except OSError as error:
            _log.warning("the ServeMSX plugins cannot be listed: %s", error)
            return
        for name in sorted(names):
            self.adopt(name)

    def _state(self, slug: str) -> PluginState | None:
        assert self.registry is not None
        try:
            return self.registry.get(slug)
        except NotFound:
            return None

    def forget(self, name: str) -> None:
        """The folder of that name was replaced: look at it anew."""
        with self._adopting:
            self._tried.pop(name, None)


def _read(folder: Path, name: str) -> Manifest:
    try:
        with (folder / FILE).open("rb") as file:
            data = file.read(CAP + 1)
    except FileNotFoundError:
        return read_manifest(None, name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Manifest(name, error=f"open plugins/{name}/{FILE}: {reason}")
    if len(data) > CAP:
        return Manifest(name, error=f"open plugins/{name}/{FILE}: above {CAP:,} bytes")
    return read_manifest(data, name)


def _awaits_start(state: PluginState) -> bool:
    return state.enabled and state.state in ("disabled", "starting")


def _reason(state: PluginState) -> str:
    if state.reason:
        return f"{state.state}: {state.reason}"
    return "is disabled" if state.state == "disabled" else f"is {state.state}"
