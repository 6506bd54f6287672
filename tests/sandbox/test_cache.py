"""Native code: compiled once, never loaded when it is not what was compiled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jackfield.config import default_cache_dir
from jackfield.sandbox import EngineCache, EngineUnavailable, Instance, build
from jackfield.sandbox import cache as cache_module

pytestmark = pytest.mark.sandbox


@pytest.fixture
def filled(engine, tmp_path) -> EngineCache:
    """A cache directory of its own with good native code in it."""
    shared = EngineCache(default_cache_dir())
    cache = EngineCache(tmp_path / "cache")
    cache.directory.mkdir(mode=0o700)
    for file in (shared._native(), shared._native().with_suffix(".json")):
        shutil.copy2(file, cache.directory / file.name)
    return cache


@pytest.fixture
def compiled(monkeypatch, filled) -> list[list[str]]:
    """Instead of compiling for 20 s, `compile` copies the good code; the commands it ran."""
    good = filled.directory.parent / "good.cwasm"
    shutil.copy2(filled._native(), good)
    commands = []
    real = subprocess.Popen

    def popen(command, **options):
        commands.append(command)
        copy = "import shutil, sys; shutil.copyfile(*sys.argv[1:])"
        return real([sys.executable, "-c", copy, str(good), command[-2]], **options)

    monkeypatch.setattr(cache_module.subprocess, "Popen", popen)
    return commands


def works(cache):
    with Instance(
        cache.load(), "def run(x): return x\n", name="x", host=print, output=print
    ) as instance:
        return instance.call("run", 1, seconds=5) == 1


def test_good_code_is_loaded(filled):
    assert filled.ready()
    assert works(filled)


def test_an_empty_cache_says_what_to_do(tmp_path):
    cache = EngineCache(tmp_path)
    assert not cache.ready()
    with pytest.raises(EngineUnavailable, match=r"not compiled for this machine: no such file"):
        cache.load()


def damage_cut(native):
    native.write_bytes(native.read_bytes()[:1000])


def damage_empty(native):
    native.write_bytes(b"")


def damage_content(native):
    with native.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xcc" * 64)


def damage_foreign(native):
    native.write_bytes(b"\x7fELF" + b"\x00" * (native.stat().st_size - 4))


def damage_note(native):
    native.with_suffix(".json").write_text("{")


def damage_no_note(native):
    native.with_suffix(".json").unlink()


def damage_mode(native):
    native.chmod(0o666)


DAMAGES = [
    damage_cut,
    damage_empty,
    damage_content,
    damage_foreign,
    damage_note,
    damage_no_note,
    damage_mode,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_code_is_never_loaded_and_compiled_anew(filled, compiled, damage):
    damage(filled._native())
    assert not filled.ready()
    with pytest.raises(EngineUnavailable, match="is not compiled for this machine"):
        filled.load()
    lines = []
    filled.compile(lines.append)
    assert len(compiled) == 1
    assert lines[0].startswith("Compiling the plugin engine")
    assert lines[-1].startswith("Plugin engine compiled in")
    assert works(filled)


def test_code_that_wasmtime_refuses_is_compiled_anew(filled, compiled):
    native = filled._native()
    damage_foreign(native)
    cache_module._write_note(native, cache_module._sha256(native))  # as if it were meant
    with pytest.raises(EngineUnavailable, match="does not load"):
        filled.load()
    filled.compile()
    assert len(compiled) == 1
    assert works(filled)


def test_a_touched_file_is_checked_and_used(filled):
    native = filled._native()
    os.utime(native)
    assert works(filled)
    assert filled._reason_to_refuse(native) is None


def test_good_code_is_not_compiled_again(filled, compiled):
    filled.compile()
    filled.compile()
    assert compiled == []


def test_code_of_another_engine_wasmtime_or_processor_has_another_name(filled, monkeypatch):
    here = filled._native()
    monkeypatch.setattr(cache_module, "wasmtime_version", lambda: "47.0.0")
    assert filled._native() != here
    monkeypatch.undo()
    monkeypatch.setattr(cache_module, "_processor", lambda: "riscv")
    assert filled._native() != here
    monkeypatch.undo()
    stamp = build.read_stamp()
    monkeypatch.setattr(build, "read_stamp", lambda: {**stamp, "sha256": "0" * 64})
    assert filled._native() != here


def test_only_a_few_old_versions_are_kept(filled, compiled):
    for age in range(4):
        old = filled.directory / f"engine-{age}.cwasm"
        old.write_bytes(b"old")
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    native = filled._native()
    native.unlink()
    filled.compile()
    assert {file.name for file in filled.directory.glob("*.cwasm")} == {
        native.name,
        "engine-0.cwasm",
        "engine-1.cwasm",
    }
    assert not list(filled.directory.glob(".compiling-*"))


def test_a_package_without_engine_says_so(filled, monkeypatch):
    monkeypatch.setattr(build, "read_stamp", lambda: None)
    for use in (filled.load, filled.compile, filled.ready):
        with pytest.raises(EngineUnavailable, match="the sandbox engine is not built"):
            use()


def test_a_compiler_that_fails_is_reported(tmp_path, monkeypatch):
    broken = tmp_path / "engine.wasm"
    broken.write_bytes(b"this is not wasm")
    monkeypatch.setattr(build, "WASM", broken)
    cache = EngineCache(tmp_path / "cache")
    monkeypatch.setattr(cache, "_native", lambda: cache.directory / "engine-x.cwasm")
    with pytest.raises(EngineUnavailable, match="compiling the sandbox engine failed"):
        cache.compile()
    assert not list(cache.directory.glob("*.cwasm"))
    assert not list(cache.directory.glob(".compiling-*"))


def test_a_directory_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineUnavailable, match="the compiled engine cannot be stored"):
        EngineCache(tmp_path / "file" / "cache").compile()


def test_two_processes_at_once_compile_once(filled, tmp_path):
    native = filled._native()
    native.unlink()
    script = tmp_path / "compile.py"
    script.write_text(
        "import sys, shutil, subprocess\n"
        "from pathlib import Path\n"
        "from jackfield.sandbox import EngineCache, cache\n"
        "good, directory = map(Path, sys.argv[1:])\n"
        "real = subprocess.Popen\n"
        "def popen(command, **options):\n"
        "    copy = 'import shutil, sys, time; time.sleep(1); shutil.copyfile(*sys.argv[1:])'\n"
        "    return real([sys.executable, '-c', copy, str(good), command[-2]], **options)\n"
        "cache.subprocess.Popen = popen\n"
        "lines = []\n"
        "EngineCache(directory).compile(lines.append)\n"
        "EngineCache(directory).load()\n"
        "print('worked' if any('compiled in' in line for line in lines) else 'waited')\n"
    )
    shared = EngineCache(default_cache_dir())._native()
    command = [sys.executable, str(script), str(shared), str(filled.directory)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(child.communicate(timeout=60)[0].strip() for child in children) == [
        "waited",
        "worked",
    ]


def test_the_directory_is_the_users_own(engine, tmp_path, monkeypatch):
    cache = EngineCache(tmp_path / "deep" / "cache")
    monkeypatch.setattr(cache, "_is_usable", lambda native: True)
    cache.compile()
    assert Path(cache.directory).stat().st_mode & 0o777 == 0o700


def test_what_a_killed_compile_left_goes_with_the_next_one(filled, compiled):
    filled._native().unlink()
    left = filled.directory / ".compiling-abc"
    left.write_bytes(b"half of it")
    filled.compile()
    assert not left.exists()
    assert works(filled)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody is told of a parent's end")
def test_the_compiler_ends_with_whoever_asked_for_it(tmp_path):
    """The one that asked is killed outright, as by the system when memory is short."""
    child = (
        "import os, sys, time\n"
        "from jackfield.sandbox.compiler import end_with\n"
        "end_with(int(sys.argv[1]))\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid())])\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, child], stdout=subprocess.PIPE, text=True
    ) as asking:
        compiler = psutil.Process(int(asking.stdout.readline()))
        asking.kill()
        compiler.wait(timeout=30)
        assert not compiler.is_running()


def test_the_compiler_does_not_begin_for_nobody(tmp_path):
    command = [sys.executable, "-m", "jackfield.sandbox.compiler", "x.wasm", "x", "1"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == "the process that asked for this is gone\n"
