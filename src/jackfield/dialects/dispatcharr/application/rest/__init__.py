"""The data behind the screens, as clients of Dispatcharr read and change it."""

from __future__ import annotations

from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.rest.accounts import account_routes
from jackfield.dialects.dispatcharr.application.rest.channels import channel_routes
from jackfield.dialects.dispatcharr.application.rest.core import core_routes
from jackfield.dialects.dispatcharr.application.rest.epg import epg_routes
from jackfield.dialects.dispatcharr.application.rest.users import user_routes
from jackfield.dialects.dispatcharr.application.rest.vod import vod_routes


def rest_routes() -> list[BaseRoute]:
    return [
        *channel_routes(),
        *account_routes(),
        *epg_routes(),
        *core_routes(),
        *user_routes(),
        *vod_routes(),
    ]
