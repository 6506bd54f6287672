"""The platform API: what an operator can do, over HTTP, under ``/api/v1``.

Each request needs ``Authorization: Bearer TOKEN`` with the scope ``ADMIN``. Mistakes are answered
with ``{"error": {"code", "message", "plugin", "file", "field", "hint"}}``.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends

from jackfield.host import Host
from jackfield.operations import Operations
from jackfield.web.api import accounts, dialects, jobs, overview, plugins
from jackfield.web.api.access import AdminOnly


def api_router(host: Host) -> APIRouter:
    """Every route of the platform API, relative to ``/api/v1``."""
    operations = Operations(host)
    admin_only = AdminOnly(host)
    router = APIRouter(dependencies=[Depends(admin_only)])
    router.include_router(overview.routes(operations))
    router.include_router(plugins.routes(operations, admin_only))
    router.include_router(jobs.routes(operations))
    router.include_router(dialects.routes(operations))
    router.include_router(accounts.routes(operations))
    return router
