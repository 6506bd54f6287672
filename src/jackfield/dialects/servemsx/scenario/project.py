"""An author's folder as a package, ready to be installed on a stage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jackfield.dialects.servemsx import package
from jackfield.dialects.servemsx.answer import ENGINE
from jackfield.dialects.servemsx.scenario.play import PluginScript
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.scenario import MakeStage
from jackfield.services.console import Console


@contextmanager
def open_script(
    folder: Path, make_stage: MakeStage, console: Console | None = None
) -> Iterator[PluginScript]:
    """What plays the scenarios of the plugin in *folder*.

    :raises InvalidInput: its name is none.
    """
    folder = folder.resolve()
    package.check_name(folder.name)
    spec = package.read(FolderFiles(folder))
    with tempfile.TemporaryDirectory(prefix="servemsx-plugin-") as temporary:
        path = Path(temporary) / f"{folder.name}.{ENGINE}{package.SUFFIX}"
        path.write_bytes(package.pack(folder))
        yield PluginScript(spec, folder, path, make_stage, console)
