"""``/api/v1/jobs``: what is done in the background, and how it ended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from jackfield.operations import Operations
from jackfield.web.api.job_stream import job_events
from jackfield.web.api.small_body import SmallBodyRoute


def routes(operations: Operations) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=SmallBodyRoute)

    @router.get("")
    def list_jobs(
        plugin: Annotated[str | None, Query(description="Only this plugin's.")] = None,
        dialect: Annotated[str | None, Query(description="Only this dialect's.")] = None,
        state: Annotated[str | None, Query(description="Only those in this state.")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[dict[str, Any]]:
        """The newest jobs, newest first: those that run, and those kept after their end."""
        return operations.jobs(plugin=plugin, dialect=dialect, state=state, limit=limit)

    @router.get("/{job_id}")
    def get_job(job_id: str) -> dict[str, Any]:
        """One job: its state, progress, result and error."""
        return operations.job(job_id)

    @router.post("/{job_id}/cancel")
    def cancel(job_id: str) -> dict[str, Any]:
        """Ask a job to end. It may go on until its work notices."""
        return operations.cancel_job(job_id)

    @router.get("/{job_id}/logs")
    def logs(
        job_id: str,
        after: Annotated[int, Query(ge=0, description="Only entries with a higher number.")] = 0,
    ) -> list[dict[str, Any]]:
        """What is kept of the job's log, oldest first."""
        return operations.job_log(job_id, after=after)

    @router.get("/{job_id}/stream")
    async def follow(request: Request, job_id: str) -> StreamingResponse:
        """The job as server-sent events ``log`` and ``job`` until it has ended."""
        events = await job_events(operations, job_id, request)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    return router
