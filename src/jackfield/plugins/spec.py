"""What the core knows about a plugin without running any of its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from jackfield.plugins.permissions import Permission
from jackfield.plugins.settings import SettingsSchema

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}\Z")
"""What every dialect's identifier must fit once lowered; a dialect may be stricter."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Action:
    """A button that an operator or viewer may press.

    :param confirm: the question to ask first; ``None`` asks nothing.
    """

    id: str
    label: str
    description: str = ""
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class PluginSpec:
    """A plugin as its manifest describes it. Made by :meth:`Dialect.read`, never changed.

    :param dialect: name of the dialect that reads and runs it.
    :param slug: unique in the registry, over all dialects; fits :data:`SLUG`.
    :param version: as written by the author; the core never orders versions.
    :param permissions: what the plugin asks for, sorted by name.
    :param settings: what the operator can set.
    :param icon: path of its picture inside the plugin, or ``None``.
    :param instructions: path of its Markdown help inside the plugin, or ``None``.
    :param details: facts that only its dialect reads; plain JSON.
    """

    dialect: str
    slug: str
    name: str
    version: str
    description: str = ""
    author: str = ""
    homepage: str = ""
    category: str = ""
    permissions: tuple[Permission, ...] = ()
    settings: SettingsSchema = field(default_factory=SettingsSchema)
    actions: tuple[Action, ...] = ()
    icon: str | None = None
    instructions: str | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
