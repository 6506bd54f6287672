"""Arguments and results of tasks as plain JSON and back.

Celery's JSON knows dates, decimals, UUIDs and the like; a frame between two processes knows plain
JSON only. So values are written as Celery would and read as plain JSON, and back again.
"""

from __future__ import annotations

import json
from typing import Any

from kombu.utils.json import dumps, loads


def to_plain(value: Any) -> Any:
    """*value* as plain JSON.

    :raises TypeError: it holds something that no task may take or give back, and says what.
    """
    try:
        return json.loads(dumps(value))
    except Exception as error:  # noqa: BLE001 - kombu wraps what it met in one of its own
        reason = getattr(error, "__cause__", None) or error
        raise TypeError(f"a task takes and gives back JSON only: {reason}") from None


def from_plain(value: Any) -> Any:
    """What :func:`to_plain` was given."""
    return loads(json.dumps(value))
