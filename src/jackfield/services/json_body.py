"""A request's JSON body, read no further than it may be long."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

from jackfield.errors import InvalidInput

MAX_BODY_BYTES = 1024 * 1024


class _Streams(Protocol):
    def stream(self) -> AsyncIterator[bytes]: ...


async def json_object(request: _Streams, cap: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """The JSON object that *request* (of Starlette) carries.

    :param cap: bytes that it may have; what comes after them is not read.
    :raises InvalidInput: too long, not JSON, or not an object.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > cap:
            raise InvalidInput(f"the body is above {cap:,} bytes")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidInput("the body is not a JSON object")
    return body
