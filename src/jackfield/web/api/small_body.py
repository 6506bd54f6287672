"""A cap on the bodies of the platform API that are not uploads."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Message

from jackfield.errors import InvalidInput
from jackfield.web.api.uploads import TooLarge

MAX_BODY_BYTES = 1024 * 1024
"""How large the JSON body of a request may be."""


class SmallBodyRoute(APIRoute):
    """A route whose declared body is read only up to :data:`MAX_BODY_BYTES`.

    FastAPI reads the body before it asks who sends it: without a cap anybody could fill the
    host's memory. Routes that read the request themselves bring a cap of their own.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler behind the cap.

        :raises TooLarge: when called with a body that is larger; the rest of it is not read.
        """
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def capped(request: Request) -> Response:
            body = bytearray()
            try:
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > MAX_BODY_BYTES:
                        raise TooLarge(f"the body is above {MAX_BODY_BYTES:,} bytes")
            except ClientDisconnect:
                raise InvalidInput("the request ended before its body did") from None
            replayed = False

            async def receive() -> Message:
                nonlocal replayed
                if replayed:
                    return await request.receive()
                replayed = True
                return {"type": "http.request", "body": bytes(body), "more_body": False}

            return await handle(Request(request.scope, receive))

        return capped
