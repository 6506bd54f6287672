from __future__ import annotations

import ipaddress
import socket
import threading

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.services.public_addresses import PrivateAddress, PublicNetwork, is_public

PRIVATE_TEXT = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
100.64.0.1 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
255.255.255.255 ::1 :: fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:db8::1 64:ff9b:1::1 192.88.99.1
"""
PUBLIC = "8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808"


@pytest.mark.parametrize("text", PRIVATE_TEXT.split())
def test_addresses_that_are_not_public(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_addresses_that_are(text):
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_is_as_public_as_what_it_wraps(address):
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address))
    assert is_public(mapped) == is_public(nat64) == is_public(address)


def network(*addresses: str) -> PublicNetwork:
    return PublicNetwork(lambda _host, _port: list(addresses))


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1",), ("fe80::1%eth0",)]
)
def test_one_private_address_refuses_the_whole_host(addresses):
    with pytest.raises(PrivateAddress, match="not a public address"):
        network(*addresses).connect_tcp("evil.example", 80, timeout=1)


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(monkeypatch):
    """A name server that answers differently the second time is never asked a second time."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    asked, dialled = [], []

    def connect(address, *_args, **_kwargs):
        dialled.append(address)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    resolving = PublicNetwork(lambda host, _port: asked.append(host) or next(answers))
    with pytest.raises(httpcore2.ConnectError):
        resolving.connect_tcp("rebinding.example", 80, timeout=1)
    assert asked == ["rebinding.example"]
    assert dialled == [("8.8.8.8", 80)]


def test_other_spellings_of_an_address_are_resolved_before_they_are_judged():
    for spelling in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"):
        with pytest.raises((PrivateAddress, httpcore2.ConnectError)) as caught:
            PublicNetwork().connect_tcp(spelling, 9, timeout=1)
        assert "127.0.0.1" in str(caught.value) or "resolve" in str(caught.value)


def test_a_name_that_cannot_be_resolved_or_has_no_address_is_no_connection():
    def fail(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(httpcore2.ConnectError, match="cannot resolve"):
        PublicNetwork(fail).connect_tcp("nowhere.invalid", 80)
    with pytest.raises(httpcore2.ConnectError, match="no address"):
        network().connect_tcp("nowhere.invalid", 80)


def test_socket_files_are_never_opened(tmp_path):
    with pytest.raises(PrivateAddress):
        network().connect_unix_socket(str(tmp_path / "s"))


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch):
    tried = []
    real = socket.create_connection
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
        answering.start()

        def connect(address, *args, **kwargs):
            tried.append(address[0])
            if address[0] == "8.8.8.8":
                raise TimeoutError("timed out")
            return real(server.getsockname(), *args, **kwargs)

        monkeypatch.setattr(socket, "create_connection", connect)
        network("8.8.8.8", "8.8.4.4").connect_tcp("dns.example", 53, timeout=5).close()
        answering.join()  # before its server is closed under it
    assert tried == ["8.8.8.8", "8.8.4.4"]
