"""How the permissions of a plugin are shown and asked about."""

from __future__ import annotations

from typing import Any

from jackfield.cli.output import indent, table
from jackfield.errors import InvalidInput

_MARK = {"granted": " (granted)", "refused": " (refused)", "open": ""}


def asked_permissions(plugin: dict[str, Any], *, open_only: bool = False) -> list[str]:
    """Lines that say what a plugin asks for, what that means and how much is at stake."""
    asks = [a for a in plugin["asks"] if not open_only or a["answer"] == "open"]
    if not asks:
        return [] if open_only else ["It asks for no permissions."]
    rows = [(a.get("granted") or a["permission"], a["risk"], a["title"] + _MARK[a["answer"]])
            for a in asks]  # fmt: skip
    lines = ["It asks for:", *(indent(line) for line in table(rows))]
    for ask in asks:
        for one in ask.get("lesser", ()):
            if ask.get("granted") != one["permission"]:
                lines += [f"You may grant less, with --grant '{one['permission']}':"]
                lines += [indent(one["title"])]
    return lines


def parse_grant(text: str) -> list[str] | str:
    """``all``, or permissions separated by commas that stand outside of parentheses.

    :raises InvalidInput: the text holds no permission.
    """
    if text.strip() == "all":
        return "all"
    parts, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    found = [part.strip() for part in parts if part.strip()]
    if not found:
        raise InvalidInput(
            "names no permission", field="--grant", hint="--grant all, or --grant NAME,NAME"
        )
    return found
