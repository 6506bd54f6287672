"""Listening, and the mistakes that one can make about it."""

from __future__ import annotations

import os
import socket

import pytest

from jackfield.cli.server import listen
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
