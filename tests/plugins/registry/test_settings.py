from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import (
    InvalidInput,
)
from plugins.stage import Stage, archive, stage

FIELDS = {
    "color": {"default": "red", "label": "Colour"},
    "count": {"type": "number", "default": 1},
    "key": {"secret": True},
    "note": {"type": "info"},
}


def test_settings(lit: Stage, src: Path) -> None:
    state = lit.registry.install(archive(src, settings=FIELDS))
    assert state.settings_count == 3
    unset = {"secret": True, "set": False}
    assert lit.registry.settings("lamp") == {"color": "red", "count": 1, "key": unset}
    found = lit.registry.set_settings("lamp", {"count": 2, "key": "hunter2"})
    assert found == {"color": "red", "count": 2, "key": {"secret": True, "set": True}}
    assert lit.registry.set_settings("lamp", found) == found, "as shown means as it is"
    assert lit.registry.set_settings("lamp", {"count": None, "key": None}) == {
        "color": "red", "count": 1, "key": unset,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad", [{"count": "2"}, {"nothing": 1}, {"nothing": None}, {"note": "x"}, {"color": {"a": 1}}]
)
def test_bad_settings_store_nothing(lit: Stage, src: Path, bad: dict[str, Any]) -> None:
    lit.registry.install(archive(src, settings=FIELDS))
    before = lit.registry.settings("lamp")
    with pytest.raises(InvalidInput, match="lamp"):
        lit.registry.set_settings("lamp", {"color": "blue", **bad})
    assert lit.registry.settings("lamp") == before


def test_settings_outlive_a_restart_and_a_change_of_type(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, settings=FIELDS))
        made.registry.set_settings("lamp", {"color": "blue", "count": 5})
    with stage(tmp_path / "data") as made:
        assert made.registry.settings("lamp")["count"] == 5
        fields = {"color": {"default": "red"}, "count": {"type": "string", "default": "one"}}
        made.registry.update("lamp", archive(src, version="2", settings=fields))
        assert made.registry.settings("lamp") == {"color": "blue", "count": "one"}
