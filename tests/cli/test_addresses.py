from __future__ import annotations

import socket
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from jackfield.cli.addresses import homes_of, listen_sites, main_port, proxies, site_addresses
from jackfield.errors import InvalidInput, SurroundingsError

DIALECTS = {
    "owncast": SimpleNamespace(native_port=8080, site_prefix=""),
    "servemsx": SimpleNamespace(native_port=8008, site_prefix="/servemsx"),
    "own3d": SimpleNamespace(native_port=None, site_prefix="/own3d"),
}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("servemsx=127.0.0.1:8008", ("127.0.0.1", 8008)),
        ("servemsx=:8008", ("0.0.0.0", 8008)),
        ("servemsx=[::1]:8008", ("::1", 8008)),
        ("servemsx=localhost:0", ("localhost", 0)),
    ],
)
def test_an_address_is_read(text, address):
    assert site_addresses([text], DIALECTS) == {"servemsx": address}


@pytest.mark.parametrize(
    "text", ["servemsx", "servemsx=", "servemsx=8008", "servemsx=a:b", "servemsx=a:70000", "=a:1"]
)
def test_another_form_names_the_option_and_what_was_found(text):
    with pytest.raises(InvalidInput, match=r"--site: (expected|no dialect)"):
        site_addresses([text], DIALECTS)


def test_a_dialect_that_is_not_served_is_named_with_those_that_are():
    with pytest.raises(InvalidInput, match="'nope' is served; there are: own3d, owncast, servemsx"):
        site_addresses(["nope=a:1"], DIALECTS)


def test_native_ports_are_those_of_the_ecosystems_unless_said_otherwise():
    assert site_addresses([], DIALECTS, "0.0.0.0") == {"servemsx": ("0.0.0.0", 8008)}
    said = site_addresses(["servemsx=127.0.0.1:9"], DIALECTS, "0.0.0.0")
    assert said == {"servemsx": ("127.0.0.1", 9)}


def test_a_home_must_be_a_folder(tmp_path):
    assert homes_of([f"servemsx={tmp_path}"], DIALECTS) == {"servemsx": tmp_path}
    (tmp_path / "file").touch()
    for bad in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(InvalidInput, match=r"--home: .* is not a folder"):
            homes_of([f"servemsx={bad}"], DIALECTS)


@pytest.mark.parametrize(
    ("asked", "only", "addresses", "port"),
    [
        (None, [], {}, 8080),
        (None, ["servemsx"], {}, 8080),
        (None, ["servemsx"], {"servemsx": ("", 1)}, 0),
        (None, ["servemsx", "owncast"], {"servemsx": ("", 1)}, 8080),
        (None, [], {"servemsx": ("", 1)}, 8080),
        (9000, ["servemsx"], {"servemsx": ("", 1)}, 9000),
    ],
)
def test_the_main_port_is_free_where_nobody_asks_for_it(asked, only, addresses, port):
    assert main_port(asked, 8080, only, addresses) == port


def test_an_address_in_use_leaves_no_socket_open():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        ExitStack() as stack,
        pytest.raises(SurroundingsError, match="in use"),
    ):
        listen_sites({"own3d": ("127.0.0.1", 0), "servemsx": taken.getsockname()[:2]}, stack)


def test_a_proxy_is_an_address_or_a_network():
    assert proxies([]) == ()
    assert proxies(["127.0.0.1", "10.1.2.3/8", "::1"]) == ("127.0.0.1", "10.0.0.0/8", "::1")
    for bad in ("proxy.local", "10.0.0.0/99", "*", ""):
        with pytest.raises(InvalidInput, match=r"--trusted-proxy: expected an IP address"):
            proxies([bad])
