from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.era import VARIABLE, current_era
from jackfield.errors import InvalidInput


@pytest.mark.parametrize(
    ("value", "era"), [("", "seed"), ("seed", "seed"), (" Current ", "current")]
)
def test_the_operator_chooses_the_era(value: str, era: str) -> None:
    assert current_era({VARIABLE: value}) == era


def test_nobody_chose() -> None:
    assert current_era({}) == "seed"


def test_an_unknown_era_is_named() -> None:
    with pytest.raises(InvalidInput, match="expected 'seed' or 'current', found 'e3'") as caught:
        current_era({VARIABLE: "E3"})
    assert caught.value.field == VARIABLE
