"""A plugin as the REST interface lists it. Source: dispatcharr spec 2.8, "List entry keys"."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from jackfield.dialects.dispatcharr import actions, fields
from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.folder import Listed
from jackfield.dialects.dispatcharr.masking import masked, masked_fields
from jackfield.plugins.dialect import InstalledPlugins

PLUGINS: Final = "/api/plugins/plugins/"

_UNMANAGED: Final[dict[str, Any]] = {
    "source_repo": None, "source_repo_name": None, "is_official_repo": False, "slug": None,
    "is_managed": False, "installed_version_is_prerelease": False, "update_available": False,
    "latest_version": None, "deprecated": False,
}  # fmt: skip


def entry(
    one: Listed,
    registry: InstalledPlugins,
    era: Era,
    base: str,
    managed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One entry, with the keys of every era in their order.

    :param base: the site's own address.
    :param managed: what the hub says of it.
    """
    spec, state = one.spec, one.state
    stored = registry.stored_settings(one.slug) if state is not None else {}
    details = spec.details if spec is not None else {}
    texts = details.get("texts") or {}
    raw_fields = [] if one.missing else list(details.get("fields") or ())
    raw_actions = [] if one.missing else list(details.get("actions") or ())
    if era == "current":
        raw_fields = fields.normalised(raw_fields)
        raw_actions = actions.normalised(raw_actions)
    enabled = state is not None and state.enabled
    ever = enabled or (state is not None and registry.ever_enabled(one.slug))
    logo = spec is not None and spec.icon and not one.missing
    found: dict[str, Any] = {
        "key": one.key,
        "name": texts.get("name", spec.name if spec is not None else one.name),
        "version": texts.get("version", ""),
        "description": texts.get("description", ""),
        "enabled": enabled,
        "ever_enabled": ever,
        "fields": masked_fields(raw_fields),
        "settings": masked(details.get("fields") or (), stored),
        "actions": raw_actions,
        "missing": one.missing,
        "author": texts.get("author", ""),
        "help_url": texts.get("help_url", ""),
        "trusted": ever,
        "loaded": state is not None and state.state == "running" and not one.missing,
        "legacy": not details.get("has_manifest", False),
        "logo_url": f"{base}{PLUGINS}{quote(one.key)}/logo/" if logo else None,
        **_UNMANAGED,
        **(managed or {}),
    }
    if error := error_of(one):
        found["error"] = error
    return found


def error_of(one: Listed) -> str:
    """Why the plugin cannot run; empty for one that can."""
    if one.missing:
        return f"its directory {one.folder} is gone"
    if one.error:
        return one.error
    if one.state is not None and one.state.state in ("failed", "suspended"):
        return one.state.last_error or one.state.reason
    return str(one.spec.details.get("error") or "") if one.spec is not None else ""
