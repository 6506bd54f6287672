from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.application.access import PRIVATE, allow, allowed
from jackfield.dialects.dispatcharr.application.failures import Refused
from jackfield.dialects.dispatcharr.application.visitor import Visitor
from jackfield.dialects.dispatcharr.django_setup import Environment


def visitor(address: str, key: int | None = None) -> Visitor:
    return Visitor(key, "", 1 if key else -1, address, "http://x", "")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("192.168.7.7", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.1.2.3", True),
        ("::ffff:8.8.8.8", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
        ("rubbish", False),
        ("", True),
    ],
)
def test_private_networks(address: str, expected: bool) -> None:
    assert allowed(address, PRIVATE) is expected


def test_what_is_no_network_contains_nobody() -> None:
    assert not allowed("127.0.0.1", ["rubbish", "300.0.0.0/8", ""])
    assert allowed("10.0.0.5", ["rubbish", "10.0.0.5"])


def test_each_kind_has_its_networks(django_env: Environment) -> None:
    from core.models import CoreSettings

    for kind in ("M3U_EPG", "STREAMS"):
        allow(visitor("192.168.1.1"), kind)
        with pytest.raises(Refused, match=kind):
            allow(visitor("8.8.8.8"), kind)
        allow(visitor("8.8.8.8", key=5), kind)
    for kind in ("XC_API", "UI"):
        allow(visitor("8.8.8.8"), kind)
    CoreSettings.objects.create(key="network_access", value={"XC_API": ["10.0.0.0/8"], "UI": 5})
    with pytest.raises(Refused):
        allow(visitor("8.8.8.8"), "XC_API")
    allow(visitor("8.8.8.8"), "UI")
