"""The Dispatcharr dialect, as the core sees it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.archive import NAMES
from jackfield.dialects.dispatcharr.starting import INFO
from jackfield.errors import Unavailable
from jackfield.plugins.dialect import AuthorTools, Core, PermissionInfo, PluginContext, Runtime
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.scenario import MakeStage, Script
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec
from jackfield.services.console import Console

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation


class DispatcharrDialect:
    """Dispatcharr's plugin system; see :class:`jackfield.plugins.dialect.Dialect`."""

    name = manifest.DIALECT
    title = "Dispatcharr"
    suffixes: tuple[str, ...] = (".zip",)
    permissions: Mapping[str, PermissionInfo] = {manifest.PERMISSION: INFO}
    archive_names = NAMES
    site_prefix = "/dispatcharr"
    native_port: int | None = 9191

    def __init__(self) -> None:
        from jackfield.dialects.dispatcharr.author import DispatcharrAuthor

        self.author: AuthorTools = DispatcharrAuthor()
        self._lock = threading.Lock()
        self._installations: dict[int, tuple[ServiceTable, Installation]] = {}

    def recognises(self, files: PluginFiles) -> bool:
        """Whether there is a ``Plugin`` class, or a ``plugin.json`` beside code. Never raises."""
        return manifest.recognises(files)

    def read(self, files: PluginFiles) -> PluginSpec:
        """Read class and manifest without running anything.

        :raises ManifestError: there is no plugin, or its source is no Python.
        """
        return manifest.read(files)

    def start(self, context: PluginContext) -> Runtime:
        """Load the plugin in a process of its own, or in the sandbox if that is what was granted.

        :raises PluginFailure: its code failed to load; names file and line.
        :raises Unavailable: no process can be made, or there is no sandbox.
        """
        from jackfield.dialects.dispatcharr.starting import start

        return start(context, self._of(context.services))

    def attach(self, core: Core) -> None:
        """Look for plugins in the folder of an existing installation."""
        from jackfield.dialects.dispatcharr.installation import Installation

        with self._lock:
            self._installations[id(core.services)] = core.services, Installation(core)

    def detach(self, core: Core) -> None:
        """The host stops, its plugins have stopped: end the processes beside it."""
        with self._lock:
            found = self._installations.pop(id(core.services), None)
        if found is not None:
            found[1].close()

    def installation(self, core: Core) -> Installation:
        """What there is of Dispatcharr in that host.

        :raises Unavailable: it was not attached.
        """
        return self._of(core.services)

    def _of(self, services: ServiceTable) -> Installation:
        with self._lock:
            found = self._installations.get(id(services))
        if found is None:
            raise Unavailable("Dispatcharr is not part of this host")
        return found[1]

    def operate(self, core: Core, command: str, params: Mapping[str, Any]) -> Any:
        """Answer an operator's command about the IPTV database; see :mod:`.iptv.console`.

        :raises NotFound: no such command, or nothing of that name.
        :raises InvalidInput: parameters that do not fit.
        """
        from jackfield.dialects.dispatcharr.iptv.desk import Desk
        from jackfield.plugins.jobs import Jobs

        return Desk(self.installation(core), core.services.get(Jobs)).ask(command, params)

    def scenarios(
        self, folder: Path, make_stage: MakeStage, console: Console | None = None
    ) -> AbstractContextManager[Script]:
        """What plays the scenarios of the plugin in *folder*.

        :raises ManifestError: there is no plugin in it.
        """
        from jackfield.dialects.dispatcharr.scenario.project import open_script

        return open_script(folder, make_stage, console)

    def site(self, core: Core) -> Any | None:
        """Dispatcharr's own HTTP surface."""
        from jackfield.dialects.dispatcharr.site import make_site

        installation = self.installation(core)
        installation.resume()  # only a host that serves has a site, and works in the background
        return make_site(core, installation)


dialect = DispatcharrDialect()
