"""What the host lends to plugins, looked up by type.

The core does not know which services exist: they live a floor above. A dialect asks for the
protocol that it needs and gets the implementation that this host was composed with: the real
one under ``serve``, a recording one in a scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, cast

from jackfield.errors import Unavailable

T = TypeVar("T")


class ServiceTable:
    """An immutable map from a service's protocol to its implementation."""

    __slots__ = ("_services",)

    def __init__(self, services: dict[type, Any] | None = None) -> None:
        self._services = dict(services or {})

    def get(self, kind: type[T]) -> T:
        """The implementation of *kind*.

        :raises Unavailable: this host lends no such service.
        """
        try:
            return cast(T, self._services[kind])
        except KeyError:
            raise Unavailable(f"this host lends no {kind.__name__} service") from None

    def find(self, kind: type[T]) -> T | None:
        """The implementation of *kind*, or ``None``."""
        return self._services.get(kind)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._services.values())

    def replaced(self, services: dict[type, Any]) -> ServiceTable:
        """A new table in which *services* take the place of, or join, these."""
        return ServiceTable({**self._services, **services})
