"""Reading a manifest's JSON the way its original host does (owncast spec 0.3 and 1.1).

Member names match whatever their case, of members that match alike the last wins, unknown ones
are ignored, ``null`` counts as absent, and a value of the wrong type is an error that names the
file, the field, what was found and what was expected.

Stricter than the original in two things that no author does on purpose: one object must not have
two members of the very same name, and texts must be text (no half of a surrogate pair).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, NoReturn

from jackfield.errors import ManifestError

FILE = "plugin.manifest.json"
_SHOWN = 60
_EXPECTED = {
    "Expecting value": "expected a value",
    "Expecting property name enclosed in double quotes": (
        "expected a member's name in double quotes (after the last member there is no comma)"
    ),
    "Expecting ',' delimiter": "expected a comma, or the end of the list or object,",
    "Expecting ':' delimiter": "expected a colon",
    "Illegal trailing comma before end of object": "there is a comma after the last member",
    "Illegal trailing comma before end of array": "there is a comma after the last entry",
    "Extra data": "expected nothing more after the object",
}
"""What the parser says, in words that name what was expected."""


def parse(data: bytes, *, plugin: str, file: str = FILE) -> Node:
    """The manifest's outermost object.

    :param plugin: what to call the plugin in messages.
    :raises ManifestError: not UTF-8, not JSON, or not an object.
    """
    refuse = partial(ManifestError, plugin=plugin, file=file)
    if not data.strip():
        raise refuse("is empty; expected a JSON object")
    try:
        value = json.loads(
            data.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_members
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise refuse(f"is not UTF-8 text (byte {error.start})") from None
    except UnicodeEncodeError as error:
        found = error.object[error.start].encode("ascii", "backslashreplace").decode()
        before = error.object[max(0, error.start - _SHOWN // 2) : error.start]
        raise refuse(f"has {found} after {before!r}, which is half a character") from None
    except json.JSONDecodeError as error:
        what = _EXPECTED.get(error.msg, error.msg)
        where = f"line {error.lineno}, column {error.colno}"
        raise refuse(f"is not JSON: {what} at {where}") from None
    except _Twice as error:
        raise refuse(
            "is there twice in one object", field=str(error), hint="keep one of the two"
        ) from None
    except RecursionError:
        raise refuse("is not JSON that can be read: it is nested too deep") from None
    except ValueError as error:
        raise refuse(f"is not JSON: {error}") from None
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

    def nodes(self, name: str, what: str = "a list") -> list[Node]:
        """A list of objects; empty when absent.

        :param what: what to say is expected, where other forms are taken too.
        """
        return [self.inner(v, f"{name}[{i}]") for i, v in enumerate(self._list(name, what))]

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

    def _list(self, name: str, what: str = "a list") -> list[Any]:
        value = self.get(name)
        if value is None:
            return []
        return value if isinstance(value, list) else self.expected(what, value, name)


def describe(value: Any) -> str:
    """A JSON value in words, for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case "":
            return "an empty text"
        case str():
            return f"the text {value[:_SHOWN]!r}"
        case list():
            return "a list"
        case _:
            return "an object"


class _Twice(ValueError):
    """Two members of one name."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _Twice(name[:_SHOWN])
        members[name] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
