"""Dispatcharr's HTTP surface on the host's side: plugins, log-in, ``/ws/``, the hub.

Nothing here imports Django. What is answered from the database is passed on to the application
process. ``make_site(core, backend)`` is the ASGI application. Source: dispatcharr spec 2.8, 2.10
and 2.12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.site.app import DispatcharrApp
    from jackfield.dialects.dispatcharr.site.backend import Backend
    from jackfield.plugins.dialect import Core


def make_site(core: Core, backend: Backend) -> DispatcharrApp:
    """The site of that installation. Its plugins are looked for at once."""
    from jackfield.dialects.dispatcharr.site.access import Access
    from jackfield.dialects.dispatcharr.site.accounts import Accounts
    from jackfield.dialects.dispatcharr.site.app import Address, DispatcharrApp, Door
    from jackfield.dialects.dispatcharr.site.application import Application
    from jackfield.dialects.dispatcharr.site.forward import Forward
    from jackfield.dialects.dispatcharr.site.hub import hub_addresses, make_hub
    from jackfield.dialects.dispatcharr.site.listing import PLUGINS
    from jackfield.dialects.dispatcharr.site.people import People
    from jackfield.dialects.dispatcharr.site.plugins import PluginEndpoints
    from jackfield.dialects.dispatcharr.site.socket import UpdatesSocket
    from jackfield.dialects.dispatcharr.site.tokens import Tokens

    application = Application(backend.application)
    tokens, people = Tokens(backend.secret), People(core.services, application)
    access, accounts = Access(tokens, people), Accounts(tokens, people)
    hub = make_hub(core, backend)
    plugins = PluginEndpoints(backend.plugins, backend.era, hub)
    one = f"{PLUGINS}{{key}}/"
    addresses = [
        Address(PLUGINS, {"GET": plugins.list}),
        Address(f"{PLUGINS}reload/", {"POST": plugins.reload}, limiter="slow"),
        Address(f"{PLUGINS}import/", {"POST": plugins.import_}, upload=True, limiter="slow"),
        Address(f"{one}settings/", {"POST": plugins.settings}),
        Address(f"{one}run/", {"POST": plugins.run}, limiter="run"),
        Address(f"{one}enabled/", {"POST": plugins.enabled}, limiter="slow"),
        Address(f"{one}delete/", {"DELETE": plugins.delete}, limiter="slow"),
        Address(f"{one}logo/", {"GET": plugins.logo}, open_to_all=True),
        *hub_addresses(hub),
    ]
    doors = [
        Door("/api/accounts/token/", accounts.log_in),
        Door("/api/accounts/token/refresh/", accounts.refresh),
        Door("/api/accounts/token/verify/", accounts.verify),
    ]
    backend.plugins.discover()
    socket = UpdatesSocket(backend.updates, access)
    return DispatcharrApp(addresses, doors, access, socket, Forward(application, access))
