"""An author's folder as a package, ready to be installed on a stage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jackfield.dialects.owncast import package
from jackfield.dialects.owncast.bundle import bundle
from jackfield.dialects.owncast.code import read_source
from jackfield.dialects.owncast.scenario.play import PluginScript
from jackfield.errors import NotFound
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.scenario import MakeStage
from jackfield.plugins.spec import PluginSpec
from jackfield.services.console import Console


@contextmanager
def packed(folder: Path, *, built: bool) -> Iterator[tuple[PluginSpec, Path]]:
    """The spec of a folder's plugin and a package made of it, which goes with the block.

    :param built: take ``<slug>.py``, which the author's build has made, and not the sources.
    :raises InvalidInput: the manifest or the code is wrong.
    :raises NotFound: there is no ``<slug>.py``.
    """
    files = FolderFiles(folder)
    spec = package.read(files)
    if built:
        artifact = f"{spec.slug}.py"
        if not (folder / artifact).is_file():
            raise NotFound(
                f"there is no {artifact}", plugin=spec.slug, hint="build the plugin first"
            )
        source = read_source(files, artifact, plugin=spec.slug)
    else:
        source = bundle(files, spec.slug).source
    with tempfile.TemporaryDirectory(prefix="owncast-plugin-") as temporary:
        path = Path(temporary) / f"{spec.slug}{package.SUFFIX}"
        path.write_bytes(package.pack(files, source))
        yield spec, path


@contextmanager
def open_script(
    folder: Path, make_stage: MakeStage, console: Console | None = None, *, built: bool = False
) -> Iterator[PluginScript]:
    """What plays the scenarios of the plugin in *folder*; see :func:`packed`."""
    with packed(folder, built=built) as (spec, path):
        yield PluginScript(spec, path, make_stage, console)
