from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.errors import (
    ApprovalNeeded,
    InvalidInput,
    NotFound,
    SurroundingsError,
)
from plugins.stage import Stage, archive, refuse, stage, stored_files


def test_an_update_swaps_what_runs(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv"]))
    assert (state.state, state.version, state.granted) == ("running", "2", ("kv",))
    assert [a.context.spec.version for a in lit.dialect.alive] == ["2"]
    assert state.versions == ("2", "1.0.0")
    assert [(v.version, v.current) for v in lit.registry.versions("lamp")] == [
        ("2", True), ("1.0.0", False),
    ]  # fmt: skip


def test_an_update_that_asks_for_more_waits(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    lit.registry.enable("lamp", "all")
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv", "chat.send"]))
    assert (state.state, state.version, state.pending_version) == ("running", "1.0.0", "2")
    assert state.missing == ("chat.send",) and state.permissions == ("chat.send", "kv")
    assert state.reason.startswith("needs approval: version 2 asks for chat.send; version 1.0.0")
    assert lit.dialect.starts == 1
    with pytest.raises(ApprovalNeeded):
        lit.registry.enable("lamp")
    assert lit.registry.reload("lamp").version == "1.0.0"
    state = lit.registry.enable("lamp", "all")
    assert (state.state, state.version, state.pending_version) == ("running", "2", None)
    assert state.granted == ("chat.send", "kv")
    assert [a.context.spec.version for a in lit.dialect.alive] == ["2"]


def test_a_waiting_update_can_be_taken_back_or_replaced(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    lit.registry.update("lamp", archive(src, version="2", permissions=["chat.send"]))
    state = lit.registry.rollback("lamp")
    assert (state.version, state.pending_version, state.missing) == ("1.0.0", None, ())
    lit.registry.update("lamp", archive(src, version="3", permissions=["chat.send"]))
    state = lit.registry.update("lamp", archive(src, version="4"))
    assert (state.version, state.pending_version) == ("4", None)


def test_an_update_of_what_is_disabled_asks_when_it_is_enabled(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    state = lit.registry.update("lamp", archive(src, version="2", permissions=["kv"]))
    assert (state.version, state.state) == ("2", "disabled")
    assert state.reason == "needs approval: kv"
    assert lit.dialect.starts == 0


def test_an_update_that_fails_to_start_goes_back(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, settings={"color": {"default": "red"}}))
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.enable("lamp")
    state = lit.registry.update("lamp", archive(src, version="2", start="fails"))
    assert (state.state, state.version) == ("running", "1.0.0")
    assert state.last_error == "version 2 did not start: NameError: no such prop"
    assert [a.context.spec.version for a in lit.dialect.alive] == ["1.0.0"]
    assert lit.registry.settings("lamp") == {"color": "blue"}
    assert state.versions == ("2", "1.0.0")


def test_an_update_must_be_of_the_same_plugin(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(InvalidInput, match="is plugin 'rope'; expected 'lamp'"):
        lit.registry.update("lamp", archive(src, slug="rope"))
    assert len(stored_files(lit)) == 1


def test_rollback_restores_settings_and_grants(lit: Stage, src: Path) -> None:
    color = {"color": {"default": "red"}}
    lit.registry.install(archive(src, permissions=["kv", "chat.send"], settings=color))
    lit.registry.enable("lamp", "all")
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.update("lamp", archive(src, version="2", permissions=["kv"], settings=color))
    lit.registry.set_settings("lamp", {"color": "green"})
    assert lit.registry.get("lamp").granted == ("kv",)
    state = lit.registry.rollback("lamp")
    assert (state.state, state.version, state.granted) == (
        "running", "1.0.0", ("chat.send", "kv"),
    )  # fmt: skip
    assert lit.registry.settings("lamp") == {"color": "blue"}
    state = lit.registry.rollback("lamp", "2")
    assert (state.version, state.granted) == ("2", ("kv",))
    assert lit.registry.settings("lamp") == {"color": "green"}


def test_rollback_does_not_bring_back_what_was_refused_since(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["chat.send"]))
    lit.registry.enable("lamp", "all")
    lit.registry.update("lamp", archive(src, version="2", permissions=["chat.send"]))
    lit.registry.enable("lamp", [])
    state = lit.registry.rollback("lamp")
    assert (state.version, state.granted, state.refused) == ("1.0.0", (), ("chat.send",))


def test_rollback_to_a_version_that_asks_for_more(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["chat.send"]))
    lit.registry.update("lamp", archive(src, version="2"))
    lit.registry.enable("lamp")
    state = lit.registry.rollback("lamp")
    assert (state.version, state.pending_version, state.missing) == ("2", "1.0.0", ("chat.send",))
    assert lit.registry.enable("lamp", "all").version == "1.0.0"


def test_rollback_to_nothing(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(NotFound, match="no earlier version is kept; there are: none"):
        lit.registry.rollback("lamp")
    lit.registry.update("lamp", archive(src, version="2"))
    with pytest.raises(NotFound, match=r"no other version '9' is kept; there are: 1\.0\.0"):
        lit.registry.rollback("lamp", "9")


def test_old_versions_go(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data", kept_versions=2) as made:
        made.registry.install(archive(src, version="0"))
        for number in range(1, 6):
            made.registry.update("lamp", archive(src, version=str(number)))
        assert made.registry.get("lamp").versions == ("5", "4", "3")
        assert len(list((made.data.plugins / "lamp").iterdir())) == 3
        made.registry.rollback("lamp", "3")
        assert made.registry.get("lamp").versions == ("5", "4", "3")


def test_a_version_that_never_ran_goes_before_one_that_did(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data", kept_versions=1) as made:
        made.registry.start()
        made.registry.install(archive(src, version="1"))
        made.registry.enable("lamp")
        made.registry.update("lamp", archive(src, version="2"))
        state = made.registry.update("lamp", archive(src, version="3", start="fails"))
        assert (state.version, state.versions) == ("2", ("2", "1"))


def test_two_builds_of_one_version(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    lit.registry.update("lamp", archive(src))
    new, old = lit.registry.versions("lamp")
    assert new.version == old.version and new.id != old.id
    lit.registry.rollback("lamp", old.id)
    assert lit.registry.folder("lamp").name == old.id


def test_a_database_that_refuses_an_update(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    before = stored_files(lit)
    refuse(lit, monkeypatch)
    with pytest.raises(SurroundingsError):
        lit.registry.update("lamp", archive(src, version="2"))
    assert stored_files(lit) == before
    state = lit.registry.get("lamp")
    assert (state.state, state.version) == ("running", "1.0.0")
    assert [a.context.spec.version for a in lit.dialect.alive] == ["1.0.0"]
