"""How long a plugin's calls may take. An operator changes the first with the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from jackfield.errors import InvalidInput

ACTION_SECONDS: Final = "JACKFIELD_DISPATCHARR_ACTION_SECONDS"
MEMORY_MIB: Final = "JACKFIELD_DISPATCHARR_MEMORY_MIB"


@dataclass(frozen=True, slots=True)
class ActionLimits:
    """Seconds; zero is no limit.

    :param action: one run of an action. The original knows none; an hour is for what hangs.
    :param event: one run of an action by an event.
    :param load: import and ``Plugin()``.
    :param stop: ``stop(context)``, before the process is ended.
    """

    action: float = 3600.0
    event: float = 600.0
    load: float = 120.0
    stop: float = 10.0
    describe: float = 5.0

    @classmethod
    def chosen(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The operator's choice.

        :raises InvalidInput: the variable is no number.
        """
        seconds = number(environ, ACTION_SECONDS)
        return cls() if seconds is None else cls(action=seconds)


def number(environ: Mapping[str, str], name: str) -> float | None:
    """A number in a variable; ``None`` where it is not set.

    :raises InvalidInput: it is set to something else.
    """
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        raise InvalidInput(f"expected a number, found {text!r}", field=name)
    return found
