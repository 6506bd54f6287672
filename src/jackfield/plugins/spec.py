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

    :param label: its name in a list.
    :param confirm: the question to ask first; ``None`` asks nothing.
    :param confirm_title: what stands over the question.
    :param confirm_setting: id of the setting that turns the question off while it is false.
    :param button_label: what the button says, where that is not the label.
    :param variant: how the button looks, in the words of its plugin system (``outline``).
    :param color: likewise (``red``).
    :param events: names of the events that run it by themselves, in the words of its plugin system.
    """

    id: str
    label: str
    description: str = ""
    confirm: str | None = None
    confirm_title: str = ""
    confirm_setting: str = ""
    button_label: str = ""
    variant: str = ""
    color: str = ""
    events: tuple[str, ...] = ()

    def asks(self, settings: Mapping[str, Any]) -> bool:
        """Whether to ask before it runs, with these effective settings."""
        return self.confirm is not None and (
            not self.confirm_setting or bool(settings.get(self.confirm_setting))
        )


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
    :param read_from: name of the archive or folder that this version was installed from. The core
        keeps it, and hands it to the dialect whenever the installed version is read again.
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
    read_from: str = ""

    def action(self, action_id: str) -> Action | None:
        """The declared action of that id."""
        return next((action for action in self.actions if action.id == action_id), None)
