"""``import("enum")``, by scripts, since it is one itself."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.tengo.program import run
from jackfield.tengo.stdlib.enum_module import SOURCE
from jackfield.tengo.values import Undefined


def value_of(expression: str) -> Any:
    source = f'enum := import("enum"); out := {expression}'
    return run(source, stdlib=["enum"], level="head")["out"]


POSITIVE = "func(k, v) { return v > 0 }"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"enum.all([1, 2], {POSITIVE})", True),
        (f"enum.all([1, 0], {POSITIVE})", False),
        (f"enum.all({{}}, {POSITIVE})", True),
        (f"enum.any([0, 1], {POSITIVE})", True),
        (f"enum.any(immutable([0]), {POSITIVE})", False),
        ('enum.any({a: 1}, func(k, v) { return k == "a" })', True),
        ("enum.chunk([1, 2, 3], 2)", [[1, 2], [3]]),
        ("enum.chunk([1, 2, 3], 5)", [[1, 2, 3]]),
        ("enum.chunk([], 2)", []),
        ("enum.chunk([1], 0)", Undefined),
        ('enum.chunk("abc", 2)', Undefined),
        ("enum.at([1, 2], 1)", 2),
        ("enum.at([1, 2], 5)", Undefined),
        ('enum.at([1, 2], "1")', Undefined),
        ('enum.at({a: 1}, "a")', 1),
        ("enum.at({a: 1}, 1)", Undefined),
        ("enum.each([1], func(k, v) { return 5 })", Undefined),
        ("enum.filter([1, 2, 3], func(k, v) { return v % 2 })", [1, 3]),
        ("enum.filter(immutable([1]), func(k, v) { return true })", [1]),
        ("enum.filter({a: 1}, func(k, v) { return true })", Undefined),
        (f"enum.find([0, 5, 6], {POSITIVE})", 5),
        (f"enum.find([0], {POSITIVE})", Undefined),
        (f"enum.find_key([0, 5], {POSITIVE})", 1),
        (f"enum.find_key({{a: 0, b: 5}}, {POSITIVE})", "b"),
        ("enum.map([1, 2], func(k, v) { return k + v })", [1, 3]),
        ("enum.map({a: 1}, func(k, v) { return k + v })", ["a1"]),
        ("enum.map([1, 2], enum.key)", [0, 1]),
        ("enum.map([1, 2], enum.value)", [1, 2]),
        ("[enum.key(1, 2), enum.value(1, 2)]", [1, 2]),
        ("type_name(enum)", "immutable-map"),
    ],
)
def test_functions(expression: str, value: Any) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize("name", ["all", "any", "each", "filter", "find", "find_key", "map"])
@pytest.mark.parametrize("thing", ['"abc"', "5", "undefined", "bytes(2)"])
def test_of_anything_else_they_make_undefined(name: str, thing: str) -> None:
    assert value_of(f"enum.{name}({thing}, {POSITIVE})") is Undefined


def test_each_calls_in_order() -> None:
    source = (
        'l := []; import("enum").each(["a", "b"], func(k, v) { l = append(l, k, v) }); out := l'
    )
    assert run(source, stdlib=["enum"], level="head")["out"] == [0, "a", 1, "b"]


def test_calls_stand_where_they_natively_stand() -> None:
    lines = SOURCE.splitlines()
    places = {16: 11, 27: 10, 71: 7, 82: 10, 95: 10, 106: 10, 118: 25}
    assert {
        number: line.index("fn(k, v)") + 1
        for number, line in enumerate(lines, 1)
        if "fn(k, v)" in line
    } == places
    assert lines[43].index("idx+size") + 1 == 31
