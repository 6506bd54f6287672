"""Small author's folders for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def project(folder: Path, files: Mapping[str, str | bytes] | None = None, **manifest: Any) -> Path:
    """Write a plugin's folder; ``src/plugin.py`` is empty unless given."""
    members = {"api": "1", "name": "Bot", "slug": "bot", "version": "1", **manifest}
    everything = {
        "plugin.manifest.json": json.dumps(members),
        "src/plugin.py": "",
        **(files or {}),
    }
    for name, content in everything.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
