"""Confining a process, in one made for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.processes import landlock

pytestmark = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

CONFINED = "jackfield.dialects.dispatcharr.processes.confined"


def confined(places: dict[str, list[str]], *program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", CONFINED, json.dumps(places), *program],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip


SYSTEM = ["/usr", "/bin", "/lib", "/lib64", "/etc", "/proc"]


def test_a_program_reaches_what_it_may_and_nothing_else(tmp_path: Path) -> None:
    for name in ("mine", "theirs", "seen"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    places = {
        "readable": [*SYSTEM, str(tmp_path / "seen"), "/does/not/exist"],
        "writable": [str(tmp_path / "mine"), "/dev/null"],
    }
    ran = confined(places, "sh", "-c", f"cd {tmp_path}; cat mine/file seen/file; echo > mine/new")
    assert (ran.stdout, ran.returncode) == ("mineseen", 0), ran.stderr
    for bad in ("cat theirs/file", "echo > seen/new", "rm seen/file", "echo > seen/file",
                "mv mine/file theirs/", "ls .", "mkdir new", "ln -s x theirs/link"):  # fmt: skip
        ran = confined(places, "sh", "-c", f"cd {tmp_path}/mine; cd ..; {bad}")
        assert ran.returncode != 0, bad
        assert "ermission denied" in ran.stderr or "cross-device" in ran.stderr, (bad, ran.stderr)


def test_a_file_alone_may_be_allowed(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    places = {"readable": [*SYSTEM, str(tmp_path / "one")], "writable": []}
    assert confined(places, "cat", str(tmp_path / "one")).stdout == "1"
    assert confined(places, "cat", str(tmp_path / "two")).returncode != 0


def test_it_signals_nobody_outside(tmp_path: Path) -> None:
    if landlock.version() < 6:
        pytest.skip("this kernel's Landlock knows no signals")
    places = {"readable": SYSTEM, "writable": []}
    assert confined(places, "sh", "-c", f"kill -0 {os.getpid()}").returncode != 0
    assert confined(places, "sh", "-c", "sleep 5 & kill $!").returncode == 0


def test_it_sees_nothing_of_processes_outside() -> None:
    places = {"readable": SYSTEM, "writable": []}
    for what in ("environ", "maps", "mem"):
        ran = confined(places, "head", "-c", "1", f"/proc/{os.getpid()}/{what}")
        assert ran.returncode != 0, what
        assert "ermission denied" in ran.stderr, what
    assert confined(places, "head", "-c", "1", "/proc/self/environ").stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has powers to give up")
def test_root_makes_no_device_but_still_owns_files(tmp_path: Path) -> None:
    places = {"readable": SYSTEM, "writable": [str(tmp_path)]}
    assert confined(places, "mknod", str(tmp_path / "disk"), "b", "7", "0").returncode != 0
    assert not (tmp_path / "disk").exists()
    ran = confined(places, "sh", "-c", f"echo > {tmp_path}/a && chown 1234 {tmp_path}/a")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "a").stat().st_uid == 1234
