"""Arguments and results between two processes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from jackfield.dialects.dispatcharr.worker.values import from_plain, to_plain


@pytest.mark.parametrize(
    "value",
    [
        None, 1, 1.5, "ü", [1, [2]], {"a": {"b": None}},
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), date(2026, 1, 2), Decimal("1.10"),
        UUID(int=5), {"when": [datetime(2026, 1, 2, tzinfo=UTC)]},
    ],
)  # fmt: skip
def test_what_celery_carries_goes_there_and_back(value: Any) -> None:
    plain = to_plain(value)
    json.dumps(plain)
    assert from_plain(plain) == value


@pytest.mark.parametrize("value", [object(), {"a": {object()}}, [lambda: None]])
def test_what_it_does_not_carry_is_named(value: Any) -> None:
    with pytest.raises(TypeError, match="a task takes and gives back JSON only"):
        to_plain(value)
