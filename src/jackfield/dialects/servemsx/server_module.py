"""The module ``server`` of a script: 23 members, made anew for each request.

Source: servemsx spec 5 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.answer import (
    VERSION,
    AnswerTooLarge,
    InvalidStatus,
    ResponseWriter,
    WriteFailed,
)
from jackfield.dialects.servemsx.folder import FileError, PluginFolder
from jackfield.dialects.servemsx.forms import Form
from jackfield.dialects.servemsx.host_state import HostState
from jackfield.dialects.servemsx.memory import Memory, MemoryFull
from jackfield.dialects.servemsx.outgoing import Requests
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.settings_module import settings_map
from jackfield.dialects.servemsx.tengo_values import (
    bytes_value,
    error_value,
    is_string,
    tengo_map,
    text_of,
    values_of,
)
from jackfield.plugins.logs import PluginLog
from jackfield.tengo import Bytes, Fault, InvalidArgument, Raw, ScriptExit, Undefined
from jackfield.tengo import WrongArgumentCount as WrongCount
from jackfield.tengo.convert import to_string
from jackfield.tengo.values import Builtin, truthy, type_name, unescaped

MODULES = ("math", "text", "times", "rand", "json", "base64", "hex")
"""The standard modules that scripts have (servemsx spec 5)."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One run of one script: all that its ``server`` module reaches.

    :param script: the script's file as messages name it: ``plugins/hello/main.tengo``.
    :param path: the decoded path behind the plugin's name.
    """

    request: PluginRequest
    writer: ResponseWriter
    plugin: str
    path: str
    script: str
    folder: PluginFolder
    memory: Memory
    requests: Requests
    state: HostState
    log: PluginLog
    may_convert: bool = False


class Panicked(ScriptExit):
    """The script called ``panic``: with an int, a status; otherwise the bytes of its text."""


def _panic(*args: Any) -> Any:
    if len(args) != 1:
        raise WrongCount
    if type(args[0]) is int:
        raise Panicked(args[0])
    text = to_string(args[0])
    if text is not None:
        raise Panicked(text_of(args[0]).encode("utf-8", "surrogateescape"))
    return Undefined


PANIC = Builtin("panic", _panic)
"""The variable ``panic`` of each script (D8, D15)."""


def server_module(exchange: Exchange) -> Mapping[str, Any]:
    """The members of ``import("server")``."""
    request, functions = exchange.request, _Functions(exchange)
    values = {
        "proto": request.proto,
        "method": request.method,
        "host": request.site,
        "remote_addr": request.remote,
        "uri": request.target,
        "version": VERSION,
        "script": exchange.script,
        "plugin": exchange.plugin,
        "path": exchange.path,
        "base_url": functions.base_url,
    }
    calls = (
        "read", "write", "request", "encode_uri", "decode_uri", "parse_url", "resolve_url",
        "memory", "file", "log_err", "log_inf",
    )  # fmt: skip
    return {
        **{name: unescaped(value) for name, value in values.items()},
        "header": tengo_map(request.header_map),
        "settings": settings_map(request, exchange.state, may_convert=exchange.may_convert),
        # The engine's 2.10 prints functions of modules without their names.
        **{name: Raw(getattr(functions, name), "") for name in calls},
    }


class _Functions:
    """Each method is the function of that name; arguments and results are Tengo values."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._request = exchange.request
        self._form = Form(exchange.request)
        self._begun = False
        request = exchange.request
        self.base_url = f"{request.scheme}://{request.site}/{exchange.plugin}/"
        self.request = exchange.requests.request

    # -- the request --------------------------------------------------------------------------

    def read(self, *args: Any) -> Any:
        """Source: servemsx spec 6.1."""
        if len(args) > 2:
            raise WrongCount
        if not args:
            return bytes_value(self._form.rest())
        posted = len(args) == 2 and truthy(args[1])
        if type(args[0]) is bool:
            return tengo_map(self._form.posted() if args[0] else self._form.all())
        if not is_string(args[0]):
            raise InvalidArgument("first", "string/bool", type_name(args[0]))
        name = text_of(args[0])
        value = self._form.value(name, posted=posted) if name else None
        return Undefined if value is None else unescaped(value)

    # -- the answer ---------------------------------------------------------------------------

    def write(self, *args: Any) -> Any:
        """Source: servemsx spec 6.2. Arguments are handled from left to right; a status waits for
        the next argument of the same call."""
        writer, status = self._exchange.writer, 0
        for number, arg in enumerate(args):
            kind = type(arg)
            if kind is dict or kind is int:
                if self._begun:
                    raise InvalidArgument(f"{number}-th", "nor map or int", type_name(arg))
                if kind is dict:
                    for name, values in values_of(arg).items():
                        for value in values:
                            writer.add_header(name, value)
                else:
                    self._begun, status = True, arg
                continue
            try:
                self._write_one(arg, status)
            except WriteFailed as error:
                return error_value(str(error))
            except AnswerTooLarge as error:
                raise Fault(str(error)) from None
            except InvalidStatus as error:
                raise Panicked(str(error).encode()) from None
            status, self._begun = 0, True
        return Undefined

    def _write_one(self, arg: Any, status: int) -> None:
        writer = self._exchange.writer
        absent = arg is Undefined
        data = b"" if absent else _bytes(arg)
        if status <= 0:
            if not absent:
                writer.write(data)
        elif absent:
            writer.start(status)
        elif status < 300:
            writer.start(status)
            writer.write(data)
        elif status < 400:
            path = urls.path_unescape(self._request.raw_path)
            location = data.decode("utf-8", "surrogateescape")
            writer.redirect(location, status, path=path, method=self._request.method)
        else:
            writer.error(data, status)

    # -- addresses ----------------------------------------------------------------------------

    def encode_uri(self, *args: Any) -> Any:
        """Source: servemsx spec 6.4."""
        if not 1 <= len(args) <= 2:
            raise WrongCount
        if type(args[0]) is dict:
            return urls.encode_query(values_of(args[0]))
        if not is_string(args[0]):
            raise InvalidArgument("first", "string/map", type_name(args[0]))
        as_path = len(args) == 2 and truthy(args[1])
        return (urls.path_escape if as_path else urls.query_escape)(text_of(args[0]))

    def decode_uri(self, *args: Any) -> Any:
        """Source: servemsx spec 6.4."""
        if not 1 <= len(args) <= 2:
            raise WrongCount
        if not is_string(args[0]):
            raise InvalidArgument("first", "string", type_name(args[0]))
        as_path = len(args) == 2 and truthy(args[1])
        decode = urls.path_unescape if as_path else urls.query_unescape
        try:
            return unescaped(decode(text_of(args[0])))
        except urls.URLError as error:
            return error_value(str(error))

    def parse_url(self, *args: Any) -> Any:
        """Source: servemsx spec 6.4 and D7."""
        if len(args) > 1:
            raise WrongCount
        text = text_of(args[0]) if args else f"http://{self._request.site}{self._request.target}"
        try:
            url = urls.parse(text)
        except urls.URLError as error:
            return error_value(str(error))
        found = {
            "scheme": url.scheme,
            "opaque": url.opaque,
            "user": url.user or "",
            "host": url.host,
            "path": url.path,
            "raw_path": url.escaped_path,
            "raw_query": url.raw_query,
            "fragment": url.fragment,
            "raw_fragment": url.escaped_fragment,
        }
        if url.password is not None:
            found["pass"] = url.password
        values: dict[Any, Any] = {name: unescaped(value) for name, value in found.items()}
        values["query"] = tengo_map(urls.parse_query(url.raw_query))
        return values

    def resolve_url(self, *args: Any) -> Any:
        """The base comes first (D4); without one, the request's own address (D5)."""
        if not 1 <= len(args) <= 2:
            raise WrongCount
        for arg, name in zip(args, ("first", "second"), strict=False):
            if not is_string(arg):
                raise InvalidArgument(name, "string", type_name(arg))
        own = f"http://{self._request.host}{self._request.target}"
        try:
            base = urls.parse(text_of(args[0]) if len(args) == 2 else own)
            url = urls.resolve(base, urls.parse(text_of(args[-1])))
        except urls.URLError as error:
            return error_value(str(error))
        text, start = str(url), f"http://{self._request.host}/"
        mounted = f"http://{self._request.site}/"
        if len(args) == 1 and text.startswith(start) and not text.startswith(mounted):
            text = mounted + text[len(start) :]
        return unescaped(text)

    # -- what the plugin keeps ----------------------------------------------------------------

    def memory(self, *args: Any) -> Any:
        """Source: servemsx spec 6.5 and D13."""
        if len(args) > 1:
            raise WrongCount
        if not args:
            return self._exchange.memory.read()
        try:
            self._exchange.memory.write(args[0])
        except MemoryFull as error:
            raise Fault(str(error)) from None
        return Undefined

    def file(self, *args: Any) -> Any:
        """Source: servemsx spec 6.5, D1–D3."""
        if not 1 <= len(args) <= 2:
            raise WrongCount
        path, folder = text_of(args[0]), self._exchange.folder
        if not path:
            raise InvalidArgument("first", "not empty", "empty")
        try:
            if len(args) == 1:
                data = folder.read(path)
                return Undefined if data is None else bytes_value(data)
            if args[1] is Undefined:
                folder.remove(path)
            else:
                folder.write(path, _bytes(args[1]))
        except FileError as error:
            return error_value(str(error))
        return Undefined

    def log_err(self, *args: Any) -> Any:
        """One line, the arguments joined with blanks."""
        self._exchange.log.error(_line(args))
        return Undefined

    def log_inf(self, *args: Any) -> Any:
        """One line, the arguments joined with blanks."""
        self._exchange.log.info(_line(args))
        return Undefined


def _bytes(value: Any) -> bytes:
    if type(value) is Bytes:
        return bytes(value)
    return text_of(value).encode("utf-8", "surrogateescape")


def _line(args: tuple[Any, ...]) -> str:
    text = " ".join(text_of(arg) for arg in args)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
