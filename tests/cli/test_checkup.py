"""What ``jackfield doctor`` finds, and that it changes nothing."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from jackfield.cli import checkup as module
from jackfield.cli.app import run
from jackfield.cli.checkup import Finding, checkup
from jackfield.config import Config
from jackfield.host import Host
from toy_plugins import TOY, toy_archive


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the caller, a cache of the test's own, and a port that is free."""
    monkeypatch.syspath_prepend(TOY)
    monkeypatch.setenv("JACKFIELD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JACKFIELD_HOST", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("JACKFIELD_PORT", str(probe.getsockname()[1]))


def found(data: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in checkup(data)}


def test_before_the_first_start_all_is_well_and_nothing_is_made(tmp_path: Path) -> None:
    findings = found(tmp_path / "data")
    assert findings["data"].status == "ok"
    assert "will be made" in findings["data"].found
    assert findings["engine"].status == "warning"
    assert "jackfield engine compile" in findings["engine"].advice
    assert all(f.status != "problem" for f in findings.values())
    assert list(tmp_path.iterdir()) == []


def test_every_problem_has_something_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    findings = found(tmp_path / "data")
    assert findings["data"].status == "problem"
    for finding in findings.values():
        assert finding.status == "ok" or finding.advice, finding


def test_a_healthy_host_at_rest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Host(Config(data_dir=data, only=("toy",))) as host:
        host.registry.install(toy_archive(tmp_path))
        host.registry.enable("greeter", "all")
    findings = found(data)
    assert findings["database"].status == "ok"
    assert findings["plugin greeter"].found == "disabled"


def test_a_plugin_that_failed_is_named_with_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Host(Config(data_dir=data, only=("toy",))) as host:
        assert host.wait_started(30)
        host.registry.install(toy_archive(tmp_path, broken=True))
        assert host.registry.enable("greeter", "all").state == "failed"
        host.registry.install(toy_archive(tmp_path, "other"))
    finding = found(data)["plugin greeter"]
    assert finding.status == "problem"
    assert "it is broken" in finding.found
    assert "jackfield logs greeter" in finding.advice
    assert found(data)["plugin other"].status == "ok"


def test_a_damaged_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "jackfield.db").write_bytes(b"rubbish" * 1000)
    findings = found(data)
    assert findings["database"].status == "problem"
    assert "backup" in findings["database"].advice
    assert (data / "jackfield.db").read_bytes() == b"rubbish" * 1000


def test_a_port_that_is_taken_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("JACKFIELD_PORT", str(taken.getsockname()[1]))
        finding = found(tmp_path / "data")["host"]
    assert finding.status == "warning"
    assert "JACKFIELD_PORT" in finding.advice


@pytest.mark.parametrize("port", ["eighty", "70000", "-1"])
def test_a_port_that_is_none_is_a_problem_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("JACKFIELD_PORT", port)
    finding = found(tmp_path / "data")["host"]
    assert finding.status == "problem"
    assert f"JACKFIELD_PORT={port}" in finding.found


def test_an_ipv6_address_is_tried_as_a_start_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            port = probe.getsockname()[1]
    except OSError:
        pytest.skip("no IPv6 here")
    monkeypatch.setenv("JACKFIELD_HOST", "::1")
    monkeypatch.setenv("JACKFIELD_PORT", str(port))
    assert found(tmp_path / "data")["host"].status == "ok"


def test_an_address_of_another_machine_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOST", "192.0.2.1")
    finding = found(tmp_path / "data")["host"]
    assert finding.status == "warning"
    assert "192.0.2.1 is not an address of this machine" in finding.found
    assert "JACKFIELD_HOST" in finding.advice


def test_little_space_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOW_DISK_BYTES", 1 << 62)
    assert found(tmp_path / "data")["disk"].status == "warning"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o500)
    assert found(data)["data"].status == "problem"
    assert found(data / "deeper")["data"].status == "problem"


def test_the_exit_code_tells_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--data", str(tmp_path / "data"), "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"name", "status", "found", "advice"} == set(findings[0])
    (tmp_path / "file").write_text("")
    assert run(["doctor", "--data", str(tmp_path / "file")]) == 1
    assert "1 to solve" in capsys.readouterr().out
