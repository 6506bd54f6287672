"""The door that a plugin with ``auth.gate`` keeps: who has no session is sent to its pages.

Source: owncast spec 2.6. What it covers is the viewers' page and what that page asks for; pages of
plugins, and what programs need, stay reachable. A gate plugin that is enabled but does not run
keeps everybody out but operators: a fault must not open the door.
"""

from __future__ import annotations

import json
from urllib.parse import quote

import msgspec
from starlette.requests import cookie_parser

from jackfield.dialects.owncast.call_scope import SESSION_COOKIE, RequestScope
from jackfield.dialects.owncast.gate_settings import GateSettings
from jackfield.dialects.owncast.runtime import GATE, OwncastRuntime
from jackfield.plugins.dialect import Core, PluginFailure
from jackfield.plugins.registry import Registry
from jackfield.plugins.states import Change
from jackfield.services.gates import Knock, Passed, Refused
from jackfield.services.plugin_sign_in import PluginSignIn
from jackfield.services.signin import DEFAULT_SESSION_S, MAX_SESSION_S, SignIn
from jackfield.services.users import User
from jackfield.services.visitors import Visitors, visitors_of

DIALECT = "owncast"

_PAGES = frozenset({"/", "/index.html"})
_ASKED_BY_PAGES = ("/api/chat/", "/api/viewer", "/api/config", "/customjavascript", "/api/page")
_STREAM = "/hls/"
_STATUS = "/api/status"


class OwncastGate:
    """See :class:`jackfield.services.gates.Gate`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._settings = GateSettings(core.services)
        self._visitors: Visitors | None = visitors_of(core.services)
        self._keeper: str | None = None
        plugins = core.plugins
        self._registry = plugins if isinstance(plugins, Registry) else None
        if self._registry is not None:
            self._registry.observe(self._changed)
            self._look()

    def _changed(self, change: Change) -> None:
        if change.state is None or change.state.dialect == DIALECT:
            self._look()

    def _look(self) -> None:
        assert self._registry is not None
        self._keeper = next(
            (
                state.slug
                for state in self._registry.list()
                if state.dialect == DIALECT
                and state.enabled
                and any(text.partition("(")[0] == GATE for text in state.granted)
            ),
            None,
        )

    @property
    def keeper(self) -> str | None:
        """Slug of the plugin that keeps the door, running or not; ``None`` when it is open."""
        return self._keeper

    def closed(self) -> bool:
        return self._keeper is not None

    def viewer(self, headers: dict[str, str]) -> User | None:
        """Whose session a request carries, if there is a door at all."""
        sign_in = self._core.services.find(SignIn)
        token = _session_in(headers.get("cookie", ""))
        if self._keeper is None or not token or not isinstance(sign_in, PluginSignIn):
            return None
        return sign_in.viewer(self._keeper, token)

    def check(self, knock: Knock) -> Passed | Refused:
        slug = self._keeper
        if slug is None or not self._covers(slug, knock.path):
            return Passed()
        headers = dict(knock.headers)
        if self._visitors is not None and self._visitors.identify(headers).admin:
            return Passed()
        page = knock.path in _PAGES and not knock.socket
        running = self._core.plugins.running(slug)
        if running is None or not isinstance(running.runtime, OwncastRuntime):
            return _refused(503, "signing in is not possible now: its plugin does not run", page)
        user = self.viewer(headers)
        if user is None:
            return self._to_login(slug, knock) if page else _refused(401, "sign in first", page)
        if not page:
            return Passed()
        runtime = running.runtime
        try:
            verdict = self._core.events.call(
                slug, "request", lambda: runtime.auth_check(msgspec.to_builtins(user))
            )
        except PluginFailure:  # it is in the plugin's log
            verdict = {"action": "deny"}
        scope = RequestScope(secure=knock.secure)
        match (verdict or {"action": "deny"}).get("action"):
            case "ok":
                return Passed()
            case "refresh":
                return Passed(self._refreshed(slug, user, verdict or {}, scope))
        scope.clear_session()
        return self._to_login(slug, knock, _cookies(scope))

    def _covers(self, slug: str, path: str) -> bool:
        if path in _PAGES or f"{path}/".startswith(_ASKED_BY_PAGES) or path in _ASKED_BY_PAGES:
            return True
        mode = self._settings.of(slug).access_mode
        if path.startswith(_STREAM):
            return mode != "website-only"
        return path == _STATUS and mode == "website-stream-and-status"

    def _refreshed(
        self, slug: str, user: User, verdict: dict[str, object], scope: RequestScope
    ) -> tuple[tuple[str, str], ...]:
        asked = verdict.get("ttl")
        ttl = asked if isinstance(asked, int) and asked > 0 else DEFAULT_SESSION_S
        ttl = min(ttl, MAX_SESSION_S)
        sign_in = self._core.services.get(SignIn)
        scope.set_session(sign_in.grant(slug, user.id, ttl), ttl)
        return _cookies(scope)

    @staticmethod
    def _to_login(slug: str, knock: Knock, headers: tuple[tuple[str, str], ...] = ()) -> Refused:
        back = knock.mount + knock.path + (f"?{knock.query}" if knock.query else "")
        location = f"{knock.mount}/plugins/{slug}/?return_to={quote(back, safe='/')}"
        fresh = ("cache-control", "no-store")
        return Refused(302, (("location", location), fresh, *headers))


def _session_in(cookies: str) -> str:
    # Not http.cookies: that stops at the first cookie which is not to the letter, and a browser
    # sends those of every program on this machine's name, whatever its port.
    return cookie_parser(cookies).get(SESSION_COOKIE, "")


def _cookies(scope: RequestScope) -> tuple[tuple[str, str], ...]:
    return tuple(("set-cookie", cookie) for cookie in scope.cookies)


def _refused(status: int, text: str, page: bool) -> Refused:
    fresh = ("cache-control", "no-store")
    if page:
        return Refused(
            status, (("content-type", "text/plain; charset=utf-8"), fresh), f"{text}\n".encode()
        )
    body = json.dumps({"error": {"code": "sign_in", "message": text}}).encode()
    return Refused(status, (("content-type", "application/json"), fresh), body)
