"""Endpoints in threads, over a real server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from jackfield.dialects.dispatcharr.application import failures
from jackfield.dialects.dispatcharr.application.calls import Call, Streamed, route
from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.errors import JackfieldError


class Seen:
    connections = 0
    pieces = 0
    ended = threading.Event()


def touch(_call: Call) -> Response:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JSONResponse({"thread": threading.get_ident()})


def open_here(_call: Call) -> Response:
    from django.db import connection

    return JSONResponse({"open": connection.connection is not None})


def echo(call: Call) -> Response:
    return JSONResponse({"json": call.json(), "args": call.args, "path": call.path})


def endless(_call: Call) -> Response:
    def pieces() -> Iterator[bytes]:
        try:
            while True:
                Seen.pieces += 1
                yield b"x" * 65536
        finally:
            Seen.ended.set()

    return Streamed(pieces, media_type="text/plain")


def breaking(_call: Call) -> Response:
    def pieces() -> Iterator[bytes]:
        yield b"begun"
        raise LookupError("in the middle")

    return Streamed(pieces)


@pytest.fixture
def url(django_env: Environment) -> Iterator[str]:
    app = Starlette(
        routes=[
            route("/touch", touch),
            route("/open", open_here),
            route("/echo/{name}", echo, methods=["GET", "POST"], level=0, write_level=10),
            route("/endless", endless),
            route("/breaking", breaking),
        ],
        exception_handlers={JackfieldError: failures.answer},
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def test_connections_end_with_their_call(url: str) -> None:
    with httpx2.Client(base_url=url, trust_env=False) as http:
        for _ in range(20):
            assert http.get("/touch").status_code == 200
            assert http.get("/open").json() == {"open": False}


def test_levels_and_bodies(url: str) -> None:
    user = {"x-jackfield-user-id": "1", "x-jackfield-user-level": "0"}
    admin = {"x-jackfield-user-id": "1", "x-jackfield-user-level": "10"}
    with httpx2.Client(base_url=url, trust_env=False) as http:
        assert http.get("/echo/a").status_code == 401
        assert http.get("/echo/a", headers=user).json() == {
            "json": {},
            "args": {"name": "a"},
            "path": "/echo/a",
        }
        assert http.post("/echo/a", headers=user).status_code == 403
        form = http.post("/echo/a", headers=admin, data={"b": "c d"})
        assert form.json()["json"] == {"b": "c d"}
        large = http.post("/echo/a", headers=admin, content=b"x" * (11 * 1024 * 1024))
        assert large.status_code == 413


def test_a_reader_that_leaves_ends_the_writer(url: str) -> None:
    Seen.pieces = 0
    Seen.ended.clear()
    with httpx2.stream("GET", f"{url}/endless", trust_env=False) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        time.sleep(0.3)
        made = Seen.pieces
        time.sleep(0.3)
        assert Seen.pieces - made < 5  # nobody reads on, so nothing is made on
    assert Seen.ended.wait(10)


def test_a_writer_that_breaks_leaves_no_whole_answer(url: str) -> None:
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"{url}/breaking", trust_env=False)
