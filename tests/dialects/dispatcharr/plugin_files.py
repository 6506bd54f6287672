"""Plugins of one or a few files, for tests that read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write(folder: Path, files: Mapping[str, str | bytes] | str, name: str = "my_plugin") -> Path:
    """Write a plugin into *folder*; one text is its ``plugin.py``."""
    root = folder / name
    for path, content in ({"plugin.py": files} if isinstance(files, str) else files).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
