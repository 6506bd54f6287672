"""``/api/v1/info`` and ``/api/v1/safe-mode``: the host itself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from jackfield.operations import Operations
from jackfield.web.api.small_body import SmallBodyRoute


def routes(operations: Operations) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(tags=["host"], route_class=SmallBodyRoute)

    @router.get("/info")
    def info() -> dict[str, Any]:
        """Version, place, dialects, the sandbox engine's state, how many plugins in which state."""
        return operations.info()

    @router.post("/safe-mode/leave")
    def leave_safe_mode() -> dict[str, Any]:
        """Start the enabled plugins after all."""
        return operations.leave_safe_mode()

    return router
