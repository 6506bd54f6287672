"""Programs that plugins start find Dispatcharr's files where they expect them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.django_setup import COMPAT, ENVIRONMENT

WRITE = "from pathlib import Path; Path('/data/exports').mkdir(); print('made')"


@pytest.mark.e2e
@pytest.mark.skipif(Path("/data").exists(), reason="this machine has a /data of its own")
def test_the_home_is_at_data(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(COMPAT),
        ENVIRONMENT: json.dumps({"home": str(tmp_path)}),
    }
    subprocess.run([sys.executable, "-c", WRITE], env=environment, check=True)
    assert (tmp_path / "exports").is_dir()


@pytest.mark.e2e
@pytest.mark.parametrize("value", [None, "", "{", "[]", "{}", '{"home": 1}'])
def test_without_a_home_a_program_runs_as_ever(value: str | None) -> None:
    environment = {**os.environ, "PYTHONPATH": str(COMPAT)}
    environment.pop(ENVIRONMENT, None)
    if value is not None:
        environment[ENVIRONMENT] = value
    done = subprocess.run(
        [sys.executable, "-c", "print('ran')"], env=environment, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("ran\n", "")
