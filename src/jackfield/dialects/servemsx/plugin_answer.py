"""From a request below the site to a plugin's answer, and to what Starlette sends."""

from __future__ import annotations

from collections.abc import Iterator

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from jackfield.dialects.servemsx import routing
from jackfield.dialects.servemsx.answer import (
    Answer,
    FilePart,
    ResponseWriter,
    failure,
    options,
)
from jackfield.dialects.servemsx.failures import ScriptFailed
from jackfield.dialects.servemsx.host_state import HostState
from jackfield.dialects.servemsx.limits import DEFAULT_LIMITS
from jackfield.dialects.servemsx.package import slug_of
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime
from jackfield.plugins.dialect import Core, PluginFailure, Running

THREADS = 32
"""How many requests to plugins run at once; the host's other work has threads of its own."""

_CHUNK = 256 * 1024


def find_plugin(core: Core, name: str) -> Running | None:
    """The running plugin of that name, as the first part of a path says it."""
    running = core.plugins.running(slug_of(name))
    if running is None or not isinstance(running.runtime, ServeMsxRuntime):
        return None
    if running.context.in_place and running.runtime.name != name:
        return None  # names of folders that differ in capitals only
    return running


def plugin_answer(core: Core, request: PluginRequest, state: HostState) -> Answer:
    """The answer to a request whose path begins with a plugin's name. Blocks; never raises for
    what a plugin or a client does wrong.

    Source: servemsx spec 3.
    """
    if request.method == "OPTIONS":
        return options()
    asked = routing.split(request.target)
    if asked is None:
        return failure(404)
    if isinstance(asked, routing.Moved):
        writer = ResponseWriter(1 << 20)
        location = request.mount + asked.location
        writer.redirect(location, 301, path="/", method=request.method)
        return writer.finish()
    running = find_plugin(core, asked.plugin)
    if running is None:
        return failure(404)
    runtime = running.runtime
    assert isinstance(runtime, ServeMsxRuntime)
    try:
        answer = core.events.call(
            running.spec.slug,
            "request",
            lambda: runtime.answer(request, asked.path, state, asked.plugin),
        )
    except ScriptFailed as failed:
        return failed.answer
    except PluginFailure:
        return failure(500, b"Unknown error!")
    return failure(404) if answer is None else answer


class PluginEndpoint:
    """The route for plugins: ``Route("/{path:path}", PluginEndpoint(core, state), methods=…)``.

    It must be the last route, and take every method.
    """

    def __init__(self, core: Core, state: HostState) -> None:
        self._core = core
        self._state = state
        self._threads: CapacityLimiter | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer one request; the plugin runs in a thread."""
        if self._threads is None:
            self._threads = CapacityLimiter(THREADS)
        try:
            asked = await plugin_request(request)
        except ClientDisconnect:
            return Response(status_code=400)
        answer = await to_thread.run_sync(
            plugin_answer, self._core, asked, self._state, limiter=self._threads
        )
        return to_response(answer, request.method)


async def plugin_request(request: Request, cap: int = DEFAULT_LIMITS.request) -> PluginRequest:
    """The request in our own form; *too_large* if its body is above *cap* bytes."""
    scope = request.scope
    mount = scope.get("root_path", "")
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("utf-8", "surrogateescape").removeprefix(mount) or "/"
    query = scope.get("query_string", b"").decode("utf-8", "surrogateescape")
    body, too_large = bytearray(), False
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            body, too_large = bytearray(), True
            break
    client = scope.get("client")
    headers = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
        for name, value in scope["headers"]
    )
    host = next((value for name, value in headers if name.lower() == "host"), "localhost")
    return PluginRequest(
        method=request.method,
        target=path + (f"?{query}" if query else ""),
        headers=headers,
        body=bytes(body),
        host=host,
        remote=f"{client[0]}:{client[1]}" if client else "",
        scheme=scope.get("scheme", "http"),
        proto=f"HTTP/{scope.get('http_version', '1.1')}",
        mount=mount,
        too_large=too_large,
    )


def to_response(answer: Answer, method: str) -> Response:
    """What Starlette sends for it."""
    response: Response
    if answer.file is None:
        response = Response(answer.body, answer.status)
    elif method == "HEAD":
        response = Response(b"", answer.status)
        response.headers["content-length"] = str(answer.file.length)
    else:
        response = StreamingResponse(_chunks(answer.file), answer.status)
        response.headers["content-length"] = str(answer.file.length)
    response.raw_headers += [
        (name.encode("latin-1", "replace"), value.encode("utf-8", "surrogateescape"))
        for name, value in answer.headers
    ]
    return response


def _chunks(part: FilePart) -> Iterator[bytes]:
    with part.path.open("rb") as file:
        file.seek(part.start)
        left = part.length
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
