"""The fixed part of what a plugin puts into the viewer's page: files that its manifest names."""

from __future__ import annotations

from pathlib import Path

from jackfield.dialects.owncast.manifest_paths import asset_file
from jackfield.plugins.spec import PluginSpec


def static_slot(spec: PluginSpec, root: Path, slot: str) -> str | None:
    """The text of the file for ``tab/<slug>`` or ``page/<slug>``; ``None`` when the plugin's code
    makes it. A file that is not there gives the empty text."""
    kind, _, name = slot.partition("/")
    if kind == "tab":
        tabs = spec.details.get("tabs") or ()
        entry = next((tab for tab in tabs if tab.get("slug") == name), None)
    elif kind == "page":
        entry = spec.details.get("extraPageContent")
        if entry is not None and entry.get("slug", "") != name:
            entry = None
    else:
        return None
    content = (entry or {}).get("content")
    return None if content is None else asset_text(spec, root, content)


def asset_text(spec: PluginSpec, root: Path, address: str) -> str:
    """The text of the file in ``assets/`` that an address of the manifest means."""
    folder = (root / "assets").resolve()
    file = (root / asset_file(address, spec.slug)).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        return ""
    return file.read_text("utf-8", "replace")
