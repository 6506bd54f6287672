"""What is sent into the sandbox: the plugin's modules, and our own that hold it there."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final

from jackfield.dialects.dispatcharr.layout import ENTRY, PACKAGE_ENTRY
from jackfield.dialects.dispatcharr.source.modules import SOURCE_CAP
from jackfield.dialects.dispatcharr.source.reachable import reachable_imports
from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.files import FolderFiles

OURS: Final = "_jackfield"
"""What our own modules are called inside."""

_SHARED: Final = ("aliases", "answers", "blame", "exits", "guest", "instance", "logs")
_LEFT_OUT: Final = frozenset({"__pycache__", "__tests__", "node_modules", "site-packages"})
_MAIN: Final = """\
from {ours}.guest import Guest as _Guest
_guest = _Guest(host_call, {config!r})
describe, run, stop = _guest.describe, _guest.run, _guest.stop
"""


@dataclass(frozen=True, slots=True)
class Code:
    """A plugin's modules.

    :ivar files: path in the package → source.
    :ivar entries: the modules to look for the class in, dotted.
    :ivar imports: what they must have from elsewhere: file, line, module.
    """

    package: str
    files: Mapping[str, str]
    entries: tuple[str, ...]
    imports: tuple[tuple[str, int, str], ...]


def collect(root: Path, package: str, names: Collection[str], *, plugin: str) -> Code:
    """Read the plugin's modules, and what the reachable ones of them import.

    :param package: what its folder is imported as.
    :param names: what else its code may call it.
    :raises PluginFailure: it has no module to begin with, or more than can be sent.
    """
    sources = _sources(root, plugin)
    first = [name for name in (ENTRY, PACKAGE_ENTRY) if name in sources]
    if not first:
        raise PluginFailure(
            f"its folder has neither {ENTRY} nor {PACKAGE_ENTRY} any more",
            plugin=plugin,
            call="load",
        )
    own = frozenset((package, *names))
    return Code(
        package,
        sources,
        tuple(f"{package}.{ENTRY[:-3]}" if name == ENTRY else package for name in first),
        tuple(reachable_imports(sources, own, [*first, PACKAGE_ENTRY])),
    )


def modules(code: Code) -> dict[str, str]:
    """All that is importable inside beside the library, as :class:`Instance` takes it."""
    found = {f"{code.package}/{path}": source for path, source in code.files.items()}
    folder = resources("jackfield.dialects.dispatcharr.plugin_process")
    for name in _SHARED:
        found[f"{OURS}/{name}.py"] = (folder / f"{name}.py").read_text("utf-8")
    return found


def main_source(config: Mapping[str, Any]) -> str:
    """The file that the sandbox runs first. It leaves the exports ``describe``, ``run`` and
    ``stop``.

    :param config: plain JSON, as :class:`~..plugin_process.guest.Guest` takes it.
    """
    return _MAIN.format(ours=OURS, config=dict(config))


def _sources(root: Path, plugin: str) -> dict[str, str]:
    files = FolderFiles(root)
    found: dict[str, str] = {}
    left = SOURCE_CAP
    for name in files.names():
        *folders, file = name.split("/")
        if not file.endswith(".py") or not file[:-3].isidentifier():
            continue
        if not all(one.isidentifier() and one not in _LEFT_OUT for one in folders):
            continue
        try:
            data = files.read(name, cap=left)
        except InvalidInput:
            raise PluginFailure(
                f"has more than {SOURCE_CAP // 2**20} MiB of source, which is all that the "
                "sandbox takes",
                plugin=plugin,
                call="load",
            ) from None
        except OSError:
            continue
        left -= len(data)
        found[name] = _decoded(data)
    return found


def _decoded(data: bytes) -> str:
    """As Python reads it; where it cannot, a source that says so when it is imported."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, ValueError, LookupError) as error:
        return f"raise SyntaxError({f'is no Python: {error}'!r})\n"
