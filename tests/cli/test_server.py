"""Listening, and the mistakes that one can make about it."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import threading
from typing import Any

import pytest

from jackfield.cli.server import _SiteServer, listen
from jackfield.errors import InvalidInput, SurroundingsError


def test_a_free_port_is_taken_when_none_is_named() -> None:
    with listen("127.0.0.1", 0) as listener:
        address, port = listener.getsockname()
        assert address == "127.0.0.1"
        with socket.create_connection((address, port), timeout=5):
            pass


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SurroundingsError) as caught:
            listen("127.0.0.1", port)
    assert str(caught.value).startswith(f"127.0.0.1:{port} is in use by another program")
    assert "--port" in str(caught.value)
    assert caught.value.exit_code == 6


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"192\.0\.2\.1 is not an address of this machine"):
        listen("192.0.2.1", 0)


def test_a_name_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is not an address"):
        listen("no such host.invalid", 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every port")
def test_a_port_of_root_is_refused() -> None:
    with pytest.raises(SurroundingsError, match="choose a higher one"):
        listen("127.0.0.1", 80)


def test_the_new_version_of_the_protocol_is_served_too() -> None:
    try:
        with listen("::1", 0) as listener:
            assert listener.family == socket.AF_INET6
    except InvalidInput:
        pytest.skip("this machine has no IPv6")


@pytest.mark.parametrize("status", [200, 599, 600, 799, 999])
def test_every_status_of_three_digits_arrives(status: int) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = _SiteServer(app, listener, ())
        thread = threading.Thread(target=asyncio.run, args=[server.run_beside()])
        thread.start()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (status, b"x")
            connection.close()
        finally:
            server.should_exit = True
            thread.join()
