"""An account's filters: which entries of its playlist are taken.

Source: dispatcharr spec 6 (filters): the first that matches decides, no match keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

Decision = Callable[[str, str, str], bool]
"""Whether to keep the entry of this name, address and group."""


def decision(filters: Iterable[Any], problem: Callable[[str], None]) -> Decision | None:
    """What *filters* (rows of ``M3UFilter``, in order) decide; None when they decide nothing.

    A filter ignores case unless its ``custom_properties`` have ``case_sensitive``.

    :param problem: told of each filter whose pattern is none; such a filter matches nothing.
    """
    rules: list[tuple[int, re.Pattern[str], bool]] = []
    place = {"name": 0, "url": 1, "group": 2}
    for row in filters:
        flags = 0 if (row.custom_properties or {}).get("case_sensitive") else re.IGNORECASE
        try:
            rules.append(
                (place[row.filter_type], re.compile(row.regex_pattern, flags), row.exclude)
            )
        except (re.error, KeyError) as error:
            problem(f"filter {row.regex_pattern!r} is not used: {error}")
    if not rules:
        return None

    def keep(name: str, url: str, group: str) -> bool:
        values = (name, url, group)
        for index, pattern, exclude in rules:
            if pattern.search(values[index]):
                return not exclude
        return True

    return keep
