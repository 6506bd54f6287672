"""A factory for plugins in the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jackfield.sandbox import Engine, Instance

Printed = list[tuple[str, str]]


@pytest.fixture
def printed() -> Printed:
    """What the plugins of this test printed: (channel, line)."""
    return []


@pytest.fixture
def load(engine: Engine, printed: Printed) -> Iterator[Callable[..., Instance]]:
    """``load(source, **options)`` makes an instance; all are closed after the test."""
    instances = []

    def make(source: str, **options: Any) -> Instance:
        options.setdefault("name", "demo")
        options.setdefault("host", lambda name, arguments: [name, *arguments])
        options.setdefault("output", lambda channel, line: printed.append((channel, line)))
        instance = Instance(engine, source, **options)
        instances.append(instance)
        return instance

    yield make
    for instance in instances:
        instance.close()
