"""A real Redis on a port of its own, for the tests that need one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest
import redis

PROGRAM = shutil.which("redis-server") or "/usr/bin/redis-server"

needs_redis = pytest.mark.skipif(
    not Path(PROGRAM).exists(), reason="redis-server is not installed (scripts/test does that)"
)


class RedisServer:
    """Started and stopped by the test; keeps its data in a folder of the test's.

    :param password: what clients have to say; none without it.
    """

    def __init__(self, folder: Path, password: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        who = f":{quote(self._password)}@" if self._password else ""
        return f"redis://{who}127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=self._password or None)

    def start(self) -> None:
        command = [
            PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder),
            "--save", "3600 1", "--appendonly", "no", "--logfile", "redis.log",
        ]  # fmt: skip
        if self._password:
            command += ["--requirepass", self._password]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stop(self, *, keep: bool = True) -> None:
        """End it; with its data written down, or all of it lost."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if keep:
            process.terminate()  # writes its file first
        else:
            process.kill()
            (self._folder / "dump.rdb").unlink(missing_ok=True)
        process.wait(20)
