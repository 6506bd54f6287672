"""Reading a manifest's JSON the way its original host does (owncast spec 0.3 and 1.1).

Member names match whatever their case, of members that match alike the last wins, unknown ones
are ignored, ``null`` counts as absent, and a value of the wrong type is an error that names the
file, the field, what was found and what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from jackfield.errors import ManifestError

FILE = "plugin.manifest.json"
_SHOWN = 60


def parse(data: bytes, *, plugin: str, file: str = FILE) -> Node:
    """The manifest's outermost object.

    :param plugin: what to call the plugin in messages.
    :raises ManifestError: not UTF-8, not JSON, or not an object.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ManifestError(
            f"is not UTF-8 text (byte {error.start})", plugin=plugin, file=file
        ) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ManifestError(
            f"is not JSON: {error.msg} at {where}", plugin=plugin, file=file
        ) from None
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"is not JSON: {error}", plugin=plugin, file=file) from None
    if not isinstance(value, dict):
        raise ManifestError(
            f"expected an object, found {describe(value)}", plugin=plugin, file=file
        )
    return Node(value, plugin=plugin, file=file)


class Node:
    """One JSON object of the manifest.

    :param field: where it is, such as ``admin.pages[0]``; empty for the outermost.
    """

    def __init__(self, value: dict[str, Any], *, plugin: str, file: str, field: str = "") -> None:
        self.value = value
        self.plugin = plugin
        self.file = file
        self.field = field

    def at(self, name: str) -> str:
        """The full name of a member, for messages."""
        return f"{self.field}.{name}" if self.field else name

    def get(self, name: str) -> Any:
        """A member's value; ``None`` when it is absent or ``null``."""
        found = None
        folded = name.lower()
        for key, value in self.value.items():
            if key == name or key.lower() == folded:
                found = value
        return found

    def fail(self, message: str, name: str = "", hint: str | None = None) -> NoReturn:
        """Refuse the manifest because of a member, or of the object itself."""
        field = self.at(name) if name else self.field
        raise ManifestError(
            message, plugin=self.plugin, file=self.file, field=field or None, hint=hint
        )

    def expected(self, what: str, value: Any, name: str) -> NoReturn:
        """Refuse a value of the wrong type."""
        self.fail(f"expected {what}, found {describe(value)}", name)

    def text(self, name: str) -> str:
        """A text; empty when absent."""
        value = self.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else self.expected("text", value, name)

    def flag(self, name: str) -> bool:
        """``true`` or ``false``; false when absent."""
        value = self.get(name)
        if value is None:
            return False
        return value if isinstance(value, bool) else self.expected("true or false", value, name)

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when absent."""
        found = []
        for index, value in enumerate(self._list(name)):
            if not isinstance(value, str):
                self.expected("text", value, f"{name}[{index}]")
            found.append(value)
        return found

    def node(self, name: str) -> Node | None:
        """An object, or ``None`` when absent."""
        value = self.get(name)
        if value is None:
            return None
        return self.inner(value, name)

    def nodes(self, name: str) -> list[Node]:
        """A list of objects; empty when absent."""
        return [self.inner(v, f"{name}[{i}]") for i, v in enumerate(self._list(name))]

    def named(self, name: str) -> list[tuple[str, Node]]:
        """An object whose members are objects, sorted by their names; empty when absent."""
        outer = self.node(name)
        return [] if outer is None else sorted(outer.members(), key=lambda pair: pair[0])

    def members(self) -> Iterator[tuple[str, Node]]:
        """Each member, which must be an object, in the order of the file."""
        for key, value in self.value.items():
            yield key, self.inner({} if value is None else value, key)

    def inner(self, value: Any, name: str) -> Node:
        """*value*, which must be an object, as a node."""
        if not isinstance(value, dict):
            self.expected("an object", value, name)
        return Node(value, plugin=self.plugin, file=self.file, field=self.at(name))

    def _list(self, name: str) -> list[Any]:
        value = self.get(name)
        if value is None:
            return []
        return value if isinstance(value, list) else self.expected("a list", value, name)


def describe(value: Any) -> str:
    """A JSON value in words, for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value[:_SHOWN]!r}"
        case list():
            return "a list"
        case _:
            return "an object"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
