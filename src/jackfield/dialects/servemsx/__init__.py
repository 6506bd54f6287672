"""The ServeMSX dialect: runs plugins for Media Station X, written in Tengo or JavaScript.

Reading and packaging live here and beside; what runs a plugin is loaded when the first one starts:
``runtime`` (one plugin), ``plugin_answer`` (from a request to its answer) and ``site`` (the host's
own pages).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.dialects.servemsx import package
from jackfield.dialects.servemsx.author import ServeMsxAuthor
from jackfield.dialects.servemsx.permissions import PERMISSIONS
from jackfield.plugins.dialect import AuthorTools, Core, PermissionInfo, PluginContext, Runtime
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.spec import PluginSpec

if TYPE_CHECKING:
    from jackfield.plugins.scenario import MakeStage, Script
    from jackfield.services.console import Console


class ServeMsxDialect:
    """ServeMSX's plugin system; see :class:`jackfield.plugins.dialect.Dialect`."""

    name = "servemsx"
    title = "ServeMSX"
    suffixes: tuple[str, ...] = (package.SUFFIX,)
    permissions: Mapping[str, PermissionInfo] = PERMISSIONS
    site_prefix = "/servemsx"
    native_port: int | None = 8008

    def __init__(self) -> None:
        self.author: AuthorTools = ServeMsxAuthor()

    def recognises(self, files: PluginFiles) -> bool:
        """Whether there is a script, or a manifest of this dialect. Never raises."""
        return package.recognises(files)

    def read(self, files: PluginFiles) -> PluginSpec:
        """Read a package or a folder, without running anything.

        :raises InvalidInput: the name or the engine version is wrong, the manifest is broken.
        """
        return package.read(files)

    def start(self, context: PluginContext) -> Runtime:
        """Make the plugin ready for requests.

        :raises SurroundingsError: its folder cannot be prepared.
        """
        from jackfield.dialects.servemsx.runtime import start

        return start(context)

    def attach(self, core: Core) -> None:
        """These plugins hear nothing of the host."""

    def site(self, core: Core) -> Any | None:
        """The host's own pages, and below them the plugins."""
        from jackfield.dialects.servemsx.site import site

        return site(core)

    def scenarios(
        self, folder: Path, make_stage: MakeStage, console: Console | None = None
    ) -> AbstractContextManager[Script]:
        """What plays the scenarios of the plugin in *folder*.

        :raises InvalidInput: the manifest is wrong.
        """
        from jackfield.dialects.servemsx.scenario.project import open_script

        return open_script(folder, make_stage, console)


dialect = ServeMsxDialect()
