"""A plugin's log as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from jackfield.errors import NotFound
from jackfield.operations import Operations

POLL_S = 0.2
HEARTBEAT_S = 15.0


async def log_events(operations: Operations, slug: str, request: Request) -> AsyncIterator[bytes]:
    """Events of the log's entries as they are written; ``id`` is the entry's number.

    A client that reconnects with ``Last-Event-ID`` gets what it missed, as far as the log's ring
    still holds it.

    :raises NotFound: no plugin of that slug; before anything is sent.
    """
    seen = request.headers.get("last-event-id", "")
    ring = await run_in_threadpool(operations.log_tail, slug, after=0)
    after = int(seen) if seen.isdigit() else (ring[-1]["number"] if ring else 0)
    return _follow(operations, slug, request, after)


async def _follow(
    operations: Operations, slug: str, request: Request, after: int
) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    quiet = 0.0
    while not await request.is_disconnected():
        # Reading the ring takes microseconds and no input or output: no thread is needed.
        try:
            lines = operations.log_tail(slug, after=after)
        except NotFound:  # uninstalled meanwhile: nothing more comes
            return
        for line in lines:
            after = line["number"]
            yield f"id: {after}\ndata: {json.dumps(line, ensure_ascii=False)}\n\n".encode()
        quiet = 0.0 if lines else quiet + POLL_S
        if quiet >= HEARTBEAT_S:
            quiet = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(POLL_S)
