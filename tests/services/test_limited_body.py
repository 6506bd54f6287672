"""Bodies that are too long."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from jackfield.services.limited_body import limited_body


def read(parts: list[bytes], cap: int, length: str | None = None) -> bytes:
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages.append({"type": "http.request"})

    async def receive() -> Message:
        return messages.pop(0)

    headers = [] if length is None else [(b"content-length", length.encode())]
    scope = {"type": "http", "method": "POST", "headers": headers}
    request = Request(scope, receive)
    limited = limited_body(request, cap, lambda: OverflowError("no more"))
    return asyncio.run(Request(scope, limited).body())


@pytest.mark.parametrize("length", [None, "6", "1", "many"])
def test_what_fits_is_read(length: str | None) -> None:
    assert read([b"abc", b"", b"def"], 6, length) == b"abcdef"


@pytest.mark.parametrize("length", [None, "5", "-1"])
def test_what_is_too_much_is_refused(length: str | None) -> None:
    with pytest.raises(OverflowError, match="no more"):
        read([b"abc", b"def"], 5, length)


def test_a_length_above_is_refused_unread() -> None:
    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"7")]}

    async def receive() -> Message:
        raise AssertionError("was read")

    with pytest.raises(OverflowError):
        limited_body(Request(scope, receive), 6, OverflowError)
