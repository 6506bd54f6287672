from __future__ import annotations

import socket
import ssl
import threading
import time

import httpcore2
import pytest

from jackfield.services.public_addresses import PublicNetwork
from jackfield.services.timed_network import TimedNetwork, seconds_left, until


@pytest.fixture
def peers():
    """Both ends of a connection: as the network gives it, and a plain socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stream = TimedNetwork(httpcore2.SyncBackend()).connect_tcp(*listening.getsockname())
        other, _ = listening.accept()
        with other:
            yield stream, other
        stream.close()


def test_without_a_moment_each_step_has_its_own_time(peers):
    stream, other = peers
    other.sendall(b"hello")
    assert stream.read(100, 5) == b"hello"
    assert seconds_left(None) is None
    assert seconds_left(7) == 7
    with pytest.raises(httpcore2.ReadTimeout):
        stream.read(100, 0.01)


def test_a_step_ends_with_the_moment_whatever_it_is_allowed(peers):
    stream, _ = peers
    with until(time.monotonic() + 0.05), pytest.raises(httpcore2.ReadTimeout):
        stream.read(100, 60)


def test_after_the_moment_nothing_is_read_written_or_connected(peers):
    stream, other = peers
    other.sendall(b"there in time")
    network = TimedNetwork(httpcore2.SyncBackend())
    with until(time.monotonic() - 1):
        with pytest.raises(httpcore2.ReadTimeout, match="over"):
            stream.read(100, 60)
        with pytest.raises(httpcore2.WriteTimeout, match="over"):
            stream.write(b"x", 60)
        with pytest.raises(httpcore2.ConnectTimeout, match="over"):
            stream.start_tls(ssl.create_default_context(), "localhost", 60)
        with pytest.raises(httpcore2.ConnectTimeout, match="over"):
            network.connect_tcp("127.0.0.1", 1, 60)
    assert stream.read(100, 5) == b"there in time"


def test_what_is_large_is_written_whole(peers):
    stream, other = peers
    received = bytearray()

    def receive() -> None:
        while len(received) < 1_000_000 and (part := other.recv(65536)):
            received.extend(part)

    reader = threading.Thread(target=receive)
    reader.start()
    with until(time.monotonic() + 60):
        stream.write(b"ab" * 500_000, 60)
    reader.join(60)
    assert bytes(received) == b"ab" * 500_000


def test_the_moment_is_the_threads_own():
    seen = []
    with until(time.monotonic() - 1):
        thread = threading.Thread(target=lambda: seen.append(seconds_left(5)))
        thread.start()
        thread.join()
    assert seen == [5]
    assert seconds_left(5) == 5


def test_a_name_with_many_addresses_gets_no_more_time_for_it():
    tried = []

    class Silent(PublicNetwork):
        def __init__(self) -> None:
            super().__init__(lambda _host, _port: [f"93.184.216.{n}" for n in range(1, 20)])

    def connect(self, host, *_rest):
        tried.append(host)
        raise httpcore2.ConnectTimeout

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
        with until(time.monotonic() - 1), pytest.raises(httpcore2.ConnectTimeout, match="over"):
            Silent().connect_tcp("many.example", 80, 60)
        assert tried == []
        with until(time.monotonic() + 60), pytest.raises(httpcore2.ConnectTimeout):
            Silent().connect_tcp("many.example", 80, 60)
        assert len(tried) == 19
