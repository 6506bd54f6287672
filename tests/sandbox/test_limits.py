from __future__ import annotations

import dataclasses
import itertools

import pytest

from jackfield.sandbox import Limits
from jackfield.sandbox.limits import MAX_STACK_BYTES


def test_defaults_are_those_of_the_strictest_ecosystem():
    limits = Limits()
    assert limits.memory_bytes == 64 * 1024 * 1024
    assert limits.filter_seconds == 0.05
    assert limits.event_seconds == 0.5
    assert limits.request_seconds == 5.0
    assert limits.load_seconds == 10.0
    assert limits.register_output_bytes == 256 * 1024
    assert limits.filter_output_bytes == 1024 * 1024
    assert limits.response_output_bytes == 12 * 1024 * 1024


def test_a_limit_cannot_be_changed_later():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Limits().memory_bytes = 1


@pytest.mark.parametrize("value", [0, -1, True, "64", None, float("nan")])
def test_a_limit_must_be_a_positive_number(value):
    with pytest.raises(ValueError, match="event_seconds must be a number above 0"):
        Limits(event_seconds=value)


def test_every_limit_refuses_zero():
    for field in dataclasses.fields(Limits):
        with pytest.raises(ValueError, match=field.name):
            Limits(**{field.name: 0})


def test_every_limit_is_documented():
    import ast
    import inspect

    body = ast.parse(inspect.getsource(Limits)).body[0].body
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign):
            assert isinstance(text, ast.Expr), f"{ast.unparse(field.target)} has no docstring"


def test_a_stack_that_would_end_the_process_is_refused():
    assert Limits(stack_bytes=MAX_STACK_BYTES)
    with pytest.raises(ValueError, match="stack_bytes must be at most"):
        Limits(stack_bytes=MAX_STACK_BYTES + 1)
