from __future__ import annotations

import pytest

from jackfield.services.home_names import is_home_name


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8080", "LOCALHOST.", "media.localhost", "nas", "nas:8008", ""),
        *("tv.local", "tv.lan:80", "box.home", "box.home.arpa", "db.internal"),
        *("127.0.0.1", "192.168.1.2:8080", "8.8.8.8", "::1", "[::1]", "[2001:db8::1]:8080"),
    ],
)
def test_addresses_and_names_of_a_home(host: str) -> None:
    assert is_home_name(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "evil.example.", "127.0.0.1.evil.example"),
        *("local.evil.example", "notlocal.example", "localhost.example", "evil.locals"),
    ],
)
def test_names_that_anybody_can_register(host: str) -> None:
    assert not is_home_name(host)
