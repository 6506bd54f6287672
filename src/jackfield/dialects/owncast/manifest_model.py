"""A manifest after reading: in one form, whatever form it was written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jackfield.dialects.owncast import manifest_paths
from jackfield.dialects.owncast.permissions import PERMISSIONS
from jackfield.plugins.permissions import Permission
from jackfield.plugins.settings import FieldType, SettingField, SettingsSchema
from jackfield.plugins.spec import PluginSpec

SETTING_TYPES: dict[str, FieldType] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
}


@dataclass
class Manifest:
    """A manifest that passed every rule, in one form whatever form it was written in.

    ``admin_pages`` are ``{"path", "title", "icon"?}``; ``tabs`` are ``{"slug", "title",
    "content"?}``; ``extra_page_content`` is ``{"slug"?, "content"?}``; ``actions`` are as on the
    wire. Addresses in ``styles``, ``scripts`` and every ``content`` are ``/plugins/<slug>/<file>``
    and mean the file in ``assets/``.
    """

    slug: str
    name: str
    version: str
    description: str
    bot: str
    permissions: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    config: dict[str, dict[str, Any]]
    author: str = ""
    homepage: str = ""
    category: str = ""
    admin_pages: list[dict[str, str]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    extra_page_content: dict[str, str] | None = None
    tabs: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def assets(self) -> list[str]:
        """Every file of the plugin's ``assets/`` that the manifest names, such as
        ``assets/theme.css``."""
        contents = [tab["content"] for tab in self.tabs if "content" in tab]
        if self.extra_page_content and "content" in self.extra_page_content:
            contents.append(self.extra_page_content["content"])
        addresses = dict.fromkeys((*self.styles, *self.scripts, *contents))
        return [manifest_paths.asset_file(address, self.slug) for address in addresses]

    def details(self) -> dict[str, Any]:
        """What the dialect's own parts read, as plain JSON (:attr:`PluginSpec.details`)."""
        return {
            "bot": self.bot,
            "permissions": list(self.permissions),
            "allowedHosts": list(self.allowed_hosts),
            "config": self.config,
            "adminPages": self.admin_pages,
            "actions": self.actions,
            "styles": self.styles,
            "scripts": self.scripts,
            "extraPageContent": self.extra_page_content,
            "tabs": self.tabs,
        }

    def to_spec(self, **more: Any) -> PluginSpec:
        """The manifest as the core knows it; *more* are fields that it does not decide."""
        return PluginSpec(
            dialect="owncast",
            slug=self.slug,
            name=self.name,
            version=self.version,
            description=self.description,
            author=self.author,
            homepage=self.homepage,
            category=self.category,
            permissions=_permissions(self.permissions, self.allowed_hosts),
            settings=SettingsSchema(tuple(_setting(k, v) for k, v in self.config.items())),
            **more,
        )


def _permissions(declared: Iterable[str], hosts: Iterable[str]) -> tuple[Permission, ...]:
    reached = [one for host in hosts for one in manifest_paths.host_patterns(host)]
    return tuple(
        Permission.of(name, hosts=reached) if name == "network.fetch" else Permission(name)
        for name in sorted(set(declared) & PERMISSIONS.keys())
    )


def _setting(key: str, entry: dict[str, Any]) -> SettingField:
    return SettingField(
        id=key,
        type=SETTING_TYPES.get(entry["type"], "json"),
        label=key,
        description=entry["description"],
        default=entry["default"],
    )
