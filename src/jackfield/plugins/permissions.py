"""Permissions: the right to use a service, with parameters.

A plugin declares what it wants, the operator grants all or a part, and the dialect hands over
only what was granted: what is not granted is not there. A :class:`Permission` is a name with
parameters, each a set of texts, written ``network.fetch(hosts=api.example.com,*.example.org)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jackfield.errors import InvalidInput

_FORM = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)(?:\((?P<params>[^()]*)\))?\Z")


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One right, such as ``chat.send`` or ``network.fetch(hosts=…)``.

    :param parameters: what the right is limited to: pairs of a parameter's name and its sorted
        texts. In a respect that is not named the right is not limited.
    """

    name: str
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, name: str, **parameters: Iterable[str]) -> Permission:
        """Make one: ``Permission.of("network.fetch", hosts=["api.example.com"])``."""
        return cls(name, tuple(sorted((k, tuple(sorted(set(v)))) for k, v in parameters.items())))

    @classmethod
    def parse(cls, text: str) -> Permission:
        """Read the written form.

        :raises InvalidInput: the text has another form.
        """
        match = _FORM.match(text.strip())
        if match is None:
            raise InvalidInput(
                f"{text!r} is not a permission; expected name or name(parameter=value,value)"
            )
        parameters: dict[str, list[str]] = {}
        for part in filter(None, (match["params"] or "").split(";")):
            key, equals, values = part.partition("=")
            if not equals or not key.strip():
                raise InvalidInput(f"{text!r}: expected parameter=value,value, found {part!r}")
            parameters[key.strip()] = [v.strip() for v in values.split(",") if v.strip()]
        return cls.of(match["name"], **parameters)

    def __str__(self) -> str:
        if not self.parameters:
            return self.name
        inner = ";".join(f"{key}={','.join(values)}" for key, values in self.parameters)
        return f"{self.name}({inner})"

    def values(self, parameter: str) -> tuple[str, ...] | None:
        """What the right is limited to in that respect; ``None`` where it is not limited."""
        return dict(self.parameters).get(parameter)

    def covers(self, wanted: Permission) -> bool:
        """Whether this right, once granted, includes all of the *wanted* one."""
        if self.name != wanted.name:
            return False
        for parameter, allowed in self.parameters:
            asked = wanted.values(parameter)
            if asked is None or not set(asked) <= set(allowed):
                return False
        return True


class Grants:
    """The rights an operator gave to one plugin: an immutable set, at most one right a name."""

    __slots__ = ("_by_name",)

    def __init__(self, permissions: Iterable[Permission] = ()) -> None:
        self._by_name = {p.name: p for p in permissions}

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Grants:
        """Read written forms, as the store and the command line hold them."""
        return cls(Permission.parse(t) for t in texts)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Permission]:
        return iter(sorted(self._by_name.values()))

    def __len__(self) -> int:
        return len(self._by_name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grants) and self.texts() == other.texts()

    def __hash__(self) -> int:
        return hash(self.texts())

    def __repr__(self) -> str:
        return f"Grants({', '.join(self.texts())})"

    def get(self, name: str) -> Permission | None:
        """The granted right of that name, with the parameters it is limited to."""
        return self._by_name.get(name)

    def texts(self) -> tuple[str, ...]:
        """The written forms, sorted; :meth:`parse` reads them back."""
        return tuple(str(p) for p in self)

    def missing(self, wanted: Iterable[Permission]) -> tuple[Permission, ...]:
        """What of *wanted* is not covered: the growth that needs the operator's approval."""
        return tuple(
            p for p in wanted if (own := self._by_name.get(p.name)) is None or not own.covers(p)
        )
