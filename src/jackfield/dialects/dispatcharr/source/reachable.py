"""Following imports from file to file: what a plugin needs that is not its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from jackfield.dialects.dispatcharr.layout import PACKAGE_ENTRY
from jackfield.dialects.dispatcharr.source.imports import Imported, imports_in
from jackfield.errors import InvalidInput
from jackfield.plugins.syntax_trees import parsed


def reachable_imports(
    sources: Mapping[str, str], own: Collection[str], first: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    """What the files that some files lead to import from elsewhere, without trying it.

    :param sources: path in the plugin → source.
    :param own: names that the plugin's package has.
    :param first: the paths to begin with; those that are missing are passed over.
    :returns: file, line and module of each import.
    """
    return _Walk(sources, own).imports(first)


class _Walk:
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
