from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.errors import (
    Conflict,
    SurroundingsError,
)
from plugins.stage import Stage, archive, refuse, stage


def test_the_host_starts_what_is_enabled(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        for slug in ("a", "b", "c"):
            made.registry.install(
                archive(src, slug=slug, **({"start": "fails"} if slug == "b" else {}))
            )
        made.registry.enable("a")
        made.registry.enable("b")
        made.registry.start()
        assert [s.state for s in made.registry.list()] == ["running", "failed", "disabled"]
        made.registry.stop()
        assert made.dialect.alive == [] and made.dispatcher.attached == {}
        state = made.registry.get("a")
        assert (state.state, state.enabled) == ("disabled", True)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert [s.state for s in made.registry.list()] == ["running", "failed", "disabled"]
        assert not made.registry.safe_mode


def test_safe_mode_after_a_start_up_that_did_not_finish(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        for slug in ("a", "b"):
            made.registry.install(archive(src, slug=slug))
            made.registry.enable(slug)
    (tmp_path / "data" / "starting").write_text("b")
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.safe_mode and made.registry.suspect == "b"
        assert made.dialect.starts == 0
        state = made.registry.get("b")
        assert state.state == "suspended"
        assert state.reason == "the host ended while this plugin was starting"
        # One can be enabled, others removed, and then safe mode be left.
        made.registry.install(archive(src, slug="c"))
        assert made.registry.enable("c").state == "running"
        made.registry.leave_safe_mode()
        assert [s.state for s in made.registry.list()] == ["running", "suspended", "running"]
        assert not made.registry.safe_mode
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert not made.registry.safe_mode
        assert made.registry.get("b").state == "suspended"
        assert made.registry.enable("b").state == "running"


@pytest.mark.parametrize("suspect", ["", "gone", "disabled"])
def test_safe_mode_without_somebody_to_blame(tmp_path: Path, src: Path, suspect: str) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, slug="disabled"))
    (tmp_path / "data" / "starting").write_text(suspect)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.safe_mode
        assert made.registry.get("disabled").state == "disabled"


@pytest.mark.parametrize(("asked", "running"), [(True, False), (False, True)])
def test_the_operator_decides_on_safe_mode(
    tmp_path: Path, src: Path, asked: bool, running: bool
) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src))
        made.registry.enable("lamp")
    with stage(tmp_path / "data", safe_mode=asked) as made:
        made.registry.start()
        assert made.registry.safe_mode is asked
        assert (made.registry.running("lamp") is not None) is running


def test_a_dialect_that_is_gone(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(src, permissions=["kv"]))
        made.registry.enable("lamp", "all")
    with stage(tmp_path / "data", dialects={}) as made:
        made.registry.start()
        state = made.registry.get("lamp")
        assert (state.state, state.enabled, state.name) == ("disabled", True, "Lamp")
        assert state.reason == "incompatible: dialect 'stage' is not installed"
        for call in (made.registry.enable, made.registry.reload):
            with pytest.raises(Conflict, match="its dialect 'stage' is not installed"):
                call("lamp")
        with pytest.raises(Conflict):
            made.registry.update("lamp", archive(src))
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "running"


def test_a_full_disk_while_plugins_run(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit.registry.install(archive(src))
    lit.registry.enable("lamp")
    with monkeypatch.context() as patch:
        refuse(lit, patch)
        assert lit.registry.reload("lamp").state == "running"
        with pytest.raises(SurroundingsError):
            lit.registry.disable("lamp")
        assert lit.dialect.alive == [], "what the operator stops is stopped"
        assert lit.registry.get("lamp").state == "disabled"
    lit.registry.disable("lamp")
    lit.close()
    with stage(lit.data.path) as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "disabled"
