"""The folder that an installed plugin works in.

Plugins of some ecosystems write beside their own files. The installed files stay as they came, so
such a plugin gets a copy in its data folder, which survives updates: a file that the plugin has not
changed becomes the new version's, one that it has written or changed stays.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from jackfield.plugins.files import FolderFiles
from jackfield.store.failures import surroundings


def working_copy(root: Path, data: Path, inside: str = "plugin") -> Path:
    """Bring the plugin's working folder up to date with *root*, and return it.

    :param data: the plugin's own data folder.
    :param inside: where in *data* the copy lies.
    :raises SurroundingsError: the disk is full or cannot be written.
    """
    folder, ledger = data / inside, data / "plugin.json"
    with surroundings(folder, "cannot prepare the plugin's folder"):
        folder.mkdir(parents=True, exist_ok=True)
        files = FolderFiles(root)
        before, now = _read(ledger), {name: _digest(root / name) for name in files.names()}
        for name, digest in before.items():
            place = folder / name
            if name not in now and place.is_file() and _digest(place) == digest:
                place.unlink()
        for name, digest in now.items():
            _bring(root / name, folder / name, digest, before.get(name))
        temporary = ledger.with_suffix(".new")
        temporary.write_text(json.dumps(now))
        temporary.replace(ledger)
    return folder


def _bring(source: Path, target: Path, digest: str, before: str | None) -> None:
    if target.is_dir():
        return  # the plugin has made something else of that name
    if target.exists():
        there = _digest(target)
        if there == digest or there != before:
            return
    elif before == digest:
        return  # the plugin has removed it
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, temporary)
    shutil.copystat(source, temporary)
    temporary.replace(target)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _read(ledger: Path) -> dict[str, str]:
    try:
        found = json.loads(ledger.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
