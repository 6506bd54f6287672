from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from jackfield.errors import (
    Conflict,
)
from jackfield.plugins.registry import Change, Registry
from plugins.stage import Stage, archive, stored_files


def test_every_change_is_told_after_it_was_stored(lit: Stage, src: Path) -> None:
    changes: list[tuple[str, str, str]] = []

    def stored(change: Change) -> None:
        with lit.db.read() as session:
            state = session.execute(text("SELECT state FROM plugins")).scalar()
        changes.append((change.slug, change.what, str(state)))
        assert change.state is None or change.state.state == state

    lit.registry.observe(stored)
    lit.registry.install(archive(src, settings={"color": {"default": "red", "label": "Colour"}}))
    lit.registry.enable("lamp")
    lit.registry.set_settings("lamp", {"color": "blue"})
    lit.registry.suspend("lamp", "strikes")
    lit.registry.uninstall("lamp")
    assert list(dict.fromkeys(changes)) == [
        ("lamp", "installed", "disabled"),
        ("lamp", "state", "starting"),
        ("lamp", "state", "running"),
        ("lamp", "settings", "running"),
        ("lamp", "state", "suspended"),
        ("lamp", "uninstalled", "None"),
    ]


def test_an_observer_may_read_and_fail_but_not_change(lit: Stage, src: Path) -> None:
    seen: list[str] = []

    def curious(change: Change) -> None:
        seen.append(lit.registry.get(change.slug).state)
        with pytest.raises(Conflict, match="cannot be changed while it is being installed"):
            lit.registry.disable(change.slug)
        raise ZeroDivisionError

    lit.registry.observe(curious)
    lit.registry.install(archive(src))
    assert seen == ["disabled"]


def test_lines_of_all_logs_can_be_watched(lit: Stage, src: Path) -> None:
    lines: list[tuple[str, str]] = []
    lit.registry.install(archive(src))
    lit.registry.log("lamp").info("unwatched")
    lit.registry.log_watcher = lambda slug, line: lines.append((slug, line.text))
    lit.registry.log("lamp").info("watched")
    assert lines == [("lamp", "watched")]


def test_others_go_on_while_one_starts(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, slug="slow"))
    lit.registry.install(archive(src, slug="quick"))
    lit.dialect.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(lit.registry.enable, "slow")
        assert lit.dialect.at_gate.wait(20)
        assert lit.registry.get("slow").state == "starting"
        gate, lit.dialect.gate = lit.dialect.gate, None
        assert lit.registry.enable("quick").state == "running"
        stopping = pool.submit(lit.registry.disable, "slow")
        gate.set()
        assert slow.result(20).slug == "slow"
        assert stopping.result(20).state == "disabled"
    assert [a.context.spec.slug for a in lit.dialect.alive] == ["quick"]


def test_many_ask_for_everything_at_once(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src, permissions=["kv"]))
    packages = [archive(src, version=str(number), permissions=["kv"]) for number in range(4)]

    def work(number: int) -> None:
        registry: Registry = lit.registry
        for step in range(6):
            match (number + step) % 6:
                case 0:
                    registry.enable("lamp", "all")
                case 1:
                    registry.disable("lamp")
                case 2:
                    registry.update("lamp", packages[number % 4])
                case 3:
                    registry.suspend("lamp", "why")
                case 4:
                    registry.set_settings("lamp", {})
                case 5:
                    registry.list()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    lit.registry.enable("lamp", "all")
    assert len(lit.dialect.alive) == 1
    assert list(lit.dispatcher.attached) == ["lamp"]
    kept = {v.id for v in lit.registry.versions("lamp")}
    assert {p.name for p in (lit.data.plugins / "lamp").iterdir()} == kept
    assert list(lit.data.staging.iterdir()) == []


def test_one_of_many_installs_wins(lit: Stage, src: Path) -> None:
    packages = [archive(src, version=str(number)) for number in range(6)]

    def install(package: Path) -> bool:
        try:
            lit.registry.install(package)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(install, packages)) == 1
    assert len(stored_files(lit)) == 1
