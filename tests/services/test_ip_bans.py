from __future__ import annotations

import pytest

from jackfield.errors import InvalidInput, NotFound
from jackfield.services.ip_bans import IpBans, household, network_of
from jackfield.store import Database


@pytest.fixture
def bans(db: Database) -> IpBans:
    return IpBans(db)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    assert network_of(address) == household(address) == network


@pytest.mark.parametrize("address", ["", "localhost", "192.0.2", "192.0.2.7/24", "1.2.3.4.5"])
def test_what_is_no_address_is_refused(bans: IpBans, address: str) -> None:
    with pytest.raises(InvalidInput, match="is not an IP address"):
        bans.add(address)
    assert address not in bans
    assert household(address) == address


def test_a_ban_outlives_the_process(db: Database, bans: IpBans) -> None:
    bans.add("192.0.2.7", "spam")
    bans.add("192.0.2.7")
    assert "192.0.2.7" in IpBans(db)
    assert "192.0.2.8" not in IpBans(db)


def test_a_banned_home_cannot_change_its_address(bans: IpBans) -> None:
    bans.add("2001:db8::1")
    assert "2001:db8::abcd" in bans
    assert "2001:db8:0:1::1" not in bans


def test_unbanning_by_address_or_network(db: Database, bans: IpBans) -> None:
    bans.add("2001:db8::1")
    bans.add("192.0.2.7")
    assert bans.all() == ["192.0.2.7", "2001:db8::/64"]
    bans.remove("2001:db8::/64")
    bans.remove("::ffff:192.0.2.7")
    assert bans.all() == [] == IpBans(db).all()
    with pytest.raises(NotFound):
        bans.remove("192.0.2.7")
