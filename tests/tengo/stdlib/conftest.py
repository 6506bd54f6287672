"""Loading one standard module without the language around it."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jackfield.tengo.stdlib import ModuleContext

if TYPE_CHECKING:
    from collections.abc import Callable

MAX = 2**31 - 1


@pytest.fixture
def printed() -> list[str]:
    """What loaded modules have printed."""
    return []


@pytest.fixture
def load(printed: list[str]) -> Callable[..., Any]:
    """``load(name, level=, string_bytes=, bytes_length=)``: the module's members as attributes."""

    def build(
        name: str, level: str = "head", string_bytes: int = MAX, bytes_length: int = MAX
    ) -> Any:
        module = importlib.import_module(f"jackfield.tengo.stdlib.{name}_module")
        context = ModuleContext(level, string_bytes, bytes_length, printed.append)
        return SimpleNamespace(**module.build(context))

    return build
