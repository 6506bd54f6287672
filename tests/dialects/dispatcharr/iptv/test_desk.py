"""Commands through a real host and real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import Config
from jackfield.dialects.dispatcharr.dialect import DispatcharrDialect
from jackfield.errors import InvalidInput, NotFound
from jackfield.host import Host
from jackfield.operations import Operations
from jackfield.plugins.jobs import Jobs

pytestmark = pytest.mark.e2e

PLAYLIST = "#EXTM3U\n" + "".join(f"#EXTINF:-1,S{n}\nhttp://h/{n}\n" for n in range(3000))


class Desk:
    def __init__(self, host: Host) -> None:
        self.host = host
        self.operations = Operations(host)
        self.jobs = host.services.get(Jobs)

    def ask(self, command: str, **params: Any) -> Any:
        return self.operations.operate("dispatcharr", command, params)

    def refresh(self, target: dict[str, Any]) -> Any:
        started = self.ask("refresh", **{key: target[key] for key in ("kind", "id", "name")})
        job = self.jobs.get(started["id"])
        assert job.wait(60)
        return job


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A host that was composed, not started: as a command has it while none runs."""
    host = Host(
        Config(data_dir=tmp_path_factory.mktemp("host")),
        dialects={"dispatcharr": DispatcharrDialect()},
    )
    yield Desk(host)
    host.stop()


def test_an_import_is_a_job(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    path.write_text(PLAYLIST)
    target = desk.ask("add", kind="m3u", source=str(path), name="mine")
    job = desk.refresh(target)
    assert (job.state, job.progress, job.dialect) == ("done", 1.0, "dispatcharr")
    assert job.title == "Refresh the account mine"
    assert job.result["counts"]["created"] == 3000
    assert "3000 streams" in job.message
    (account,) = desk.ask("accounts")
    assert account["streams"] == 3000
    assert desk.host.registry.list() == []


def test_one_that_fails_is_a_failed_job_and_says_where(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "page.m3u"
    path.write_text("<html>")
    target = desk.ask("add", kind="m3u", source=str(path), name="page")
    job = desk.refresh(target)
    assert job.state == "failed"
    assert "page.m3u: is no playlist" in job.error
    (row,) = [row for row in desk.ask("accounts") if row["name"] == "page"]
    assert row["status"] == "error"


def test_what_is_passed_over_stands_in_the_log(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    path.write_text("#EXTM3U\njunk\n#EXTINF:-1,A\nhttp://h/a\n")
    job = desk.refresh(desk.ask("add", kind="m3u", source=str(path), name="junk"))
    assert job.state == "done"
    assert [line.text for line in job.lines()] == ["line 2: neither a tag nor an address"]


def test_cancelling_ends_it(desk: Desk, provider: Any) -> None:
    url = provider.drip("/slow.m3u", b"#EXTM3U\n" * 1000, pause=0.1, pieces=1000)
    target = desk.ask("add", kind="m3u", source=url, name="slow")
    started = desk.ask("refresh", **{key: target[key] for key in ("kind", "id", "name")})
    job = desk.jobs.get(started["id"])
    deadline = time.monotonic() + 60
    while "downloading" not in job.message and time.monotonic() < deadline:
        time.sleep(0.02)
    desk.jobs.cancel(job.id)
    assert job.wait(30)
    assert job.state == "cancelled"
    (row,) = [row for row in desk.ask("accounts") if row["name"] == "slow"]
    assert (row["status"], row["message"]) == ("error", "cancelled")


def test_errors_are_those_of_the_command(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no account or guide is named 'x'"):
        desk.ask("find", name="x")
    with pytest.raises(NotFound, match="no command 'x'"):
        desk.ask("x")
    with pytest.raises(InvalidInput, match=r"channels: got an unexpected .* 'x'"):
        desk.ask("channels", x=1)
    with pytest.raises(NotFound, match="no dialect 'other'"):
        desk.operations.operate("other", "accounts", {})


@pytest.mark.parametrize("params", [{}, {"kind": "x", "id": 1}, {"kind": "m3u", "id": "y"}])
def test_a_refresh_of_nothing_is_a_failed_job(desk: Desk, params: dict[str, Any]) -> None:
    job = desk.jobs.get(desk.ask("refresh", **params)["id"])
    assert job.wait(60)
    assert job.state == "failed"
    assert job.error


def test_matching_is_a_job(desk: Desk) -> None:
    job = desk.jobs.get(desk.ask("match")["id"])
    assert job.wait(60)
    assert (job.state, job.title) == ("done", "Match channels with guides")
    assert job.message == "0 of 0 channels got a guide"


def test_no_process_is_left(desk: Desk) -> None:
    desk.ask("accounts")
    family = desk.host.dialects["dispatcharr"].installation(desk.host.core).family
    assert [child.role for child in family.children() if child.role == "console"] == []
