"""Slugs of plugins, and the addresses that a manifest may point to (owncast spec 1.2 and 1.4)."""

from __future__ import annotations

import itertools
import math
import re

SLUG = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
"""What a plugin's own slug, and that of a tab or content slot, must look like."""

SLUG_RULE = "a lower-case letter, then up to 63 lower-case letters, digits or hyphens"

ROOT = "/plugins/"

MAX_PATTERNS = 100

_SCRIPTS = ("javascript:", "vbscript:")


class PathRefused(ValueError):
    """The manifest may not point there; the text says why."""


def derive_slug(name: str) -> str:
    """The slug of a plugin or tab that only has a name.

    ASCII letters are lowered and digits kept; every run of anything else becomes one hyphen, none
    at the start or end.
    """
    return re.sub(r"[^a-z0-9]+", "-", re.sub("[A-Z]", lambda m: m[0].lower(), name)).strip("-")


def asset(path: str, slug: str, suffix: str) -> str:
    """The address of a file in the plugin's ``assets/``, as ``/plugins/<slug>/<file>``.

    :raises PathRefused: blank, on another server, of another plugin, or with another ending.
    """
    if not path.strip():
        raise PathRefused(f"is blank; expected a {suffix} file of the plugin's assets/ folder")
    if path.startswith(("http://", "https://")):
        raise PathRefused(
            f"{path!r} is on a server; expected a {suffix} file of the plugin's assets/ folder"
        )
    address = _owned(path if path.startswith("/") else f"/{path}", slug)
    if ".." in address.split("/"):
        raise PathRefused(f"{path!r} leaves the plugin's assets/ folder")
    if not address.lower().endswith(suffix):
        raise PathRefused(f"{path!r} does not end in {suffix}")
    return address


def asset_file(address: str, slug: str) -> str:
    """The file, inside the plugin, that an address made by :func:`asset` means."""
    return "assets/" + address.removeprefix(f"{ROOT}{slug}/")


def page(path: str, slug: str, *, serves: bool) -> str:
    """The address that a button or its picture points to.

    An address on a server, and a relative one, stay as they are; one that starts with ``/`` is the
    plugin's own.

    :param serves: whether the plugin asks for ``http.serve``.
    :raises PathRefused: of another plugin, its own without ``http.serve``, or no address but a
        script, which would run in the page that has the button.
    """
    # As a browser reads it: blanks and control characters do not count.
    if "".join(letter for letter in path if letter > " ").lower().startswith(_SCRIPTS):
        raise PathRefused(f"{path!r:.100} is a script; expected the address of a page")
    if not path.startswith("/"):
        return path
    address = _owned(path, slug)
    if not serves:
        raise PathRefused(
            f"{path!r} is a page of the plugin itself, which needs the permission 'http.serve'"
        )
    return address


def _owned(address: str, slug: str) -> str:
    if not address.startswith(ROOT):
        return f"{ROOT}{slug}{address}"
    owner = address.removeprefix(ROOT).partition("/")[0]
    if owner != slug:
        raise PathRefused(f"{address!r} belongs to the plugin {owner!r}, not to {slug!r}")
    return address


def host_patterns(pattern: str) -> list[str]:
    """A pattern of host names without its braces: ``{a,b}.example.org`` is two patterns.

    A granted permission is written with commas between its hosts, so none may hold one.

    :raises PathRefused: no host name or pattern of one, or more than :data:`MAX_PATTERNS`.
    """
    groups = re.split(r"\{([^{}]*)\}", pattern)
    texts, choices = groups[::2], [group.split(",") for group in groups[1::2]]
    if any(re.search(r"[\s();,={}]", part) for part in (*texts, *itertools.chain(*choices))):
        raise PathRefused(f"{pattern!r} is not a host name or a pattern of one")
    if math.prod(len(choice) for choice in choices) > MAX_PATTERNS:
        raise PathRefused(f"{pattern!r} stands for more than {MAX_PATTERNS} patterns")
    rest = texts[1:]
    return [
        texts[0] + "".join(itertools.chain(*zip(chosen, rest, strict=True)))
        for chosen in itertools.product(*choices)
    ]
