"""A request's body that ends with an error once it is more than was agreed."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Message, Receive


def limited_body(request: Request, cap: int, refusal: Callable[[], Exception]) -> Receive:
    """What to read *request*'s body with, so that no more than *cap* bytes of it are taken.

    The declared length is believed only where it is too much: a sender may declare none, or lie.

    :param refusal: makes what is raised: here when the declared length is above, else on reading.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > cap:
        raise refusal()
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > cap:
            raise refusal()
        return message

    return receive
