from __future__ import annotations

from pathlib import Path

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast import dialect
from jackfield.dialects.owncast.slots import asset_text, static_slot
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.spec import PluginSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(
        tmp_path / "p",
        {"assets/a.html": "é", "assets/page.html": "page", "secret.html": "secret"},
        permissions=["ui.modify"],
        tabs={
            "fixed": {"title": "F", "content": "a.html"},
            "made": {"title": "M"},
            "lost": {"title": "L", "content": "lost.html"},
        },
        extraPageContent={"slug": "intro", "content": "page.html"},
    )


@pytest.fixture
def spec(folder: Path) -> PluginSpec:
    return dialect.read(FolderFiles(folder))


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("tab/fixed", "é"),
        ("tab/made", None),
        ("tab/lost", ""),
        ("tab/unknown", None),
        ("page/intro", "page"),
        ("page/other", None),
        ("styles", None),
    ],
)
def test_slots(spec: PluginSpec, folder: Path, slot: str, expected: str | None) -> None:
    assert static_slot(spec, folder, slot) == expected


def test_a_link_out_of_the_assets_gives_nothing(spec: PluginSpec, folder: Path) -> None:
    (folder / "assets/link.html").symlink_to(folder / "secret.html")
    assert asset_text(spec, folder, "/plugins/bot/link.html") == ""
    assert asset_text(spec, folder, "/plugins/bot/../secret.html") == ""
