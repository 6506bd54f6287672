"""Real processes: made, asked, ended, buried."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.processes.child import Child
from jackfield.dialects.dispatcharr.processes.family import Family
from jackfield.dialects.dispatcharr.processes.limits import Limits
from jackfield.dialects.dispatcharr.processes.link import LinkClosed
from jackfield.errors import Conflict, Unavailable

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return true()


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Lines:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, level: str, text: str) -> None:
        self.lines.append((level, text))

    def __str__(self) -> str:
        return "\n".join(f"{level}: {text}" for level, text in self.lines)


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> Iterator[Family]:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("SECRET_TOKEN", "do not tell")
    made = Family(
        dict,
        {"shout": lambda text: text.upper()},
        roles={"test": "roles", "worker": "roles"},
        imports=("roles",),
        on_output=lines,
    )
    yield made
    made.stop()


def test_a_process_answers_and_asks(family: Family) -> None:
    child = family.spawn("test", {"x": [1]}, {"shout": lambda text: f"{text}!"})
    answer = child.link.call("echo", a=1, timeout=10)
    assert answer == {"a": 1, "config": {"x": [1]}, "pid": answer["pid"]}
    assert child.link.call("ask_host", text="hey") == "hey!"
    assert until(lambda: child.pid == answer["pid"])
    other = family.spawn("test", {})
    assert other.link.call("ask_host", text="hey") == "HEY"


def test_a_process_has_nothing_of_the_host(family: Family) -> None:
    first = family.spawn("test", {})
    child = family.spawn("test", {})
    environ = child.link.call("environ", timeout=10)
    assert "SECRET_TOKEN" not in environ
    assert environ["PATH"]
    open_files = [f for f in child.link.call("fds") if "pipe:" in f or "socket:" in f]
    # Its link, and its output twice.
    assert len([f for f in open_files if "socket:" in f]) == 1, open_files
    assert len(set(open_files)) == 2, open_files
    assert first.alive


def test_a_large_configuration_arrives_whole(family: Family) -> None:
    child = family.spawn("test", {"text": "x" * 3_000_000})
    assert len(child.link.call("echo", timeout=10)["config"]["text"]) == 3_000_000


@pytest.mark.parametrize(
    ("how", "status", "said"), [("exit", 7, "status 7"), ("segv", -11, "SIGSEGV")]
)
def test_the_end_of_a_process_is_told(family: Family, how: str, status: int, said: str) -> None:
    child = family.spawn("test", {})
    ends: list[Any] = []
    child.on_exit(ends.append)
    with pytest.raises(LinkClosed):
        child.link.call("die", how=how)
    end = child.wait(10)
    assert end is not None and end.status == status
    assert said in str(end)
    assert until(lambda: ends == [end])
    assert not child.alive
    late: list[Any] = []
    child.on_exit(late.append)
    assert late == [end]
    assert family.children() == []
    if how == "segv":
        assert "Segmentation fault" in child.last_dump()
        assert "in die" in child.last_dump()


def test_what_a_process_prints_is_passed_on(family: Family, lines: Lines) -> None:
    mine = Lines()
    child = family.spawn("test", {}, on_output=mine)
    with pytest.raises(LinkClosed):
        child.link.call("die", how="print")
    assert child.wait(10) is not None
    assert str(mine) == "info: last words"
    assert str(lines) == ""


def test_a_process_that_fails_to_begin_says_why(family: Family) -> None:
    mine = Lines()
    child = family.spawn("test", {"fail": True}, on_output=mine)
    end = child.wait(10)
    assert end is not None and end.status == 1
    assert "RuntimeError: cannot begin" in str(mine)
    assert mine.lines[0][0] == "error"


def test_a_process_in_an_endless_loop_says_where_and_can_be_ended(family: Family) -> None:
    child = family.spawn("test", {})
    threading.Thread(target=lambda: _quietly(child), daemon=True).start()
    assert until(lambda: "round_and_round" in child.where())
    child.kill()
    end = child.wait(10)
    assert end is not None and end.status == -9


def _quietly(child: Child) -> None:
    with suppress(LinkClosed):
        child.link.call("spin")


def test_a_process_that_hangs_up_is_ended(family: Family) -> None:
    child = family.spawn("test", {"stay": True})
    with pytest.raises(LinkClosed):
        child.link.call("hang_up", timeout=10)
    end = child.wait(20)
    assert end is not None
    assert "it closed its connection to the host" in str(end)


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("crash", [False, True])
def test_nothing_that_a_process_started_outlives_it(
    family: Family, escape: bool, crash: bool
) -> None:
    child = family.spawn("test", {})
    below = child.link.call("spawn", escape=escape, timeout=20)
    assert exists(below)
    if crash:
        with pytest.raises(LinkClosed):
            child.link.call("die", how="exit")
    else:
        child.kill()
    assert child.wait(10) is not None
    assert until(lambda: not exists(below))


def test_too_many_processes_end_it(family: Family) -> None:
    child = family.spawn("test", {}, limits=Limits(processes=20))
    other = family.spawn("test", {})
    with pytest.raises(LinkClosed):
        child.link.call("bomb")
    end = child.wait(20)
    assert end is not None
    assert "processes; at most 20 are allowed" in str(end)
    assert other.link.call("echo", timeout=10)["config"] == {}
    nursery = family._nursery
    assert nursery is not None
    from jackfield.dialects.dispatcharr.processes import linux

    assert until(lambda: linux.descendants(nursery._process.pid) == [other.pid])


def test_too_much_memory_ends_it(family: Family) -> None:
    child = family.spawn("test", {}, limits=Limits(memory=64 * 2**20, data=0))
    with pytest.raises(LinkClosed):
        child.link.call("eat", mebibytes=150)
    end = child.wait(20)
    assert end is not None
    assert "of memory; at most 64 MiB are allowed" in str(end)
    assert end.peak > 64 * 2**20


def test_a_single_process_gets_a_memory_error_first(family: Family) -> None:
    child = family.spawn("test", {}, limits=Limits(memory=0, data=200 * 2**20))
    assert child.link.call("eat", mebibytes=400, timeout=20) == "MemoryError"


def test_everything_ends_with_the_family(family: Family) -> None:
    children = [family.spawn("test", {}) for _ in range(3)]
    pids = [child.link.call("echo", timeout=10)["pid"] for child in children]
    below = children[0].link.call("spawn", escape=True, timeout=20)
    family.stop()
    assert not any(exists(pid) for pid in pids)
    assert not exists(below)
    assert all(not child.alive for child in children)
    family.stop()
    with pytest.raises(Conflict, match="stopping"):
        family.spawn("test", {})


def test_everything_ends_when_the_host_is_killed(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys

    code = (
        "from jackfield.dialects.dispatcharr.processes.family import Family\n"
        "family = Family(dict, roles={'test': 'roles'}, imports=('roles',))\n"
        "child = family.spawn('test', {})\n"
        "print(child.link.call('echo')['pid'], child.link.call('spawn', escape=True),"
        " family._nursery._process.pid, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(HERE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdout is not None
        pids = [int(one) for one in host.stdout.readline().split()]
        assert len(pids) == 3
        assert all(exists(pid) for pid in pids)
        host.send_signal(signal.SIGKILL)
    assert until(lambda: not any(exists(pid) for pid in pids))


def test_a_nursery_that_dies_ends_its_children_and_is_replaced(family: Family) -> None:
    child = family.spawn("test", {})
    child.link.call("echo", timeout=10)
    nursery = family._nursery
    assert nursery is not None
    os.kill(nursery._process.pid, 9)
    assert child.wait(10) is not None
    again = family.spawn("test", {})
    assert again.link.call("echo", timeout=10)["config"] == {}


def test_a_nursery_that_cannot_import_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family(dict, roles={"test": "roles"}, imports=("no_such_module_here",))
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="No module named 'no_such_module_here'"):
                family.spawn("test", {})
    finally:
        family.stop()


def test_a_helper_is_started_once_and_again_when_it_dies(family: Family, lines: Lines) -> None:
    told: list[int] = []
    family.define("worker", lambda: {"n": 1}, on_ready=lambda child: told.append(child.id))
    assert family.running_helper("worker") is None
    found: list[Child] = []
    threads = [threading.Thread(target=lambda: found.append(family.worker())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 8 and len({child.id for child in found}) == 1
    first = found[0]
    with pytest.raises(LinkClosed):
        first.link.call("die", how="exit")
    assert until(lambda: (now := family.running_helper("worker")) is not None and now is not first)
    assert family.worker().link.call("echo", timeout=10)["config"] == {"n": 1}
    assert len(told) == 2
    assert "the worker process ended with status 7; it is started again" in str(lines)


def test_a_helper_that_does_not_start_says_why(family: Family) -> None:
    family.define("worker", lambda: {"fail": True})
    with pytest.raises(Unavailable, match="the worker process does not start"):
        family.worker()
    with pytest.raises(Unavailable, match="no application process"):
        family.application()


def test_a_hundred_processes_leave_nothing(family: Family) -> None:
    def one() -> None:
        child = family.spawn("test", {})
        child.link.call("echo", timeout=10)
        child.kill()
        assert child.wait(10) is not None

    for _ in range(5):
        one()
    fds, threads = open_files(), threading.active_count()
    for _ in range(100):
        one()
    assert until(lambda: threading.active_count() <= threads)
    assert until(lambda: open_files() <= fds)
    assert family.children() == []
