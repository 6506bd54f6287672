"""The ServeMSX host's own pages and JSON for Media Station X, and below them the plugins.

``site(core)`` is the ASGI application. Source: servemsx spec 3 and 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jackfield.dialects.servemsx.home import Home
    from jackfield.dialects.servemsx.site.app import ServeMsxApp
    from jackfield.plugins.dialect import Core


def site(core: Core) -> ServeMsxApp:
    """The site of a host: in the folder of the installation that it takes over, or in
    ``servemsx`` of its data directory.

    :raises SurroundingsError: the folder's ``settings.json`` is not readable.
    """
    from jackfield.dialects.servemsx.home import Home

    folder = core.homes.get("servemsx")
    if folder is None:
        return make_site(core, Home(core.data / "servemsx"))
    return make_site(core, Home(folder, original=True))


def make_site(core: Core, home: Home) -> ServeMsxApp:
    """The site of that home."""
    from jackfield.dialects.servemsx.site.pages import Pages

    return Pages(core, home).app()
