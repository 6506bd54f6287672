"""The pages of plugins below ``/plugins/<slug>/``, without the network: one request, one answer.

Source: owncast spec 4.1 and 4.2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from jackfield.dialects.owncast.http import MAX_REQUEST_BYTES
from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import Core, PluginFailure, Running
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.services.globs import compile_glob
from jackfield.services.sse import EventStreams, StreamHub

ROOT = "/plugins"
SSE = "/_sse"
REALM = "Plugin administration"

_STYLE = b'<link rel="stylesheet" href="/styles/plugin.css" data-owncast-admin-style="1">'
_STYLE_MARK = b'data-owncast-admin-style="1"'
_HEAD_END = re.compile(rb"</head>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """Answer with a file of the plugin.

    :param admin: it belongs to a page for operators.
    """

    path: Path
    admin: bool = False


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """Answer with an event stream."""

    hub: StreamHub
    slug: str
    channel: str


Answer = HttpResponse | FileAnswer | StreamAnswer


def plain(status: int, text: str, *headers: tuple[str, str]) -> HttpResponse:
    """A short answer of the host's own."""
    return HttpResponse(
        status,
        (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ),
        f"{text}\n".encode(),
    )


def clean_path(path: str) -> str:
    """A decoded path without ``.``, ``..`` and ``//``; a slash at its end stays."""
    cleaned = posixpath.normpath("/" + path.lstrip("/"))
    return cleaned + "/" if path.endswith("/") and cleaned != "/" else cleaned


def is_admin_path(pages: Iterable[str], path: str) -> bool:
    """Whether *path* is one of the admin pages (paths or globs), or below one.

    Letter case does not count, and ``*`` crosses ``/``.
    """
    lowered = path.lower()
    for page in pages:
        declared = page.lower()
        if lowered == declared or lowered.startswith(f"{declared.rstrip('/')}/"):
            return True
        try:
            if compile_glob(declared).fullmatch(lowered):
                return True
        except InvalidInput:
            continue  # refused when the plugin was loaded
    return False


class PluginPages:
    """Answers requests to the plugins that run now.

    :param open_admin: everybody is an operator on admin pages: the author's own server.
    """

    def __init__(self, core: Core, *, open_admin: bool = False) -> None:
        self._core = core
        self._open_admin = open_admin

    def answer(self, slug: str, request: HttpRequest) -> Answer:
        """Answer one request.

        :param request: its path is the plugin's own, decoded; ``admin`` says whether the caller
            proved to be an operator.
        """
        running = self._core.plugins.running(slug)
        if running is None or running.spec.dialect != "owncast":
            return _not_found()
        path = clean_path(request.path)
        admin = is_guarded(running, path)
        if admin and self._open_admin:
            request = replace(request, admin=True)
        if admin and not request.admin:
            return plain(
                401, "Unauthorized", ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
            )
        if path == SSE or path.startswith(f"{SSE}/"):
            return self._stream(running, path.removeprefix(SSE).lstrip("/"))
        if "http.serve" not in running.context.grants:
            return _not_found()
        if request.method in ("GET", "HEAD"):
            static = _static(running, path)
            if static is not None:
                return replace(static, admin=admin) if isinstance(static, FileAnswer) else static
        return self._dynamic(running, replace(request, path=path), admin=admin)

    def _stream(self, running: Running, channel: str) -> Answer:
        if "http.sse" not in running.context.grants:
            return _not_found()
        hub = self._core.services.find(EventStreams)
        if not isinstance(hub, StreamHub):
            return plain(503, "event streams are not available")
        return StreamAnswer(hub, running.spec.slug, channel)

    def _dynamic(self, running: Running, request: HttpRequest, *, admin: bool) -> HttpResponse:
        if len(request.body) > MAX_REQUEST_BYTES:
            return plain(413, "request body too large")
        slug = running.spec.slug
        try:
            response = self._core.events.call(
                slug, "request", lambda: running.runtime.request(request)
            )
        except PluginFailure as failure:
            # What went wrong is in the plugin's log; a visitor need not know.
            return plain(504, "plugin timed out") if failure.kind == "timeout" else _failed()
        if response is None:
            return _not_found()
        return with_html(response, add_admin_style) if admin else response


def is_guarded(running: Running, path: str) -> bool:
    """Whether that path of the plugin is for operators."""
    pages = running.spec.details.get("adminPages") or ()
    return is_admin_path((page["path"] for page in pages), clean_path(path))


def with_html(response: HttpResponse, change: Callable[[bytes], bytes]) -> HttpResponse:
    """The answer with its page changed, if it is HTML."""
    kind = next((v for k, v in response.headers if k.lower() == "content-type"), "")
    encoded = any(k.lower() == "content-encoding" for k, _ in response.headers)
    if encoded or not kind.lower().startswith("text/html"):
        return response
    return replace(response, body=change(response.body))


def add_admin_style(html: bytes) -> bytes:
    """HTML with one link to the admin pages' style sheet, before ``</head>`` or at its start."""
    if _STYLE_MARK in html:
        return html
    found = _HEAD_END.search(html)
    at = found.start() if found else 0
    return html[:at] + _STYLE + html[at:]


def _static(running: Running, path: str) -> Answer | None:
    """The file of ``public/`` that the path means, if there is one."""
    if "\0" in path:
        return None
    public = running.context.root / "public"
    target = public.joinpath(*path.strip("/").split("/")) if path != "/" else public
    try:
        if not target.resolve().is_relative_to(public.resolve()):
            return None
        if target.is_file():
            return None if path.endswith("/") else FileAnswer(target)
        index = target / "index.html"
        if not index.is_file():
            return None
    except OSError:  # a name that is too long
        return None
    if path.endswith("/"):
        return FileAnswer(index)
    location = f"{ROOT}/{running.spec.slug}{quote(path)}/"
    return HttpResponse(301, (("Location", location),))


def _not_found() -> HttpResponse:
    return plain(404, "404 page not found")


def _failed() -> HttpResponse:
    return plain(500, "plugin error")
