"""The Makefile and its scripts on machines that lack something."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the set-up reads, without an environment."""
    names = [
        "Makefile", "pyproject.toml", "uv.lock", "hatch_build.py", "scripts", "src/owncast_plugin",
        "src/jackfield/sandbox/build.py", "src/jackfield/sandbox/guest",
    ]  # fmt: skip
    for name in names:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    return tmp_path


# The tests themselves may be run by make, which tells those below it of itself.
NO_MAKE_ABOVE = {key: text for key, text in os.environ.items() if not key.startswith("MAKE")}


def make(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=clone, env={**NO_MAKE_ABOVE, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_help_lists_what_can_be_made(clone: Path) -> None:
    shown = make(clone).stdout
    for target in ("serve", "test", "check", "docs-reference", "bench"):
        assert f"make {target} " in shown
    assert "JACKFIELD_PORT" in shown


def test_a_python_that_is_too_old_is_refused_by_name(clone: Path) -> None:
    old = clone / "oldpython"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = make(clone, "serve", PYTHON=str(old))
    assert result.returncode != 0
    assert f"PYTHON={old} is not Python 3.11 or newer" in result.stderr
    assert not (clone / ".venv").exists()


def test_a_machine_without_a_python_is_told_what_to_install(clone: Path) -> None:
    tools = clone / "bin"
    tools.mkdir()
    for tool in ("sh", "dirname", "make", "find", "awk"):
        (tools / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    result = make(clone, "serve", PATH=str(tools), PYTHON="")
    assert result.returncode != 0
    assert "apt install python3 python3-venv" in result.stderr


def test_a_python_without_venv_is_told_what_to_install(clone: Path) -> None:
    crippled = clone / "crippled"
    crippled.write_text(
        f'#!/bin/sh\n[ "$1" = -m ] && {{ echo "ensurepip is not available"; exit 1; }}\n'
        f'[ "$2" = "import sys; print(sys.executable)" ] && {{ echo {crippled}; exit 0; }}\n'
        f'exec {sys.executable} "$@"\n'
    )
    crippled.chmod(0o755)
    result = make(clone, "serve", PYTHON=str(crippled))
    assert result.returncode != 0
    assert "ensurepip is not available" in result.stderr
    assert "apt install python3-venv" in result.stderr
    assert not any((clone / ".tools").glob("uv-*"))


def test_when_nothing_changed_nothing_is_called(clone: Path) -> None:
    program = clone / ".venv" / "bin" / "jackfield"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho started $1\n")
    program.chmod(0o755)
    (clone / ".venv" / ".ready-run").touch()
    result = make(clone, "serve", PYTHON="/nowhere")
    assert (result.returncode, result.stdout) == (0, "started serve\n")
    os.utime(clone / "uv.lock", (2**31, 2**31))
    assert make(clone, "serve", PYTHON="/nowhere").returncode != 0
