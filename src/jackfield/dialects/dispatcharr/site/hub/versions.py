"""Compares versions as the hub does. Source: dispatcharr spec 2.12.

Numbers are compared one by one. Where a part is no number nothing can be said, so that counts as
"equal or newer": a minimum that is a pre-release blocks nobody.
"""

from __future__ import annotations


def numbers(version: str) -> list[int] | None:
    """``v1.20.3`` → [1, 20, 3]; ``None`` where a part is no number."""
    text = version.strip().removeprefix("v").removeprefix("V")
    parts = text.split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    found = [int(part[:18]) for part in parts]
    while len(found) > 1 and found[-1] == 0:
        found.pop()
    return found


def at_least(version: str, other: str) -> bool:
    """Whether *version* is *other* or newer, as far as that can be told."""
    mine, theirs = numbers(version), numbers(other)
    return mine is None or theirs is None or mine >= theirs


def is_newer(version: str, other: str) -> bool:
    """Whether *version* is newer than *other* for sure; of two that cannot be compared, whether
    they differ."""
    mine, theirs = numbers(version), numbers(other)
    if mine is None or theirs is None:
        return bool(version) and version.strip() != other.strip()
    return mine > theirs
