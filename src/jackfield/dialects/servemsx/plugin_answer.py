"""From a request below the site to a plugin's answer, and to what the web server sends."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from jackfield.dialects.servemsx import routing
from jackfield.dialects.servemsx.answer import (
    Answer,
    ResponseWriter,
    failure,
    options,
)
from jackfield.dialects.servemsx.failures import ScriptFailed
from jackfield.dialects.servemsx.host_state import HostState
from jackfield.dialects.servemsx.package import slug_of
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime
from jackfield.plugins.dialect import Core, PluginFailure, Running


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


def to_response(answer: Answer, method: str) -> Response:
    """What Starlette sends for it."""
    response: Response
    if not answer.pieces:
        response = Response(answer.body, answer.status)
    elif method == "HEAD":
        response = Response(b"", answer.status)
        response.headers["content-length"] = str(answer.length)
    else:
        response = StreamingResponse(answer.chunks(), answer.status)
        response.headers["content-length"] = str(answer.length)
    response.raw_headers += [
        (name.lower().encode("latin-1"), value.encode("utf-8", "surrogateescape"))
        for name, value in answer.headers
    ]
    return response
