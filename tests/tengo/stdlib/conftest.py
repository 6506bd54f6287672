"""Loading one standard module without the language around it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from jackfield.tengo.stdlib import ModuleContext

MAX = 2**31 - 1


@dataclass
class Loader:
    """Builds modules; what they print is kept in ``printed``."""

    printed: list[str] = field(default_factory=list)

    def __call__(
        self, name: str, level: str = "head", string_bytes: int = MAX, bytes_length: int = MAX
    ) -> Any:
        module = importlib.import_module(f"jackfield.tengo.stdlib.{name}_module")
        context = ModuleContext(level, string_bytes, bytes_length, self.printed.append)
        return SimpleNamespace(**module.build(context))


@pytest.fixture
def load() -> Loader:
    return Loader()
