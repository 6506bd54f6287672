"""Files of scenarios, whatever their dialect."""

from __future__ import annotations

import msgspec
import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.scenario_file import read_scenarios


class Step(msgspec.Struct, forbid_unknown_fields=True):
    one: int | None = None
    two: str | None = None
    more: bool = False


class Tale(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    events: list[Step] = []


def read(text: str | bytes) -> list[Tale]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_scenarios(data, Tale, ("one", "two"))


def test_scenarios_are_read() -> None:
    (first, second) = read(
        b'\xef\xbb\xbf[{"name": "a", "events": [{"one": 0, "more": true}, {"two": ""}]},'
        b' {"name": "b"}]'
    )
    assert first == Tale("a", [Step(one=0, more=True), Step(two="")])
    assert second == Tale("b")
    assert read("[]") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no list of scenarios: "),
        (b"\xff", "is no list of scenarios: "),
        ("[" * 100_000, "is no list of scenarios: "),
        ("{}", "Expected `array`, got `object`"),
        ('[{"name": "a"}, {"name": "\\t"}]', r"^\$\[1\]\.name: is empty"),
        ('[{"name": "a", "tale": 1}]', "unknown field `tale`"),
        ('[{"name": "a", "events": [{"one": 1}, {}]}]',
         r"^\$\[0\]\.events\[1\]: expected exactly one of one, two, found none$"),
        ('[{"name": "a", "events": [{"one": 1, "two": "x"}]}]', "found one and two$"),
    ],
)  # fmt: skip
def test_what_is_none_says_where(text: str | bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read(text)
