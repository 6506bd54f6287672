"""A plugin's settings: the schema that it declares and the values that an operator stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jackfield.errors import InvalidInput

FieldType = Literal["string", "number", "boolean", "select", "text", "info", "json"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a ``select`` field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing that an operator can set.

    :param type: ``text`` is a string of many lines, ``info`` shows text and holds no value.
    :param secret: written, never read back over any interface.
    """

    id: str
    type: FieldType = "string"
    label: str = ""
    description: str = ""
    default: Any = None
    choices: tuple[Choice, ...] = ()
    secret: bool = False

    def check(self, value: Any, *, plugin: str) -> Any:
        """Return *value* if it fits the type.

        :raises InvalidInput: naming the plugin, this field, what was found and expected.
        """
        good: bool
        match self.type:
            case "boolean":
                good = isinstance(value, bool)
            case "number":
                good = isinstance(value, int | float) and not isinstance(value, bool)
            case "json":
                good = True
            case "select":
                good = isinstance(value, str) and value in {c.value for c in self.choices}
            case _:
                good = isinstance(value, str)
        if good:
            return value
        expected = self.type
        if self.type == "select":
            expected = "one of " + ", ".join(repr(c.value) for c in self.choices)  # type: ignore[assignment]
        raise InvalidInput(f"expected {expected}, found {value!r}", plugin=plugin, field=self.id)


@dataclass(frozen=True, slots=True)
class SettingsSchema:
    """The fields of one plugin, in the order in which a form shows them.

    :param open: the fields are a proposal: ids that are none of theirs, and values that do not
        fit, are kept and handed to the plugin as they are (dispatcharr spec 2.4).
    """

    fields: tuple[SettingField, ...] = ()
    open: bool = False

    def __iter__(self) -> Iterator[SettingField]:
        return iter(self.fields)

    def __bool__(self) -> bool:
        return bool(self.fields)

    def get(self, field_id: str) -> SettingField | None:
        """The field with that id."""
        return next((f for f in self.fields if f.id == field_id), None)

    def check(self, values: Mapping[str, Any], *, plugin: str) -> dict[str, Any]:
        """Check an operator's values against the fields; open ones let everything pass.

        :raises InvalidInput: an unknown id, or a value of the wrong type.
        """
        if self.open:
            return dict(values)
        checked = {}
        for key, value in values.items():
            field = self.get(key)
            if field is None or field.type == "info":
                known = ", ".join(f.id for f in self.fields if f.type != "info") or "none"
                raise InvalidInput(f"no such setting; known: {known}", plugin=plugin, field=key)
            checked[key] = field.check(value, plugin=plugin)
        return checked

    def usable(self, stored: Mapping[str, Any], *, plugin: str) -> dict[str, Any]:
        """The stored values that still fit; an update may have changed a field's type."""
        if self.open:
            return dict(stored)
        usable = {}
        for key, value in stored.items():
            field = self.get(key)
            if field is None or field.type == "info":
                continue
            try:
                usable[key] = field.check(value, plugin=plugin)
            except InvalidInput:
                continue
        return usable

    def effective(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The stored values over the defaults, one entry a field that holds a value; with open
        fields also what is stored beside them."""
        values = {f.id: stored.get(f.id, f.default) for f in self.fields if f.type != "info"}
        return {**values, **stored} if self.open else values

    def public(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """As :meth:`effective`, with each secret replaced by whether it is set."""
        values = self.effective(stored)
        for f in self.fields:
            if f.secret:
                values[f.id] = {"secret": True, "set": bool(values[f.id])}
        return values
