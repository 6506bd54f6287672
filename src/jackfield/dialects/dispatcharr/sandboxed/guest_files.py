"""What is sent into the sandbox: the plugin's modules, and our own that hold it there."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final

from jackfield.dialects.dispatcharr.layout import ENTRY, PACKAGE_ENTRY
from jackfield.dialects.dispatcharr.source.imports import Imported, imports_in
from jackfield.dialects.dispatcharr.source.modules import SOURCE_CAP, parsed
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
        tuple(_Walk(sources, own).imports([*first, PACKAGE_ENTRY])),
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


class _Walk:
    """Follows imports from file to file.

    :param sources: path → source.
    :param own: names that the plugin's package has.
    """

    def __init__(self, sources: Mapping[str, str], own: Collection[str]) -> None:
        self._sources = sources
        self._own = own
        folders = {tuple(path.split("/")[:depth]) for path in sources
                   for depth in range(path.count("/") + 1)}  # fmt: skip
        self._folders = [list(folder) for folder in sorted(folders)]

    def imports(self, first: Collection[str]) -> Iterator[tuple[str, int, str]]:
        """What the reachable files import and is not the plugin's own."""
        waiting = [path for path in dict.fromkeys(first) if path in self._sources]
        seen = set(waiting)
        while waiting:
            path = waiting.pop(0)
            for one in self._read(path):
                own = self._own_files(path, one)
                if not own and not one.level and not one.guarded and not self._is_own(one):
                    yield path, one.line, one.module
                waiting += [file for file in own if file not in seen]
                seen.update(own)

    def _read(self, path: str) -> list[Imported]:
        try:
            return list(imports_in(parsed(self._sources[path].encode(), path)))
        except (SyntaxError, ValueError, RecursionError, InvalidInput):
            return []  # importing it will say so

    def _is_own(self, one: Imported) -> bool:
        return one.top in self._own

    def _own_files(self, path: str, one: Imported) -> list[str]:
        """The plugin's files that it names: by a name of the package, or as if some folder of the
        plugin's were on the path."""
        here = path.split("/")[:-1]
        parts = [part for part in one.module.split(".") if part]
        if one.level:
            above = len(here) - (one.level - 1)
            bases = [here[:above]] if above >= 0 else []
        elif one.top in self._own:
            bases, parts = [[]], parts[1:]
        else:
            bases = self._folders
        found: list[str] = []
        for base in bases:
            for name in ("", *one.names):
                dotted = [*base, *parts, *([name] if name else [])]
                found += self._files_of(dotted)
        return list(dict.fromkeys(found))

    def _files_of(self, dotted: list[str]) -> list[str]:
        joined = "/".join(dotted)
        candidates = (f"{joined}.py", f"{joined}/{PACKAGE_ENTRY}" if joined else PACKAGE_ENTRY)
        return [path for path in candidates if path in self._sources]
