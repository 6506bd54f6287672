"""A job as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from jackfield.operations import Operations
from jackfield.plugins.job_follower import JobFollower
from jackfield.web.api.log_stream import HEARTBEAT_S, POLL_S


async def job_events(operations: Operations, job_id: str, request: Request) -> AsyncIterator[bytes]:
    """Events ``log`` with entries of its log and ``job`` with the job, as they change; the last one
    is the ended job. ``id`` is the number of the newest entry sent.

    A client that reconnects with ``Last-Event-ID`` gets what it missed.

    :raises NotFound: no such job; before anything is sent.
    """
    seen = request.headers.get("last-event-id", "")
    after = int(seen) if seen.isdigit() else 0
    follower = await run_in_threadpool(operations.job_follower, job_id, after=after)
    return _follow(follower, request, after)


async def _follow(follower: JobFollower, request: Request, after: int) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    quiet = 0.0
    while not await request.is_disconnected():
        # Reading a job takes microseconds and no input or output: no thread is needed.
        news = follower.news()
        for kind, data in news:
            after = data["number"] if kind == "log" else after
            text = json.dumps(data, ensure_ascii=False)
            yield f"event: {kind}\nid: {after}\ndata: {text}\n\n".encode()
        if follower.over:
            return
        quiet = 0.0 if news else quiet + POLL_S
        if quiet >= HEARTBEAT_S:
            quiet = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(POLL_S)
