"""Plugins of the toy dialect, and the dialect itself made known to hosts of a test."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

TOY = Path(__file__).with_name("toy")
"""On ``sys.path`` or ``PYTHONPATH`` it is an installed distribution with an entry point."""


def toy_folder(parent: Path, slug: str = "greeter", **manifest: Any) -> Path:
    """A plugin as its author has it."""
    folder = parent / slug
    folder.mkdir(parents=True, exist_ok=True)
    described = {"slug": slug, "greets": True, "permissions": ["chat.send"], **manifest}
    (folder / "toy.json").write_text(json.dumps(described))
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "help.md").write_text("# Help\n\n<script>alert(1)</script> **bold**\n")
    return folder


def toy_archive(parent: Path, slug: str = "greeter", **manifest: Any) -> Path:
    """A plugin as its author gives it away."""
    folder = toy_folder(parent / "sources", slug, **manifest)
    version = manifest.get("version", "1.0")
    file = parent / f"{slug}-{version}.toy"
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("toy.json", "icon.svg", "help.md"):
            archive.write(folder / name, name)
    return file
