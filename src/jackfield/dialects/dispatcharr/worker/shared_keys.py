"""What stands in for Redis when there is none: one fake server for all processes of this host.

Dispatcharr keeps the state of its streams, locks and flags in Redis, and plugins read and write it.
The keys live in the memory of the worker's process, behind a Unix socket that only this user may
open; every Redis client can speak to it. They are gone when that process ends, as with a Redis that
is restarted without a file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import queue
import select
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

SOCKET = "redis.sock"

_LONGEST = 100
"""Bytes that the path of a socket may have, with a little to spare."""

_CHUNK = 65536


def url_for(home: Path) -> str:
    """Where the fake server of that home listens: ``unix://…``."""
    return f"unix://{path_for(home)}"


def path_for(home: Path) -> Path:
    """The socket's path: in the home, or in a folder of this user's where that is too long."""
    path = home.absolute() / SOCKET
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jackfield-{os.getuid()}-{short}" / SOCKET


class SharedKeys:
    """The fake server. Serves from a thread a client.

    :param path: of the socket; only this user may open it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_fd: int | None = None
        self._listener: socket.socket | None = None
        self._connections: set[_Connection] = set()
        self._lock = threading.Lock()
        self._server: Any = None

    def start(self) -> bool:
        """Listen; ``False`` when another process does so already.

        :raises OSError: the socket cannot be made.
        """
        from fakeredis import FakeServer

        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.parent.stat().st_uid != os.getuid():
            raise PermissionError(f"{self._path.parent} belongs to somebody else")
        fd = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._lock_fd = fd
        self._server = FakeServer(version=(7, 2))
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path.unlink(missing_ok=True)
        listener.bind(str(self._path))
        self._path.chmod(0o600)  # nobody can connect before listen()
        listener.listen(128)
        self._listener = listener
        threading.Thread(target=self._accept, name="shared keys", daemon=True).start()
        return True

    def stop(self) -> None:
        """Hang up on everybody; the keys are gone."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()
        self._path.unlink(missing_ok=True)
        if self._lock_fd is not None:
            os.close(self._lock_fd)

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            connection = _Connection(client, self._server, self._forget)
            with self._lock:
                self._connections.add(connection)
            connection.start()

    def _forget(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.discard(connection)


class _Connection(threading.Thread):
    """One client: feeds what it sends to a fake socket, and sends what that answers."""

    def __init__(self, client: socket.socket, server: Any, on_end: Any) -> None:
        super().__init__(name="shared keys client", daemon=True)
        self._client = client
        self._wake_in, self._wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Not select(): that cannot watch a descriptor above 1023, and each client has three.
        self._watched = select.poll()
        for one in (client.fileno(), self._wake_in):
            self._watched.register(one, select.POLLIN)
        self._on_end = on_end
        self._fake = _fake_socket(server, self._woken)

    def close(self) -> None:
        """Hang up, from another thread."""
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _woken(self) -> None:
        if threading.current_thread() is not self:
            with suppress(OSError):
                os.write(self._wake_out, b"x")

    def run(self) -> None:
        try:
            with suppress(OSError):
                while self._round():
                    pass
        finally:
            self._on_end(self)
            self._fake.close()
            self._client.close()
            os.close(self._wake_in)
            os.close(self._wake_out)

    def _round(self) -> bool:
        from fakeredis._helpers import SimpleError

        ready = [number for number, _ in self._watched.poll()]
        if self._wake_in in ready:
            with suppress(BlockingIOError):
                os.read(self._wake_in, 4096)
        going_on = True
        if self._client.fileno() in ready:
            data = self._client.recv(_CHUNK)
            if not data:
                return False
            try:
                self._fake.sendall(data)
            except (SimpleError, ValueError, StopIteration, RuntimeError) as error:
                # What was sent is no command; as a real server does, say so and hang up.
                self._client.sendall(f"-ERR Protocol error: {error}\r\n".encode()[:512])
                going_on = False
        self._answer()
        return going_on

    def _answer(self) -> None:
        from fakeredis._clients._tcp_server import encode_reply

        answers = self._fake.responses
        out = []
        while True:
            try:
                answer = answers.get(block=False)
            except queue.Empty:
                break
            out.append(encode_reply(answer, self._fake.protocol_version))
        if out:
            self._client.sendall(b"".join(out))


def _fake_socket(server: Any, on_answer: Any) -> Any:
    import redis
    from fakeredis._socket import FakeSocket

    class Socket(FakeSocket):
        """Tells when there is an answer, which may come without a question (pub/sub)."""

        def put_response(self, msg: Any) -> None:
            super().put_response(msg)
            on_answer()

        @property
        def protocol_version(self) -> int:
            return int(self._client_info.protocol_version)

    info = {
        "addr": "127.0.0.1:0", "laddr": "127.0.0.1:0", "fd": 8, "name": "", "idle": 0,
        "flags": "N", "db": 0, "sub": 0, "psub": 0, "ssub": 0, "multi": -1, "qbuf": 48,
        "qbuf_free": 16842, "argv_mem": 25, "multi_mem": 0, "rbs": 1024, "rbp": 0, "obl": 0,
        "oll": 0, "omem": 0, "tot_mem": 18737, "events": "r", "cmd": "", "redir": -1, "resp": 2,
    }  # fmt: skip
    return Socket(server, 0, client_class=redis.Redis, client_info=info)
