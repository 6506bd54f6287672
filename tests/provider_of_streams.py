"""A provider of streams for tests: a real HTTP server whose streams break as they are told to."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


def packets(start: int, count: int, stream: int = 0) -> bytes:
    """Transport stream packets that carry their stream's number and their own."""
    out = bytearray()
    for number in range(start, start + count):
        out += struct.pack(">BBBBII", 0x47, 0x01, 0x00, 0x10 | number % 16, stream, number)
        out += bytes([stream % 251]) * 176
    return bytes(out)


def numbers(data: bytes) -> list[tuple[int, int]]:
    """(stream, number) of each packet in *data*; fillers are left out."""
    assert len(data) % 188 == 0
    found = []
    for at in range(0, len(data), 188):
        assert data[at] == 0x47
        if data[at + 1] & 0x1F == 0x1F:
            continue
        found.append(struct.unpack(">II", data[at + 4 : at + 12]))
    return found


@dataclass
class Behaviour:
    """How a path of the provider behaves.

    :param packets: sent before the connection is closed; ``None`` for no end.
    :param pause: seconds between bursts of *burst* packets.
    :param hang: after the packets keep the connection open and say nothing.
    """

    stream: int = 0
    status: int = 200
    packets: int | None = None
    burst: int = 70
    pause: float = 0.01
    hang: bool = False
    content_type: str = "video/mp2t"
    body: bytes = b""
    seen: list[str] = field(default_factory=list)


class Provider:
    """``paths`` maps a path to its :class:`Behaviour`; ``open`` counts connections at work."""

    def __init__(self) -> None:
        self.paths: dict[str, Behaviour] = {}
        self.opened: dict[str, int] = {}
        self.open = 0
        self.most = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listening.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(4096)
                if not piece:
                    return
                head += piece
            path = head.split(b" ")[1].decode()
            behaviour = self.paths.get(path, Behaviour(status=404))
            behaviour.seen.append(head.decode())
            with self._lock:
                self.opened[path] = self.opened.get(path, 0) + 1
                self.open += 1
                self.most = max(self.most, self.open)
            try:
                self._answer(connection, behaviour)
            finally:
                with self._lock:
                    self.open -= 1

    def _answer(self, connection: socket.socket, behaviour: Behaviour) -> None:
        connection.sendall(
            f"HTTP/1.1 {behaviour.status} Whatever\r\nContent-Type: {behaviour.content_type}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        if behaviour.status != 200:
            return
        connection.sendall(behaviour.body)
        sent = 0
        while not self._stop.is_set():
            if behaviour.packets is not None and sent >= behaviour.packets:
                break
            count = behaviour.burst
            if behaviour.packets is not None:
                count = min(count, behaviour.packets - sent)
            connection.sendall(packets(sent, count, behaviour.stream))
            sent += count
            time.sleep(behaviour.pause)
        while behaviour.hang and not self._stop.is_set():
            time.sleep(0.02)
            if _closed(connection):
                return

    def close(self) -> None:
        self._stop.set()
        self._accepting.join()
        self._listening.close()
        for thread in self._threads:
            thread.join()


def _closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
