"""Calling an author's function, written with ``def`` or with ``async def``."""

from __future__ import annotations

from types import CoroutineType
from typing import Any


def finish(result: Any) -> Any:
    """What a handler returned; a coroutine is run to its end first.

    Host calls are synchronous, so there is nothing that a handler could wait for.

    :raises RuntimeError: it waits for something else, such as a future that nobody will set.
    """
    if type(result) is not CoroutineType:
        return result
    try:
        while True:
            if result.send(None) is not None:
                result.close()
                raise RuntimeError(
                    "an async handler waits for something; there is no event loop in a plugin, "
                    "use owncast.timer to do something later"
                )
    except StopIteration as end:
        return end.value
