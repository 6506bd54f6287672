"""Fills a profile's parameters in, as arguments of a program."""

from __future__ import annotations

import shlex


def filled_in(parameters: str, **values: str) -> list[str]:
    """The arguments in *parameters*, each ``{name}`` replaced by the value of that name.

    They are split first: a value with blanks or quotes stays within its argument.
    """
    arguments = shlex.split(parameters)
    for name, value in values.items():
        arguments = [argument.replace(f"{{{name}}}", value) for argument in arguments]
    return arguments
