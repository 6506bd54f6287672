"""The data behind the screens."""

from __future__ import annotations

from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard


def rest_routes(switchboard: Switchboard) -> list[BaseRoute]:
    return []
