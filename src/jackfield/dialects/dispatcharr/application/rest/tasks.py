"""Queues the tasks behind refresh buttons; answers at once."""

from __future__ import annotations

import logging
from typing import Any

from starlette.responses import JSONResponse, Response

from jackfield.dialects.dispatcharr.application.failures import Refused

_logger = logging.getLogger(__name__)


def queue(task: str, *args: Any) -> str:
    """Queue a task by its full name; returns the task's id.

    :raises Refused: 503, nobody is there who would run it.
    """
    from dispatcharr.celery import app

    try:
        return str(app.send_task(task, args=list(args)).id)
    except Exception as error:  # noqa: BLE001 - every broker has its own
        _logger.warning("the task %s was not queued: %s", task, error)
        raise Refused(f"The task could not be queued: {error}", 503) from None


def queued(task: str, *args: Any, message: str) -> Response:
    """Queue it, and answer 202 with *message* and the task's id."""
    task_id = queue(task, *args)
    return JSONResponse({"success": True, "message": message, "task_id": task_id}, 202)
