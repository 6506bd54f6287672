from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from jackfield.errors import InvalidInput
from jackfield.services.json_body import MAX_BODY_BYTES, json_object


class Sent:
    """A body that comes in pieces; counts how many were asked for."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.read = 0

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece


def read(*pieces: bytes, **options: int) -> dict[str, object]:
    return asyncio.run(json_object(Sent(*pieces), **options))


def test_an_object_in_pieces() -> None:
    assert read(b'{"a"', b": [1, 2]}", b"") == {"a": [1, 2]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"nope"])
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="the body is not JSON"):
        read(body)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a JSON object"):
        read(body)


def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    assert read(b'{"a": "' + b"x" * (MAX_BODY_BYTES - 9) + b'"}')
    sent = Sent(b"x" * 600, b"x" * 600, b"x" * 600)
    with pytest.raises(InvalidInput, match="above 1,000 bytes"):
        asyncio.run(json_object(sent, 1000))
    assert sent.read == 2
