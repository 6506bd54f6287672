from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.application.stream.limits import Limits


def test_the_operators_settings_are_taken() -> None:
    limits = Limits().with_settings({"channel_shutdown_delay": "5", "buffering_timeout": 20})
    assert limits.shutdown_delay == 5 and limits.silence == 20
    assert Limits().with_settings({}) == Limits()


@pytest.mark.parametrize("value", [None, "soon", -1, 10**9, float("nan"), [], {}])
def test_what_makes_no_sense_is_not(value: Any) -> None:
    said = {"channel_shutdown_delay": value, "buffering_timeout": value}
    assert Limits().with_settings(said) == Limits()
