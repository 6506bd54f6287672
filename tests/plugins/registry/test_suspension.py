from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.plugins import misbehaviour
from plugins.stage import archive, stage


def test_suspension_lasts_until_the_operator_enables(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        made.registry.suspend("lamp", "five strikes")
        state = made.registry.get("lamp")
        assert (state.state, state.enabled, state.reason) == ("suspended", True, "five strikes")
        assert made.dialect.alive == []
        made.registry.suspend("lamp", "again")
        assert made.registry.get("lamp").reason == "five strikes"
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.get("lamp").state == "suspended"
        assert made.registry.enable("lamp").state == "running"
        assert made.registry.get("lamp").reason == ""


def test_enabling_what_is_suspended_while_the_host_is_down(tmp_path: Path, src: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        made.registry.suspend("lamp", "five strikes")
    with stage(tmp_path / "data") as made:
        assert made.registry.enable("lamp").reason == "starts with the host"
        made.registry.start()
        assert made.registry.get("lamp").state == "running"


def test_three_crashes_in_an_hour_even_over_a_restart(
    tmp_path: Path, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(misbehaviour.time, "time", lambda: now)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.install(archive(src))
        made.registry.enable("lamp")
        assert not made.registry.note_crash("lamp", "boom")
        now += 3601
        assert not made.registry.note_crash("lamp", "boom")
        assert not made.registry.note_crash("lamp", "boom")
        assert made.registry.get("lamp").state == "running"
    with stage(tmp_path / "data") as made:
        made.registry.start()
        assert made.registry.note_crash("lamp", "out of memory")
        state = made.registry.get("lamp")
        assert state.state == "suspended"
        assert state.reason == "it crashed 3 times within an hour; last: out of memory"
        made.registry.enable("lamp")
        assert not made.registry.note_crash("lamp", "boom"), "enabling forgives"
