"""How much a plugin that lets viewers in keeps closed (owncast spec 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from jackfield.plugins.service_table import ServiceTable
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import MemoryKeyValue

AccessMode = Literal["website-only", "website-and-stream", "website-stream-and-status"]


class GateDocument(
    msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What the operator chose."""

    access_mode: AccessMode = "website-only"

    def to_dict(self) -> dict[str, Any]:
        """As JSON: ``{"accessMode": ...}``."""
        return {"accessMode": self.access_mode}


class GateSettings:
    """One document a plugin, out of the plugin's sight."""

    def __init__(self, services: ServiceTable) -> None:
        self._settings = services.find(HostSettings) or HostSettings(MemoryKeyValue())

    def of(self, slug: str) -> GateDocument:
        """What the operator chose for that plugin."""
        return self._settings.read(f"auth-gate:{slug}", GateDocument)

    def change(self, slug: str, changes: Mapping[str, Any]) -> GateDocument:
        """Choose something else.

        :raises InvalidInput: no such member or mode.
        """
        return self._settings.change(f"auth-gate:{slug}", GateDocument, changes)
