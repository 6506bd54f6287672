"""A registry's manifest: the plugins that it offers. Source: dispatcharr spec 2.12."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from jackfield.dialects.dispatcharr.site.hub.signatures import Verdict, judge
from jackfield.errors import InvalidInput

CAP: Final = 8 * 1024 * 1024
MAX_PLUGINS: Final = 5000
RESERVED: Final = ("official",)
"""Words in a registry's name that only the official one may have."""

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_ADDRESSES: Final = {
    "latest_url": "download_base_url",
    "url": "download_base_url",
    "manifest_url": "metadata_base_url",
    "icon_url": "metadata_base_url",
}
_SHOWN: Final = (
    "slug", "name", "description", "author", "license", "latest_version", "latest_url",
    "latest_sha256", "manifest_url", "icon_url", "min_dispatcharr_version",
    "max_dispatcharr_version", "deprecated", "last_updated", "repo_url", "discord_thread",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistryManifest:
    """What was read.

    :ivar plugins: entries with absolute addresses, each slug once.
    :ivar verdict: of its signature.
    """

    name: str
    url: str
    plugins: tuple[dict[str, Any], ...]
    verdict: Verdict


def read_manifest(data: bytes, source: str, public_key: str = "") -> RegistryManifest:
    """Read a manifest.

    :param source: the address that it came from.
    :param public_key: whose signature counts.
    :raises InvalidInput: saying what is wrong with it.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the manifest is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput(f"expected an object, found {type(value).__name__}", field="manifest")
    inner = value.get("manifest", value)
    if not isinstance(inner, dict):
        raise InvalidInput(f"expected an object, found {type(inner).__name__}", field="manifest")
    name = inner.get("registry_name")
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput("is missing; expected the registry's name", field="registry_name")
    entries = inner.get("plugins")
    if not isinstance(entries, list) or len(entries) > MAX_PLUGINS:
        found = "nothing" if entries is None else type(entries).__name__
        raise InvalidInput(
            f"expected a list of at most {MAX_PLUGINS:,} plugins, found {found}", field="plugins"
        )
    plugins: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if isinstance(entry, dict) and _SLUG.match(str(entry.get("slug", ""))):
            plugins.setdefault(str(entry["slug"]), _entry(entry, inner, source))
    url = inner.get("registry_url")
    return RegistryManifest(
        name.strip()[:200],
        url if isinstance(url, str) else "",
        tuple(plugins.values()),
        judge(inner, _signature(value), public_key),
    )


def _signature(value: Mapping[str, Any]) -> str:
    found = value.get("signature")
    return found if isinstance(found, str) and "manifest" in value else ""


def _entry(entry: Mapping[str, Any], inner: Mapping[str, Any], source: str) -> dict[str, Any]:
    found = {key: entry[key] for key in _SHOWN if key in entry}
    for key, base in _ADDRESSES.items():
        if isinstance(found.get(key), str) and found[key]:
            found[key] = absolute(found[key], _base(inner, base), source)
    found.setdefault("name", found["slug"])
    return found


def _base(inner: Mapping[str, Any], specific: str) -> str:
    for key in (specific, "root_url"):
        if isinstance(base := inner.get(key), str) and base:
            return base
    return ""


def absolute(url: str, base: str, source: str) -> str:
    """An address of a manifest: relative to its base, else to where the manifest lies."""
    if urlsplit(url).scheme:
        return url
    return urljoin(base.rstrip("/") + "/" if base else source, url.lstrip("/") if base else url)


def sounds_official(name: str) -> bool:
    """Whether a registry claims to be the project's own."""
    return any(word in name.lower() for word in RESERVED)


def detail(data: bytes, source: str, public_key: str = "") -> tuple[dict[str, Any], Verdict]:
    """The manifest of one plugin, with absolute addresses of its versions, and of its signature
    what is known.

    :raises InvalidInput: it is none.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the plugin's manifest is no JSON: {error}") from None
    inner = value.get("manifest", value) if isinstance(value, dict) else value
    if not isinstance(inner, dict):
        raise InvalidInput(f"expected an object, found {type(inner).__name__}", field="manifest")
    found = dict(inner)
    versions = found.get("versions")
    if isinstance(versions, list):
        found["versions"] = [
            {**v, "url": absolute(v["url"], _base(inner, "download_base_url"), source)}
            if isinstance(v, dict) and isinstance(v.get("url"), str)
            else v
            for v in versions
        ]
    signature = _signature(value) if isinstance(value, dict) else ""
    return found, judge(inner, signature, public_key)
