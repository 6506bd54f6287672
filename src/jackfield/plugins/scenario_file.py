"""Reading a file of scenarios, whose parts are the dialect's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from jackfield.errors import InvalidInput


class NamedScenario(Protocol):
    """What every dialect's scenario has."""

    @property
    def name(self) -> str:
        """How it is called in reports."""

    @property
    def events(self) -> Sequence[Any]:
        """Its steps."""


S = TypeVar("S", bound=NamedScenario)


def read_scenarios(data: bytes, kind: type[S], step_keys: Sequence[str]) -> list[S]:
    """The scenarios of a file.

    :param kind: the dialect's scenario; unknown members are what it makes of them.
    :param step_keys: what a step may be; each is exactly one of them.
    :raises InvalidInput: not JSON, or not in the format; the message names the place.
    """
    try:
        found: list[S] = msgspec.json.decode(
            data.removeprefix(b"\xef\xbb\xbf"),
            type=list[kind],  # type: ignore[valid-type]
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"is no list of scenarios: {error}") from None
    for number, scenario in enumerate(found):
        if not scenario.name.strip():
            raise InvalidInput(f"$[{number}].name: is empty")
        for at, step in enumerate(scenario.events):
            given = [key for key in step_keys if getattr(step, key) is not None]
            if len(given) != 1:
                raise InvalidInput(
                    f"$[{number}].events[{at}]: expected exactly one of {', '.join(step_keys)}, "
                    f"found {' and '.join(given) or 'none'}"
                )
    return found
