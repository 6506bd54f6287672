"""The process that puts a scenario's rows into the database and looks what is there."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link
from jackfield.dialects.dispatcharr.scenario import rows
from jackfield.errors import JackfieldError

ROLE = "scenario"


def main(link_sock: socket.socket, config: Mapping[str, Any]) -> None:
    """Answer until the host hangs up."""
    del config
    gone = threading.Event()
    django_setup.migrate()
    link = Link(link_sock, handlers(), gone.set, name="host")
    here.attach(link, ROLE)
    gone.wait()
    os._exit(0)


def handlers() -> dict[str, Callable[..., Any]]:
    """What the host may ask: ``ready``, and ``put`` and ``find`` as in :mod:`.rows`, each answered
    with ``{"result": …}`` or ``{"error": …}``."""
    return {"ready": lambda: True, "put": _put, "find": _find}


def _put(entries: Mapping[str, Any]) -> dict[str, Any]:
    return _answered(lambda: rows.put(entries))


def _find(
    model: str,
    where: Mapping[str, Any],
    order: Iterable[str],
    wanted: Iterable[str],
) -> dict[str, Any]:
    return _answered(lambda: rows.find(model, where, order, wanted))


def _answered(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"result": work()}
    except JackfieldError as error:
        return {"error": error.to_dict()}
