"""CPython in WebAssembly: runs plugin code that can reach nothing but the functions lent to it.

`EngineCache` compiles and loads the engine, `Instance` is one plugin in it. This package knows no
dialect; see ``docs/sandbox.md``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jackfield.sandbox.errors import (
    CallAborted,
    EngineUnavailable,
    LimitExceeded,
    PluginCrashed,
    PluginRaised,
    SandboxError,
)
from jackfield.sandbox.interruption import Interruption
from jackfield.sandbox.limits import Limits

if TYPE_CHECKING:
    from jackfield.sandbox.cache import EngineCache
    from jackfield.sandbox.engine import Engine
    from jackfield.sandbox.instance import Instance

__all__ = [
    "CallAborted",
    "Engine",
    "EngineCache",
    "EngineUnavailable",
    "Instance",
    "Interruption",
    "LimitExceeded",
    "Limits",
    "PluginCrashed",
    "PluginRaised",
    "SandboxError",
]

# These import wasmtime, which maps 30 MB: only when used.
_LAZY = {"Engine": "engine", "EngineCache": "cache", "Instance": "instance"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
