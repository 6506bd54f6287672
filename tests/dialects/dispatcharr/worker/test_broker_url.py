"""The URL of a Redis."""

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.worker.broker_url import checked, for_celery, without_password
from jackfield.errors import InvalidInput


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost", "redis://localhost:6379/0", "rediss://user:secret@[::1]:6380/3",
        "redis://:secret@host/", "redis://host?socket_timeout=3",
    ],
)  # fmt: skip
def test_a_redis_is_taken(url: str) -> None:
    assert checked(f" {url}\n", "X") == url


def test_none_is_none() -> None:
    assert checked("  ", "X") == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("amqp://guest:secret@host//", "is not the URL of a Redis"),
        ("localhost:6379", "is not the URL of a Redis"),
        ("redis://", "is not the URL of a Redis"),
        ("redis://host:port/0", "is not understood"),
        ("redis://host:99999/0", "is not understood"),
        ("redis://host/zero", "'zero' is not the number of a database"),
    ],
)
def test_anything_else_is_refused(url: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(url, "JACKFIELD_BROKER")
    assert said in str(caught.value)
    assert "JACKFIELD_BROKER" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host/0", "redis://host/0"),
        ("redis://:secret@host/0", "redis://host/0"),
        ("redis://user:sec@ret@host/0", "redis://user@host/0"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("", ""),
        ("redis://host/0", "redis://host/0"),
        ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=CERT_REQUIRED"),
        ("rediss://host/0?a=1", "rediss://host/0?a=1&ssl_cert_reqs=CERT_REQUIRED"),
        ("rediss://host/0?ssl_cert_reqs=CERT_NONE", "rediss://host/0?ssl_cert_reqs=CERT_NONE"),
    ],
)
def test_certificates_are_checked(url: str, given: str) -> None:
    assert for_celery(url) == given
