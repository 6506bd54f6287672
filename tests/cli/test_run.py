from __future__ import annotations

import pytest

from jackfield.cli.run import parse_params
from jackfield.errors import InvalidInput


def test_values_are_json_where_they_are_some() -> None:
    pairs = ["limit=5", "name=BBC One", 'deep={"a": [1]}', "on=true", "empty=", "eq=a=b"]
    assert parse_params(pairs, None) == {
        "limit": 5, "name": "BBC One", "deep": {"a": [1]}, "on": True, "empty": "", "eq": "a=b",
    }  # fmt: skip


def test_single_values_win_over_the_object() -> None:
    assert parse_params(["a=2"], '{"a": 1, "b": 1}') == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("pairs", "whole", "says"),
    [
        (["a"], None, "--param: expected KEY=VALUE, found 'a'"),
        (["=a"], None, "--param: expected KEY=VALUE, found '=a'"),
        ([], "{", "--params-json: is not JSON"),
        ([], "[1]", r"--params-json: expected an object, found \[1\]"),
    ],
)
def test_what_is_no_parameter(pairs: list[str], whole: str | None, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse_params(pairs, whole)
