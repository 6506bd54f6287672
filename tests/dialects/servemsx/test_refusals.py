"""Why a request failed, in Go's words. Source: servemsx spec 6.3."""

from __future__ import annotations

import errno
import socket

import pytest

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.refusals import native_reason, unusable
from jackfield.services.fetch import FetchRefused


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("foo", 'unsupported protocol scheme ""'),
        ("mailto:x", 'unsupported protocol scheme "mailto"'),
        ("http://", "http: no Host in request URL"),
        ("http://h:65536/", "dial tcp: address 65536: invalid port"),
        ("http://[::1]:99999999999999999999/",
         "dial tcp: address 99999999999999999999: invalid port"),
        ("http://h:65535/", None),
        ("http://[::1]/", None),
        ("https://h", None),
    ],
)  # fmt: skip
def test_unusable(address: str, why: str | None) -> None:
    assert unusable(urls.parse(address)) == why


def refused(cause: BaseException) -> FetchRefused:
    try:
        try:
            raise cause
        except type(cause):
            raise FetchRefused("ours") from None
    except FetchRefused as error:
        return error


@pytest.mark.parametrize(
    ("cause", "address", "why"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "http://127.0.0.1/",
         "dial tcp 127.0.0.1:80: connect: connection refused"),
        (OSError(errno.ENETUNREACH, "x"), "https://127.0.0.1/",
         "dial tcp 127.0.0.1:443: connect: network is unreachable"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "http://127.0.0.1:81/",
         "dial tcp 127.0.0.1:81: read: connection reset by peer"),
        (socket.gaierror(-2, "x"), "http://no.such:8/", "dial tcp: lookup no.such: no such host"),
        (ValueError("x"), "http://h/", None),
    ],
)  # fmt: skip
def test_native_reason(cause: BaseException, address: str, why: str | None) -> None:
    assert native_reason(refused(cause), urls.parse(address)) == why
