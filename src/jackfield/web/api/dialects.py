"""``/api/v1/dialects``: what a dialect lets an operator do besides managing its plugins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from jackfield.operations import Operations
from jackfield.web.api.small_body import SmallBodyRoute


def routes(operations: Operations) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(prefix="/dialects", tags=["dialects"], route_class=SmallBodyRoute)

    @router.post("/{dialect}/{command}")
    def operate(
        dialect: str, command: str, params: Annotated[dict[str, Any] | None, Body()] = None
    ) -> Any:
        """A dialect's own command, with its parameters as the body.

        `dispatcharr` has `accounts`, `sources`, `channels`, `find`, `add`, `remove`, `match` and
        `refresh`, which answers with the job that it begins."""
        return operations.operate(dialect, command, params or {})

    return router
