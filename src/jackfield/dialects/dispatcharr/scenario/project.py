"""An author's folder as a package, ready to be installed on a stage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.author import DispatcharrAuthor
from jackfield.dialects.dispatcharr.scenario.play import PluginScript
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.scenario import MakeStage
from jackfield.services.console import Console


@contextmanager
def open_script(
    folder: Path, make_stage: MakeStage, console: Console | None = None
) -> Iterator[PluginScript]:
    """What plays the scenarios of the plugin in *folder*.

    :raises ManifestError: there is no ``Plugin`` class, or a file is no Python.
    """
    folder = folder.resolve()
    spec = manifest.read(FolderFiles(folder))
    with tempfile.TemporaryDirectory(prefix="dispatcharr-plugin-") as temporary:
        package = DispatcharrAuthor().package(folder, Path(temporary) / f"{folder.name}.zip")
        yield PluginScript(spec, package, make_stage, console)
