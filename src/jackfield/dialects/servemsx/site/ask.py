"""One request to the site, read whole, as its synchronous endpoints see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jackfield.dialects.servemsx import wire_json
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.urls import parse_query

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Upload:
    """A file that came with a form."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Ask:
    """One request.

    :param path: decoded, below the site's prefix, with a leading slash.
    :param raw_path: as it was sent, below the site's prefix.
    :param root: the site's prefix: ``/servemsx``, or empty at an address of its own.
    :param headers: lower-cased name → values in order.
    :param remote: ``IP:PORT`` of the client.
    :param fields: those of a multipart form, where the body was one.
    """

    method: str
    path: str
    raw_path: str
    query_text: str = ""
    headers: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    root: str = ""
    protocol: str = "HTTP/1.1"
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    @cached_property
    def plugin_request(self) -> PluginRequest:
        """The same request, as plugins see it."""
        query = f"?{self.query_text}" if self.query_text else ""
        return PluginRequest(
            self.method,
            self.raw_path + query,
            tuple((name, value) for name, values in self.headers.items() for value in values),
            self.body,
            host=self.host,
            remote=self.remote,
            proto=self.protocol,
            mount=self.root,
        )

    def header(self, name: str) -> str:
        """The first header of that lower-cased name, or empty."""
        return (self.headers.get(name) or [""])[0]

    @property
    def host(self) -> str:
        """What the client calls this server, with the port where it needs one."""
        return self.header("host")

    @property
    def base(self) -> str:
        """``http://HOST`` and the prefix: what the site's own addresses begin with."""
        return f"http://{self.site}"

    @property
    def site(self) -> str:
        """Host and prefix."""
        return self.host + self.root

    @property
    def url(self) -> str:
        """The request's own address, without its query."""
        return self.base + self.raw_path

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The fields of the query, in order."""
        return parse_query(self.query_text)

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The fields of the body, in order; none where it is no form."""
        if self.method not in ("POST", "PUT", "PATCH"):
            return {}
        if self.header("content-type").partition(";")[0].strip().lower() == _FORM:
            return parse_query(self.body.decode("latin-1"))
        return dict(self.fields)

    def has(self, name: str) -> bool:
        """Whether the query has that field, be it empty."""
        return name in self.query

    def values(self, name: str) -> list[str]:
        """All values of a field, those of the body first."""
        return [*self.form.get(name, ()), *self.query.get(name, ())]

    def value(self, name: str) -> str:
        """The first value of a field, of the body before the query; empty when absent."""
        return (self.values(name) or [""])[0]

    def query_value(self, name: str) -> str:
        """The first value of a field of the query; empty when absent."""
        return (self.query.get(name) or [""])[0]

    def json(self) -> Any:
        """The body's JSON.

        :raises Fault: it is none.
        """
        try:
            return wire_json.decode(self.body)
        except wire_json.WireJsonError as error:
            raise Fault(str(error)) from None

    def data(self) -> Any:
        """The member ``data`` of the body's JSON: what Media Station X sends with an action.

        :raises Fault: the body is no JSON object.
        """
        found = self.json()
        if found is not None and not isinstance(found, Mapping):
            raise Fault(f"json: expected an object with data, found {kind_of(found)}")
        return wire_json.field(found, "data")


def kind_of(value: Any) -> str:
    """What JSON calls the kind of *value*."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "bool"
    kinds = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "object")
