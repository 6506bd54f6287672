"""The fields of a request, parsed when a script first asks, as Go's ``http.Request`` does.

Source: servemsx spec 6.1; Go's ``net/http`` documentation (``ParseForm``, ``FormValue``).
"""

from __future__ import annotations

from io import BytesIO

from python_multipart import exceptions, parse_form
from python_multipart.multipart import parse_options_header

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.request import PluginRequest

Values = dict[str, list[str]]

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Form:
    """What a script may read of one request's query and body."""

    def __init__(self, request: PluginRequest) -> None:
        self._request = request
        self._body = request.body
        self._all: Values | None = None
        self._posted: Values | None = None

    def rest(self) -> bytes:
        """The body; empty once it was read or parsed."""
        body, self._body = self._body, b""
        return body

    def all(self) -> Values:
        """Query and body fields; the body's values come first."""
        self._parse()
        return self._all or {}

    def posted(self) -> Values:
        """The body's fields."""
        self._parse()
        return self._posted or {}

    def value(self, name: str, *, posted: bool) -> str | None:
        """The first value of a field; ``None`` where there is none."""
        if (self._posted if posted else self._all) is None:
            self._parse()
            self._parse_multipart()
        values = ((self._posted if posted else self._all) or {}).get(name)
        return values[0] if values else None

    def _parse(self) -> None:
        if self._all is not None:
            return
        posted: Values = {}
        if self._request.method in _WITH_BODY and self._kind() == (
            b"application/x-www-form-urlencoded"
        ):
            posted = urls.parse_query(self.rest().decode("utf-8", "surrogateescape"))
        merged = {name: list(values) for name, values in posted.items()}
        for name, values in self._request.query.items():
            merged.setdefault(name, []).extend(values)
        self._posted, self._all = posted, merged

    def _parse_multipart(self) -> None:
        if self._request.method not in _WITH_BODY or self._kind() != b"multipart/form-data":
            return
        assert self._all is not None
        assert self._posted is not None
        fields: list[tuple[str, str]] = []
        headers = {
            "Content-Type": self._request.header("content-type").encode("latin-1", "replace")
        }
        try:
            parse_form(
                headers,
                BytesIO(self.rest()),
                lambda field: fields.append((_text(field.field_name), _text(field.value))),
                lambda _file: None,
            )
        except (exceptions.FormParserError, ValueError):
            return  # natively FormValue ignores what it cannot parse
        for name, value in fields:
            self._all.setdefault(name, []).append(value)
            self._posted.setdefault(name, []).append(value)

    def _kind(self) -> bytes:
        kind, _ = parse_options_header(self._request.header("content-type"))
        return kind.lower()


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "surrogateescape")
