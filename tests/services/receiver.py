"""A small server on a real socket that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECONDS = 10.0


class Receiver(ThreadingHTTPServer):
    """Answers every POST.

    :ivar status: what it answers with.
    :ivar answer: the body of the answers.
    :ivar seen: path, headers and JSON of each request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.answer = b""
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.came = threading.Condition()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wait_for(self, count: int) -> list[Any]:
        """The JSON of all requests once there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.seen) >= count, SECONDS)
            return [body for _, _, body in self.seen]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)
        with self.server.came:
            self.server.seen.append((self.path, dict(self.headers), json.loads(body)))
            self.server.came.notify_all()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
