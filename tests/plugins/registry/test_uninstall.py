from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from jackfield.errors import (
    NotFound,
    SurroundingsError,
)
from plugins.stage import Stage, archive, refuse, stored_files


def fill(made: Stage) -> None:
    with made.db.begin() as session:
        session.execute(text("INSERT INTO kv (slug, key, value) VALUES ('lamp', 'k', 'v')"))
    made.data.plugin_data("lamp").mkdir(parents=True)
    (made.data.plugin_data("lamp") / "scores.txt").write_text("1")
    made.registry.log("lamp").info("hello")


def values(made: Stage) -> list[str]:
    with made.db.read() as session:
        return list(session.execute(text("SELECT value FROM kv")).scalars())


def test_uninstall_keeps_data_for_a_later_install(lit: Stage, src: Path) -> None:
    settings = {"color": {"default": "red"}}
    lit.registry.install(archive(src, settings=settings, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    lit.registry.set_settings("lamp", {"color": "blue"})
    fill(lit)
    lit.registry.uninstall("lamp")
    assert lit.dialect.alive == [] and lit.dispatcher.attached == {}
    assert lit.registry.list() == [] and stored_files(lit) == set()
    assert lit.registry.kept_data() == {"lamp": "stage"}
    assert values(lit) == ["v"]
    state = lit.registry.install(archive(src, settings=settings, permissions=["kv"]))
    assert state.missing == ("kv",), "grants are not data: they are asked for again"
    assert lit.registry.settings("lamp") == {"color": "blue"}
    assert (lit.data.plugin_data("lamp") / "scores.txt").exists()
    assert lit.registry.kept_data() == {}


def test_uninstall_with_data(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.install(archive(src, slug="lamp2"))
    lit.registry.log("lamp2").info("stays")
    fill(lit)
    lit.registry.uninstall("lamp", keep_data=False)
    assert values(lit) == [] and lit.registry.kept_data() == {}
    assert not lit.data.plugin_data("lamp").exists()
    assert not lit.data.log_file("lamp").exists()
    assert lit.data.log_file("lamp2").exists()
    assert [state.slug for state in lit.registry.list()] == ["lamp2"]


def test_kept_data_can_be_deleted(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    fill(lit)
    with pytest.raises(NotFound, match="no data of an uninstalled plugin"):
        lit.registry.delete_kept_data("lamp")
    lit.registry.uninstall("lamp")
    lit.registry.delete_kept_data("lamp")
    assert values(lit) == [] and lit.registry.kept_data() == {}
    assert not lit.data.plugin_data("lamp").exists()


def test_a_database_that_refuses_to_forget(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    before = stored_files(lit)
    with monkeypatch.context() as patch:
        refuse(lit, patch)
        with pytest.raises(SurroundingsError):
            lit.registry.uninstall("lamp", keep_data=False)
    assert stored_files(lit) == before
    assert lit.registry.enable("lamp").state == "running"
