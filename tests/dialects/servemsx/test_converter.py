from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jackfield.dialects.servemsx import converter
from jackfield.dialects.servemsx.host_state import HostStateError


def test_looking_up() -> None:
    assert Path(converter.look_up("sh")).is_absolute()
    assert converter.look_up("") == ""
    assert converter.look_up("no-such-program") == ""


def test_running_to_the_end() -> None:
    assert converter.run([sys.executable, "-c", "print('x')"]) == b"x\n"
    assert converter.run([sys.executable, "-c", "raise SystemExit(3)"]) is None
    assert converter.run(["/no/such/program"]) is None
    assert converter.run(["sh", "\0"]) is None


def test_one_stream_at_a_time(tmp_path: Path) -> None:
    stream = converter.Stream(wait=0)
    pids: list[int] = []
    for _ in range(2):
        stream.start(["sleep", "60"])
        assert stream._process is not None
        pids.append(stream._process.pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    stream.stop()
    stream.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[1], 0)
    with pytest.raises(HostStateError, match="/no/such"):
        stream.start(["/no/such/program"])
