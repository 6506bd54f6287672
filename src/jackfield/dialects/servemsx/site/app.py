"""The site as an ASGI application: one request in, one synchronous endpoint, one answer out.

Source: servemsx spec 2 (common headers, failures) and 3 (routing).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.answer import (
    COMMON_HEADERS,
    SERVER_HEADER,
    clean,
    options,
)
from jackfield.dialects.servemsx.plugin_answer import to_response
from jackfield.dialects.servemsx.site.answers import failure
from jackfield.dialects.servemsx.site.ask import Ask, Upload
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.respond import moved
from jackfield.errors import JackfieldError
from jackfield.plugins.archive.limits import DEFAULT_LIMITS
from jackfield.plugins.page_isolation import forbidden_headers, isolation_headers

Endpoint = Callable[[Ask], Response]

MAX_BODY: Final = 16 * 1024 * 1024
MAX_UPLOAD: Final = DEFAULT_LIMITS.upload + 1024 * 1024
PAGE_TREE: Final = "/msx/page/"
"""Where the web page's own files are: a plugin cannot have this name."""

_TOO_LARGE: Final = 413

THREADS: Final = 32
"""How many requests to one plugin, to the site's own pages, and to all else are answered at once. A
slow plugin keeps neither other plugins, the site's pages nor the rest of the host waiting."""

_OWN: Final = "/own"
_ELSE: Final = "/else"

_log = logging.getLogger(__name__)


class ServeMsxApp:
    """Takes requests apart, finds who answers, and gives every answer the original's headers.

    :param exact: path → endpoint.
    :param trees: path with a slash at its end → the endpoint of everything below.
    :param plugins: answers whatever else lies below a first segment.
    :param running: the slug of the plugin that a first segment names, if that runs. Only these have
        threads of their own: clients may name others without end.
    """

    def __init__(
        self,
        exact: Mapping[str, Endpoint],
        trees: Mapping[str, Endpoint],
        plugins: Endpoint,
        *,
        uploads: frozenset[str] = frozenset(),
        running: Callable[[str], str | None] = lambda _name: None,
    ) -> None:
        self._exact = exact
        self._trees = trees
        self._plugins = plugins
        self._uploads = uploads
        self._running = running
        self._limiters: dict[str, CapacityLimiter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            return
        if scope["method"] == "OPTIONS":
            await to_response(options(), "OPTIONS")(scope, receive, send)
            return
        try:
            ask = await self._read(scope, receive)
            response = await to_thread.run_sync(self.answer, ask, limiter=self._threads(ask))
        except Fault as fault:
            response = failure(fault.text, fault.status)
        except ClientDisconnect:
            return
        for name, value in (*COMMON_HEADERS, SERVER_HEADER):
            response.headers.setdefault(name, value)
        if scope.get("root_path"):
            _isolate(scope, response)
        await response(scope, receive, send)

    # -- taking the request apart ---------------------------------------------------------------

    async def _read(self, scope: Scope, receive: Receive) -> Ask:
        request = Request(scope, receive)
        root = scope.get("root_path", "")
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        raw = raw.partition("?")[0].removeprefix(root) or "/"
        try:
            path = urls.path_unescape(raw)
        except urls.URLError:
            raise Fault(400) from None
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            text = value.decode("utf-8", "surrogateescape")
            headers.setdefault(name.decode("latin-1").lower(), []).append(text)
        upload = path in self._uploads
        body = await _body(request, MAX_UPLOAD if upload else MAX_BODY)
        fields: dict[str, list[str]] = {}
        files: dict[str, Upload] = {}
        kind = headers.get("content-type", [""])[0]
        if upload and kind.lower().startswith("multipart/form-data"):
            fields, files = await _multipart(Headers(scope=scope), body)
        client = scope.get("client")
        return Ask(
            scope["method"],
            path,
            raw,
            scope.get("query_string", b"").decode("latin-1"),
            headers,
            body,
            remote="" if client is None else f"{client[0]}:{client[1]}",
            root=root,
            protocol=f"HTTP/{scope.get('http_version', '1.1')}",
            fields=fields,
            files=files,
        )

    def _threads(self, ask: Ask) -> CapacityLimiter:
        own = ask.path in self._exact or ask.path.startswith("/msx/")
        whose = _OWN if own else self._running(ask.path.split("/")[1]) or _ELSE
        if whose not in self._limiters:
            self._limiters[whose] = CapacityLimiter(THREADS)
        return self._limiters[whose]

    # -- answering ------------------------------------------------------------------------------

    def answer(self, ask: Ask) -> Response:
        """The answer; a failure as the original words it."""
        try:
            return self._endpoint(ask)
        except Fault as fault:
            if fault.status >= 500:
                _log.warning("%s %s: %s", ask.method, ask.path, fault.text)
            return failure(fault.text, fault.status)
        except JackfieldError as error:
            _log.warning("%s %s: %s", ask.method, ask.path, error)
            return failure(str(error), error.status)
        except Exception:  # noqa: BLE001 - ours; the client gets an answer all the same
            _log.exception("%s %s failed", ask.method, ask.path)
            return failure("something went wrong inside the host; its log says what", 500)

    def _endpoint(self, ask: Ask) -> Response:
        cleaned = clean(ask.path)
        if ask.path.endswith("/") and cleaned != "/":
            cleaned += "/"
        if f"{cleaned}/" in self._trees and cleaned not in self._exact:
            return moved(ask, f"{cleaned}/")
        if cleaned != ask.path:
            return moved(ask, cleaned)
        if (found := self._exact.get(ask.path)) is not None:
            return found(ask)
        for tree, endpoint in self._trees.items():
            if ask.path.startswith(tree):
                return endpoint(ask)
        if "/" not in ask.path[1:]:
            raise Fault(404)
        return self._plugins(ask)


def _isolate(scope: Scope, response: Response) -> None:
    """At the host's own address, keep pages of plugins and of media folders apart from the host's.

    An address of the site's own is nobody else's, and the pages there stay as they are.
    """
    path = scope["path"].removeprefix(scope["root_path"])
    if path == "/" or path.startswith(PAGE_TREE):
        return
    headers = dict(Headers(scope=scope).items())
    for name in forbidden_headers(headers):
        del response.headers[name]
    response.headers.update(isolation_headers(headers))


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Fault(_TOO_LARGE)
    return bytes(body)


async def _multipart(
    headers: Headers, body: bytes
) -> tuple[dict[str, list[str]], dict[str, Upload]]:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        form = await MultiPartParser(headers, stream(), max_files=1, max_fields=20).parse()  # type: ignore[arg-type]
    except (MultiPartException, KeyError, ValueError) as error:
        raise Fault(f"the form cannot be read: {getattr(error, 'message', error)}", 400) from None
    fields: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    with contextlib.ExitStack() as opened:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                opened.callback(value.file.close)
                files[name] = Upload(value.filename or "", await value.read())
            else:
                fields.setdefault(name, []).append(value)
    return fields, files
