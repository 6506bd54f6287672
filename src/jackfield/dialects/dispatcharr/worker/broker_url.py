"""URLs as they may be shown."""

from __future__ import annotations


def without_password(url: str) -> str:
    """The URL without the password in it."""
    scheme, separator, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    if not (separator and at):
        return url
    user = who.partition(":")[0]
    return f"{scheme}://{user}@{where}" if user else f"{scheme}://{where}"
