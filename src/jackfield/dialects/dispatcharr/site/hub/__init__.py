"""The hub: registries of plugins on other servers, and installing from them.

Source: dispatcharr spec 2.12 (``/api/plugins/repos/…``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackfield.dialects.dispatcharr.site.hub.hub import Hub

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.site.app import Address
    from jackfield.dialects.dispatcharr.site.backend import Backend
    from jackfield.plugins.dialect import Core

REPOS = "/api/plugins/repos/"


def make_hub(core: Core, backend: Backend) -> Hub:
    """The hub of an installation; it fetches by the host's guarded way out."""
    from jackfield.dialects.dispatcharr.site.hub.repositories import Repositories
    from jackfield.services.fetch import Fetch

    return Hub(Repositories(backend.home), backend, core.services.find(Fetch))


def hub_addresses(hub: Hub) -> list[Address]:
    """What answers below :data:`REPOS`."""
    from jackfield.dialects.dispatcharr.site.app import Address

    return [
        Address(REPOS, {"GET": hub.list, "POST": hub.add}),
        Address(f"{REPOS}available/", {"GET": hub.available}),
        Address(f"{REPOS}preview/", {"POST": hub.preview}, limiter="slow"),
        Address(f"{REPOS}plugin-detail/", {"POST": hub.plugin_detail}, limiter="slow"),
        Address(f"{REPOS}install/", {"POST": hub.install}, limiter="slow"),
        Address(f"{REPOS}settings/", {"GET": hub.settings, "PUT": hub.set_settings}),
        Address(f"{REPOS}{{id}}/", {"PUT": hub.change, "DELETE": hub.delete}),
        Address(f"{REPOS}{{id}}/refresh/", {"POST": hub.refresh}, limiter="slow"),
    ]
