"""Which endpoint answers which path. Source: servemsx spec 3 and 8."""

from __future__ import annotations

import gzip
import logging
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import Response

from jackfield.dialects.servemsx.home import MEDIA, Home
from jackfield.dialects.servemsx.plugin_answer import plugin_answer, to_response
from jackfield.dialects.servemsx.site import thumbnails
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.answers import action, reply
from jackfield.dialects.servemsx.site.app import PAGE_TREE, Endpoint, ServeMsxApp
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.dialogs import Dialogs
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.languages import Languages
from jackfield.dialects.servemsx.site.media import MediaFolders
from jackfield.dialects.servemsx.site.menu import VIDEOWALL, Menu
from jackfield.dialects.servemsx.site.outward import Outward
from jackfield.dialects.servemsx.site.packages import Packages
from jackfield.dialects.servemsx.site.plugin_list import PluginList
from jackfield.dialects.servemsx.site.proxy import PlaylistProxy
from jackfield.dialects.servemsx.site.respond import send_file
from jackfield.dialects.servemsx.site.settings import SettingsPage
from jackfield.dialects.servemsx.site.thumbnails import Thumbnails
from jackfield.dialects.servemsx.site.torrents import Torrents
from jackfield.dialects.servemsx.site.webmarks import Webmarks
from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import Core
from jackfield.services.fetch import Fetch

STATIC: Final = Path(__file__).with_name("static")
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: http: https:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)

_log = logging.getLogger(__name__)


class Pages:
    """The endpoints of one home, and what they share."""

    def __init__(self, core: Core, home: Home) -> None:
        self._core = core
        self._home = home
        self._plugins = PluginList(core, home)
        self._access = Access(core.services)
        self._dialogs = Dialogs(home)
        self._thumbnails = Thumbnails(home)
        self._outward = Outward(core.services.find(Fetch))

    def app(self) -> ServeMsxApp:
        """The ASGI application."""
        self._plugins.adopt_all()
        home, access, outward = self._home, self._access, self._outward
        menu = Menu(home, self._plugins)
        languages = Languages(home, outward, access)
        torrents = Torrents(home, outward, access)
        media = MediaFolders(home)
        exact: dict[str, Endpoint] = {
            "/": self._page,
            "/logo.png": self._static("logo.png"),
            "/logotype.png": self._static("logotype.png"),
            "/settings": SettingsPage(home, self._plugins, torrents, access),
            "/restart": self._restart,
            "/update": self._update,
            "/install": Packages(home, self._plugins, access),
            "/proxy.m3u8": PlaylistProxy(outward, access),
            "/msx/start.json": menu.start,
            "/msx/menu.json": menu.reference,
            "/msx/menu": menu.menu,
            VIDEOWALL: menu.videowall,
            "/msx/dictionary.json": languages.file,
            "/msx/dictionary": languages,
            "/msx/input": self._dialogs.input,
            "/msx/dialog": self._dialogs.dialog,
            "/msx/torr": torrents,
            "/msx/webmarks": Webmarks(home, access),
        }
        trees: dict[str, Endpoint] = {
            **{f"/msx/{kind}/": media for kind in MEDIA},
            thumbnails.TREE: self._thumbnails,
            PAGE_TREE: self._page_file,
        }
        return ServeMsxApp(
            exact,
            trees,
            self._plugin,
            uploads=frozenset({"/install"}),
            running=self._plugins.running,
        )

    # -- the web page ---------------------------------------------------------------------------

    @cached_property
    def _packed_page(self) -> bytes:
        return gzip.compress((STATIC / "index.html").read_bytes(), mtime=0)

    def _page(self, _ask: Ask) -> Response:
        response = reply(self._packed_page, "text/html")
        response.headers["content-encoding"] = "gzip"
        response.headers["content-security-policy"] = _POLICY
        return response

    @staticmethod
    def _page_file(ask: Ask) -> Response:
        name = ask.path.removeprefix(PAGE_TREE)
        if "/" in name or name == "index.html":
            raise Fault(404)
        response = send_file(ask, STATIC / name)
        response.headers["cache-control"] = "no-cache"
        response.headers["content-security-policy"] = _POLICY
        return response

    @staticmethod
    def _static(name: str) -> Endpoint:
        data = (STATIC / name).read_bytes()

        def answer(_ask: Ask) -> Response:
            return reply(data, "image/png")

        return answer

    # -- the host -------------------------------------------------------------------------------

    def _restart(self, ask: Ask) -> Response:
        """Start everything of this dialect anew. The host and its other plugins go on."""
        self._access.require_operator(ask)
        self._home.close()
        self._home.load()
        self._dialogs.clear()
        self._thumbnails.clear()
        response = action("reload")
        response.background = BackgroundTask(self._reload_plugins)
        return response

    def _reload_plugins(self) -> None:
        registry = self._plugins.registry
        for state in self._plugins.states() if registry is not None else ():
            try:
                if registry is not None and state.state in ("running", "failed"):
                    registry.reload(state.slug)
            except JackfieldError as error:
                _log.warning("ServeMSX plugin %s did not start again: %s", state.slug, error)

    @staticmethod
    def _update(_ask: Ask) -> Response:
        """This host is not the original's program, and is not updated by its releases."""
        version = installed_version("jackfield")
        return action(f"info:This server is Jackfield {version}. Updates come with Jackfield.")

    # -- plugins --------------------------------------------------------------------------------

    def _plugin(self, ask: Ask) -> Response:
        self._plugins.find(ask.path[1:].partition("/")[0])
        answer = plugin_answer(self._core, ask.plugin_request, self._home)
        return to_response(answer, ask.method)
