"""The engine as plugins wait for it: idle, ready, compiled first, or impossible."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jackfield.config import default_cache_dir
from jackfield.errors import Unavailable
from jackfield.sandbox import Engine, EngineCache, EngineUnavailable
from jackfield.services.engine import SandboxEngine

pytestmark = pytest.mark.sandbox


def test_nothing_happens_before_it_is_needed(tmp_path: Path) -> None:
    engine = SandboxEngine(tmp_path / "cache")
    assert engine.to_dict() == {"state": "idle", "progress": "", "error": None}
    assert not (tmp_path / "cache").exists()


def test_what_was_compiled_before_is_ready_at_once(engine: Engine) -> None:
    del engine  # it is compiled by now
    service = SandboxEngine(default_cache_dir())
    first = service.get(30)
    assert isinstance(first, Engine)
    assert service.to_dict() == {"state": "ready", "progress": "", "error": None}
    assert service.get(0) is first
    service.start()
    assert service.get(0) is first


def test_many_who_wait_get_the_same_one(engine: Engine) -> None:
    del engine
    service = SandboxEngine(default_cache_dir())
    got: list[Engine] = []
    threads = [threading.Thread(target=lambda: got.append(service.get(30))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


class SlowCache:
    """Has no native code until it is told to; in the place of the compile of 20 s."""

    go = threading.Event()
    good: Engine

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made = False

    def load(self) -> Engine:
        if not self.made:
            raise EngineUnavailable("not compiled")
        return self.good

    def compile(self, progress: object) -> None:
        assert callable(progress)
        progress("compiling, 5 s")
        assert self.go.wait(30)
        self.made = True


def test_while_it_is_compiled_those_who_cannot_wait_are_told(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jackfield.sandbox.EngineCache", SlowCache)
    monkeypatch.setattr(SlowCache, "go", threading.Event())
    monkeypatch.setattr(SlowCache, "good", engine, raising=False)
    said: list[str] = []
    told = threading.Event()

    def hear(line: str) -> None:
        said.append(line)
        told.set()

    service = SandboxEngine(tmp_path, hear)
    service.start()
    assert told.wait(30)
    assert service.to_dict()["state"] == "compiling"
    with pytest.raises(Unavailable, match="is compiling: compiling, 5 s"):
        service.get(0)
    SlowCache.go.set()
    assert service.get(30) is engine
    assert service.state == "ready"
    assert said == ["compiling, 5 s"]


def test_one_that_cannot_be_made_says_why_to_everybody(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    service = SandboxEngine(blocked / "cache")
    for _ in range(2):
        with pytest.raises(Unavailable, match="the sandbox engine cannot be made: ") as error:
            service.get(30)
        assert "jackfield doctor" in (error.value.hint or "")
        assert isinstance(error.value.__cause__, EngineUnavailable)
    assert service.state == "failed"
    assert "cannot be stored" in str(service.to_dict()["error"])


def test_the_stand_in_has_the_methods_of_the_real_one() -> None:
    for name in ("load", "compile"):
        assert callable(getattr(EngineCache, name))
