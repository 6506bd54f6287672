"""Jackfield: one host that runs the plugins of five self-hosted media ecosystems.

This module is the public surface; everything else may change without notice. Names are loaded on
first use, so that importing it costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.config import Config as Config
    from jackfield.errors import JackfieldError as JackfieldError
    from jackfield.host import Host as Host
    from jackfield.plugins.dialect import Dialect as Dialect
    from jackfield.plugins.dialect import PluginContext as PluginContext
    from jackfield.plugins.dialect import Runtime as Runtime
    from jackfield.plugins.spec import PluginSpec as PluginSpec

_HOME = {
    "Config": "jackfield.config",
    "Dialect": "jackfield.plugins.dialect",
    "Host": "jackfield.host",
    "JackfieldError": "jackfield.errors",
    "PluginContext": "jackfield.plugins.dialect",
    "PluginSpec": "jackfield.plugins.spec",
    "Runtime": "jackfield.plugins.dialect",
}

__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("jackfield")
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'jackfield' has no attribute {name!r}") from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
