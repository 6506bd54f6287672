"""What the commands for plugin authors share: which dialect a folder is written in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jackfield.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from jackfield.plugins.dialect import Dialect


def named_dialect(name: str) -> Dialect:
    """The installed dialect of that name.

    :raises InvalidInput: there is none; the message lists those that are.
    """
    from jackfield.host import installed_dialects

    return installed_dialects((name,))[name]


def dialect_of(folder: Path, name: str | None = None) -> Dialect:
    """The dialect that *folder*'s plugin is written in, or the *named* one.

    :raises NotFound: there is no such folder.
    :raises InvalidInput: no installed dialect takes it for one of its plugins.
    """
    from jackfield.host import installed_dialects
    from jackfield.plugins.files import FolderFiles

    if not folder.is_dir():
        raise NotFound("no such folder", file=str(folder))
    if name is not None:
        return named_dialect(name)
    dialects = installed_dialects()
    files = FolderFiles(folder.resolve())
    for dialect in dialects.values():
        if dialect.recognises(files):
            return dialect
    raise InvalidInput(
        f"holds no plugin of an installed dialect ({', '.join(dialects)})",
        file=str(folder),
        hint="run it in the plugin's own folder, or make one with 'jackfield new'",
    )


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
