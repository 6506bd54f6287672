"""``jackfield serve`` as a process: starting, refusing to start, stopping."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import urllib.request
from pathlib import Path

import pytest

from e2e.serving import jackfield, serving
from toy_plugins import toy_archive

pytestmark = pytest.mark.e2e

TOY_ONLY = ("--only", "toy")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_greets_serves_and_ends_well(tmp_path: Path, number: int) -> None:
    with serving(tmp_path / "data", *TOY_ONLY) as server:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=30) as answer:
            assert answer.status == 200
        mode = stat.S_IMODE((tmp_path / "data" / "run.json").stat().st_mode)
        assert mode == 0o600
        code, out, err = server.stop(number)
    assert code == 0
    assert err == ""
    assert f"Jackfield serves {server.url}/" in out
    assert str(tmp_path / "data") in out
    assert f"{server.url}/#claim=jfc_" in out
    assert not (tmp_path / "data" / "run.json").exists()


def test_an_open_connection_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with serving(tmp_path / "data", *TOY_ONLY) as server:
        archive = toy_archive(tmp_path)
        assert server.api("POST", "/plugins", {"path": str(archive)})[0] == 201
        with socket.create_connection(("127.0.0.1", server.info["port"]), timeout=30) as stream:
            token = server.info["token"]
            stream.sendall(
                b"GET /api/v1/plugins/greeter/logs/stream HTTP/1.1\r\nhost: localhost\r\n"
                b"authorization: Bearer " + token.encode() + b"\r\n\r\n"
            )
            assert b"200 OK" in stream.recv(4096)
            code, _, err = server.stop()
        assert code == 0
        assert "Traceback" not in err


def test_a_second_host_on_the_same_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, *TOY_ONLY) as server:
        second = jackfield("serve", "--port", "0", *TOY_ONLY, data=data)
        assert second.returncode == 4
        assert second.stdout == ""
        assert str(server.info["pid"]) in second.stderr
        assert str(server.info["port"]) in second.stderr
        assert second.stderr.count("\n") == 1
        assert server.api("GET", "/info")[0] == 200


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = jackfield("serve", "--port", port, *TOY_ONLY, data=tmp_path / "data")
    assert result.returncode == 6
    assert f"127.0.0.1:{port} is in use" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_the_environment_says_where(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = jackfield(
        "serve", "--only", "none", JACKFIELD_PORT=str(port), JACKFIELD_DATA=str(tmp_path / "data")
    )
    assert result.returncode == 2
    assert "no dialect 'none' is installed" in result.stderr


def test_data_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "layout.json").write_text('{"layout": 99}')
    result = jackfield("serve", "--port", "0", *TOY_ONLY, data=data)
    assert result.returncode == 6
    assert "newer version" in result.stderr
    assert result.stderr.count("\n") == 1
    assert (data / "layout.json").read_text() == '{"layout": 99}'
    assert not (data / "jackfield.db").exists()


def test_a_damaged_database_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert jackfield("list", data=data).returncode == 0
    database = data / "jackfield.db"
    database.write_bytes(b"not a database" * 100)
    result = jackfield("serve", "--port", "0", *TOY_ONLY, data=data)
    assert result.returncode == 6
    assert "jackfield.db" in result.stderr
    assert result.stderr.count("\n") == 1
    assert database.read_bytes() == b"not a database" * 100
    doctor = jackfield("doctor", "--json", data=data)
    assert doctor.returncode == 1
    found = {f["name"]: f for f in json.loads(doctor.stdout)}
    assert found["database"]["status"] == "problem"
    assert found["database"]["advice"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o500)
    result = jackfield("serve", "--port", "0", *TOY_ONLY, data=data)
    assert result.returncode == 6
    assert result.stderr.count("\n") == 1


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("mine")
    result = jackfield("serve", "--port", "0", *TOY_ONLY, data=data)
    assert result.returncode == 6
    assert result.stderr.count("\n") == 1
    assert data.read_text() == "mine"


def test_after_a_kill_the_next_start_finds_everything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, *TOY_ONLY) as server:
        archive = toy_archive(tmp_path)
        assert server.api("POST", "/plugins", {"path": str(archive)})[0] == 201
        assert server.api("POST", "/plugins/greeter/enable", {"grant": "all"})[0] == 200
        server.process.kill()
        server.process.wait()
    listed = jackfield("list", data=data)
    assert listed.returncode == 0, listed.stderr
    assert "starts with the host" in listed.stdout
    with serving(data, *TOY_ONLY) as server:
        server.wait_for("greeter", "running")


def test_in_safe_mode_nothing_runs_but_all_can_be_managed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, *TOY_ONLY) as server:
        server.api("POST", "/plugins", {"path": str(toy_archive(tmp_path))})
        server.api("POST", "/plugins/greeter/enable", {"grant": "all"})
        server.stop()
    with serving(data, "--safe-mode", *TOY_ONLY) as server:
        assert server.api("GET", "/info")[1]["safe_mode"] is True
        assert server.api("GET", "/plugins/greeter")[1]["state"] == "disabled"
        assert server.api("POST", "/safe-mode/leave")[1]["safe_mode"] is False
        server.wait_for("greeter", "running")
        _, out, _ = server.stop()
    assert "safe mode" in out
