"""How a plugin stands after a command, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def standing(plugin: Mapping[str, Any]) -> str:
    """Its state; of one that is enabled while no host runs, that it starts with the host.

    :param plugin: as :class:`~jackfield.operations.Operations` answers.
    """
    if plugin["state"] == "disabled" and plugin["enabled"]:
        return "enabled and starts with the host"
    return str(plugin["state"])
