"""Makes sure that what was written is on the disk."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """See a folder's entries to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(root: Path) -> None:
    """See the entries of a folder and of all folders below to the disk."""
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))
