"""``manifest.json``, read as leniently as the original does (servemsx spec 4).

A plugin with a broken manifest still runs; it is only left out of the menu (D9).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

FILE: Final = "manifest.json"
CAP: Final = 1024 * 1024
BASE_URL: Final = "{BASE_URL}"

_FIELDS: Final = {
    "label": ("Label", str),
    "image": ("Image", str),
    "icon": ("Icon", str),
    "url": ("URL", str),
    "torrent": ("Torrent", bool),
}
_GO_TYPES: Final[dict[object, str]] = {str: "string", bool: "bool"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the menu and the settings page show of a plugin.

    :param name: the folder's name.
    :param error: why it cannot be shown, in the original's words; empty for a good one.
    """

    name: str
    label: str = ""
    image: str = ""
    icon: str = ""
    url: str = ""
    torrent: bool = False
    error: str = ""

    @property
    def title(self) -> str:
        """The label, or the folder's name."""
        return self.label or self.name

    def image_for(self, base_url: str) -> str:
        """The picture's address; empty for none."""
        return self.image.replace(BASE_URL, base_url)

    def start_for(self, base_url: str) -> str:
        """The address that the menu opens."""
        return self.url.replace(BASE_URL, base_url) or base_url


def read_manifest(data: bytes | None, name: str) -> Manifest:
    """Read a manifest; never raises.

    :param data: the file's bytes; ``None`` where there is none.
    """
    if data is None:
        return Manifest(name, error=f"open plugins/{name}/{FILE}: no such file or directory")
    prefix = f"Decoding {FILE} of {name} error: "
    try:
        # What follows the first value is not read.
        text = data.decode("utf-8", "replace")
        start = len(text) - len(text.lstrip(" \t\r\n"))
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except RecursionError:
        return Manifest(name, error=prefix + "exceeded max depth")
    except ValueError as error:
        return Manifest(name, error=prefix + _json_error(data, error))
    if value is None:
        return Manifest(name)
    if not isinstance(value, dict):
        wrong = f"json: cannot unmarshal {_kind(value)} into Go value of type main.pluginf"
        return Manifest(name, error=prefix + wrong)
    found: dict[str, Any] = {}
    wrong = ""
    for key, given in value.items():
        known = _FIELDS.get(key.lower())
        if known is None or given is None:
            continue
        shown, kind = known
        if type(given) is kind:
            found[key.lower()] = given
        elif not wrong:
            wrong = (
                f"json: cannot unmarshal {_kind(given)} into Go struct field pluginf.{shown} "
                f"of type {_GO_TYPES[kind]}"
            )
    return Manifest(name, **found, error=wrong and prefix + wrong)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    names: dict[object, str] = {str: "string", list: "array", dict: "object"}
    return names[type(value)]


def _json_error(data: bytes, error: ValueError) -> str:
    from jackfield.dialects.servemsx import wire_json  # only here: it brings the language's JSON

    try:
        wire_json.decode(data)
    except wire_json.WireJsonError as native:
        text = str(native)
        if text.startswith("invalid character") and isinstance(error, json.JSONDecodeError):
            text += f" (line {error.lineno}, column {error.colno})"
        return text
    return str(error)
