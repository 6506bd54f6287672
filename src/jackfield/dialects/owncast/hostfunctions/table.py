"""Builds a plugin's table of host functions and answers its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from jackfield.dialects.owncast.hostfunctions import (
    ambient,
    chat,
    outward,
    pages,
    people,
    server,
    storage,
)
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Function
from jackfield.errors import (
    InvalidInput,
    JackfieldError,
    NotFound,
    PermissionDenied,
    SurroundingsError,
)
from owncast_plugin._wire import FUNCTIONS, HostFunction, pack, unpack

_GROUPS: tuple[Callable[[Caller], Mapping[str, Function]], ...] = (
    ambient.functions,
    chat.functions,
    outward.functions,
    pages.functions,
    people.functions,
    server.functions,
    storage.functions,
)


class HostTable:
    """Answers one plugin's host calls: ``table(name, arguments)``.

    :param granted: the functions that this plugin may call, and no others.
    """

    def __init__(self, slug: str, granted: Mapping[str, Function]) -> None:
        self.slug = slug
        self._functions = {name: (FUNCTIONS[name], f) for name, f in granted.items()}

    @property
    def names(self) -> frozenset[str]:
        """What is in the table."""
        return frozenset(self._functions)

    def __call__(self, name: str, arguments: list[Any]) -> Any:
        """Call a function.

        :raises PermissionDenied: its permission was not granted.
        :raises NotFound: there is no such function.
        :raises InvalidInput: an argument has the wrong type.
        :raises SurroundingsError: this machine could not do it.
        """
        try:
            wire, function = self._functions[name]
        except KeyError:
            raise self._absent(name) from None
        values = self._arguments(name, wire, arguments)
        if wire.result != "outcome":
            return _shape(wire.result, _run(name, function, values))
        try:
            _run(name, function, values)
        except JackfieldError as error:
            return {"ok": False, "error": reason(error)}
        return {"ok": True}

    def _arguments(self, name: str, wire: HostFunction, given: list[Any]) -> list[Any]:
        if len(given) != len(wire.arguments):
            raise InvalidInput(f"{name} takes {len(wire.arguments)} arguments, not {len(given)}")
        return [
            _argument(name, argument, kind, value)
            for (argument, kind), value in zip(wire.arguments, given, strict=True)
        ]

    def _absent(self, name: str) -> JackfieldError:
        known = FUNCTIONS.get(name)
        if known is None or known.permission is None:
            return NotFound(f"this host has no function {name!r}")
        return PermissionDenied(
            f"{name} needs the permission {known.permission!r}, which was not granted",
            plugin=self.slug,
            hint=f'declare "{known.permission}" under "permissions" in plugin.manifest.json',
        )


def build_table(caller: Caller) -> HostTable:
    """The table of one plugin: every function that needs no permission, and those of its grants."""
    granted = {
        name: function
        for group in _GROUPS
        for name, function in group(caller).items()
        if (needed := FUNCTIONS[name].permission) is None or needed in caller.grants
    }
    return HostTable(caller.slug, granted)


def reason(error: JackfieldError) -> str:
    """An error as the plugin reads it: without its own name in front."""
    place = f"{error.field}: " if error.field else ""
    return place + error.message


def _run(name: str, function: Function, values: list[Any]) -> Any:
    try:
        return function(*values)
    except OSError as error:
        # Its own text names a path of this machine, which is no plugin's business.
        what = error.strerror or type(error).__name__
        raise SurroundingsError(f"{name} failed: {what}") from error


def _argument(name: str, argument: str, kind: str, value: Any) -> Any:
    if value is None and kind.endswith("?"):
        return None
    match kind.removesuffix("?"):
        case "text" if isinstance(value, str):
            return value
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "bytes" if isinstance(value, str):
            try:
                return unpack(value)
            except ValueError as error:
                raise InvalidInput(str(error), field=f"{name} {argument}") from None
        case "json":
            return value
    raise InvalidInput(f"expected {kind}, found {type(value).__name__}", field=f"{name} {argument}")


def _shape(kind: str, result: Any) -> Any:
    if result is None or kind == "nothing":
        return None
    if kind.startswith("bytes"):
        return pack(result)
    return msgspec.to_builtins(result)
