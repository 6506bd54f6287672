"""Files and redirects, as the original sends them."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.answer import ResponseWriter
from jackfield.dialects.servemsx.plugin_answer import to_response
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.static import serve_file


def send_file(ask: Ask, path: Path) -> Response:
    """A file as it is, in parts where they are asked for.

    :raises Fault: there is none.
    """
    try:
        if not path.is_file():
            raise Fault("404 page not found", 404)
    except (OSError, ValueError) as error:
        raise Fault(str(error)) from None
    return to_response(serve_file(ask.plugin_request, path, ask.path), ask.method)


def moved(ask: Ask, path: str) -> Response:
    """Send the client to another path of the site, with the same query."""
    query = f"?{ask.query_text}" if ask.query_text else ""
    writer = ResponseWriter(cap=1 << 20)
    target = ask.root + str(urls.URL(path=path)) + query
    writer.redirect(target, 301, path=ask.root + ask.path, method=ask.method)
    return to_response(writer.finish(), ask.method)
