"""What players and media servers read."""

from __future__ import annotations

from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.outputs.hdhr import hdhr_routes
from jackfield.dialects.dispatcharr.application.outputs.logos import logo_routes
from jackfield.dialects.dispatcharr.application.outputs.playlists import playlist_routes
from jackfield.dialects.dispatcharr.application.outputs.xtream import xtream_routes
from jackfield.dialects.dispatcharr.application.stream.library import Library
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard


def output_routes(switchboard: Switchboard, library: Library) -> list[BaseRoute]:
    """Playlists, guides, HDHomeRun, Xtream and logos."""
    return [
        *playlist_routes(),
        *hdhr_routes(switchboard),
        *logo_routes(),
        *xtream_routes(switchboard, library),
    ]
