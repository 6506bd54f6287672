"""The process: forked with a link, reached over its socket, ended by its host's end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jackfield.dialects.dispatcharr.application.contract import SOCKET
from jackfield.dialects.dispatcharr.processes.link import Link, RemoteError

CHILD = textwrap.dedent(
    """
    import socket, sys
    from jackfield.dialects.dispatcharr import django_setup
    from jackfield.dialects.dispatcharr.application.main import main
    django_setup.configure(django_setup.Environment(home=sys.argv[2], secret="s"))
    main(socket.socket(fileno=int(sys.argv[1])), {})
    """
)


class Running:
    def __init__(self, home: Path) -> None:
        ours, theirs = socket.socketpair()
        self.home = home
        self.told: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(theirs.fileno()), str(home)],
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

        def hear(**said: Any) -> None:
            self.told.append(str(said))

        self.link = Link(ours, {"websocket": hear, "system_event": hear, "log": hear})

    def http(self) -> httpx2.Client:
        transport = httpx2.HTTPTransport(uds=str(self.home / SOCKET))
        return httpx2.Client(transport=transport, base_url="http://app", timeout=20)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    # A socket's path is short by nature.
    home = Path(os.path.realpath(tmp_path))
    running = Running(home)
    yield running
    running.link.close()
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGKILL)
    running.process.wait(10)


@pytest.mark.e2e
def test_it_serves_over_a_socket_of_its_own_and_ends_with_its_host(running: Running) -> None:
    assert running.link.call("ready", timeout=60) is True
    mode = (running.home / SOCKET).stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    with running.http() as http:
        assert http.get("/api/core/version/").status_code == 200
        assert http.get("/output/m3u").text.startswith("#EXTM3U")
        made = http.post(
            "/api/accounts/initialize-superuser/",
            json={"username": "root", "password": "correct horse"},
        )
        assert made.status_code == 200
        user = {"username": "root", "password": "correct horse"}
        assert http.post("/internal/authenticate", json=user).json()["level"] == 10
    assert running.link.call("stream.status", timeout=10) == []
    for method in ("stream.stop", "stream.next", "stream.status"):
        with pytest.raises(RemoteError, match="not playing"):
            running.link.call(method, channel="0", timeout=10)
    running.link.close()
    assert running.process.wait(20) == 0
    assert not (running.home / SOCKET).exists()


@pytest.mark.e2e
def test_it_takes_the_place_of_one_that_was_killed(running: Running, tmp_path: Path) -> None:
    running.link.call("ready", timeout=60)
    running.process.kill()
    running.process.wait(10)
    assert (running.home / SOCKET).exists()  # left behind
    second = Running(running.home)
    try:
        assert second.link.call("ready", timeout=60) is True
        with second.http() as http:
            assert http.get("/api/core/version/").status_code == 200
    finally:
        second.link.close()
        second.process.wait(20)
