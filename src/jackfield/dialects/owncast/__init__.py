"""The Owncast dialect: runs ``.ocpkg`` plugins, written in Python, each in a sandbox.

Reading and packaging live here and beside; what runs a plugin is loaded when the first one starts:

- ``runtime``: ``start(context) -> Runtime``, ``check_load(spec, code) -> None`` (loads the plugin
  once, applies the rules of owncast spec 1.6, and raises ``PluginError`` if a host would refuse it)
  and ``attach(core) -> None``;
- ``site``: ``site(core) -> ASGI application``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.dialects.owncast import package
from jackfield.dialects.owncast.author import OwncastAuthor
from jackfield.dialects.owncast.permissions import PERMISSIONS
from jackfield.plugins.dialect import AuthorTools, Core, PermissionInfo, PluginContext, Runtime
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.spec import PluginSpec

if TYPE_CHECKING:
    from jackfield.dialects.owncast.code import Code
    from jackfield.plugins.scenario import MakeStage, Script
    from jackfield.services.console import Console


class OwncastDialect:
    """Owncast's plugin system; see :class:`jackfield.plugins.dialect.Dialect`."""

    name = "owncast"
    title = "Owncast"
    suffixes: tuple[str, ...] = (".ocpkg",)
    permissions: Mapping[str, PermissionInfo] = PERMISSIONS
    site_prefix = ""  # Owncast's addresses start at the root: /plugins/<slug>/
    native_port: int | None = 8080

    def __init__(self) -> None:
        self.author: AuthorTools = OwncastAuthor(check_load=_check_load)

    def recognises(self, files: PluginFiles) -> bool:
        """Whether there is a ``plugin.manifest.json``. Never raises."""
        return package.recognises(files)

    def read(self, files: PluginFiles) -> PluginSpec:
        """Read a package, or an author's folder, without running anything.

        :raises ManifestError: naming file, field, what was found and what was expected.
        """
        return package.read(files)

    def start(self, context: PluginContext) -> Runtime:
        """Load the plugin into a sandbox of its own.

        :raises PluginFailure: its code failed to load, or asks for more than its manifest.
        """
        from jackfield.dialects.owncast.runtime import start

        return start(context)

    def attach(self, core: Core) -> None:
        """Listen to what the host's chat and clock say."""
        from jackfield.dialects.owncast.runtime import attach

        attach(core)

    def site(self, core: Core) -> Any | None:
        """Owncast's own HTTP surface."""
        from jackfield.dialects.owncast.site import site

        return site(core)

    def scenarios(
        self, folder: Path, make_stage: MakeStage, console: Console | None = None
    ) -> AbstractContextManager[Script]:
        """What plays the scenarios of the plugin in *folder*, built from its sources.

        :raises InvalidInput: the manifest or the code is wrong.
        """
        from jackfield.dialects.owncast.scenario.project import open_script

        return open_script(folder, make_stage, console)


def _check_load(spec: PluginSpec, code: Code) -> None:
    from jackfield.dialects.owncast.runtime import check_load

    check_load(spec, code)


dialect = OwncastDialect()
