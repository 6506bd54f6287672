"""Files that plugins publish, in a folder of each plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from jackfield.errors import InvalidInput
from jackfield.services.files import DiskFiles

ADDRESS = "/uploads"
MAX_NAME = 200


class DiskUploads:
    """See :class:`~jackfield.services.uploads.Uploads`. Quotas are those of private files.

    The address is relative to the server; the name loses its folders, as in the original (owncast
    spec 2.2), and a file of the same name is replaced.

    :param root: the folder of a plugin, by its slug; need not exist.
    """

    def __init__(self, root: Callable[[str], Path]) -> None:
        self._root = root
        self._files = DiskFiles(root)

    def upload(self, slug: str, name: str, data: bytes) -> str:
        base = PurePosixPath(name.replace("\\", "/")).name
        hidden = base.startswith(".")
        if not base or hidden or len(base.encode("utf-8", "replace")) > MAX_NAME or "\0" in base:
            raise InvalidInput(
                f"{name[:60]!r} is no file name; expected one of at most {MAX_NAME} bytes that "
                "does not begin with a dot",
                plugin=slug,
                field="name",
            )
        self._files.write(slug, base, data)
        return f"{ADDRESS}/{slug}/{quote(base)}"

    def find(self, slug: str, name: str) -> Path | None:
        """The published file, or ``None``."""
        if not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
            return None
        path = self._root(slug) / name
        try:
            return path if path.is_file() and not path.is_symlink() else None
        except OSError:  # a name that is too long
            return None
