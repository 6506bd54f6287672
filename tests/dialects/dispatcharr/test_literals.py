from __future__ import annotations

import ast
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.literals import (
    MAX_SIZE,
    UNKNOWN,
    Budget,
    evaluate,
    is_known,
    unpacked,
)


class Names:
    """A scope of a few constants."""

    def __init__(self, **names: Any) -> None:
        self._names = names

    def name(self, name: str) -> Any:
        return self._names.get(name, UNKNOWN)

    def attribute(self, owner: str, name: str) -> Any:
        return self._names.get(f"{owner}_{name}", UNKNOWN)

    def call(self, owner: str, name: str) -> Any:
        return self._names.get(f"{name}_result", UNKNOWN)


SCOPE = Names(
    version="1.2", zones=["utc", "cet"], table={"a": 1}, self_limit=5, options_result=[1],
    n=3, pair=[("a", "A"), ("b", "B")],
)  # fmt: skip


def value(source: str, budget: Budget | None = None) -> Any:
    return evaluate(ast.parse(source, mode="eval").body, SCOPE, budget or Budget())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'a' 'b'", "ab"),
        ("'v' + version", "v1.2"),
        ("f'v{version}-{n:02d}-{version!r}'", "v1.2-03-'1.2'"),
        ("'%s of %d' % ('a', 3)", "a of 3"),
        ("'{} {x}'.format(1, x=2)", "1 2"),
        ("[*zones, 'est']", ["utc", "cet", "est"]),
        ("zones + ['x']", ["utc", "cet", "x"]),
        ("{**table, 'b': -n}", {"a": 1, "b": -3}),
        ("(1, 2) + (3,)", (1, 2, 3)),
        ("{1, 2}", {1, 2}),
        ("not n", False),
        ("1 if n else 2", 1),
        ("n and 'yes' or 'no'", "yes"),
        ("table['a']", 1),
        ("self.limit * 2", 10),
        ("options()", [1]),
        ("dict(a=1)", {"a": 1}),
        ("list(zones)", ["utc", "cet"]),
        ("str(n)", "3"),
        ("', '.join(zones)", "utc, cet"),
        ("'a b'.title()", "A B"),
        ("table.get('z', 9)", 9),
        ("list(table.keys())", ["a"]),
        ("[{'value': z, 'label': z.upper()} for z in zones if z != 'x']", [UNKNOWN, UNKNOWN]),
        ("[z.upper() for z in zones]", ["UTC", "CET"]),
        ("[k + v for k, v in pair]", ["aA", "bB"]),
        ("10 // n", 3),
    ],
)  # fmt: skip
def test_constants_are_understood(source: str, expected: Any) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "os.environ['HOME']", "open('x').read()", "missing", "lambda: 1", "f'{missing}'",
        "1 / 0", "'a' + 1", "zones[9]", "zones[0:1]", "[].pop()", "'{0.__class__}'.format(n)",
        "__import__('os')", "str(zones)", "await x", "n == 3", "f'{n:{n}}' if missing else 1",
    ],
)  # fmt: skip
def test_what_code_computes_is_unknown(source: str) -> None:
    assert value(source) is UNKNOWN


def test_a_container_keeps_what_is_known() -> None:
    assert value("{'id': 'tz', 'options': zones_of()}") == {"id": "tz", "options": UNKNOWN}
    assert value("[1, missing, 2]") == [1, UNKNOWN, 2]
    assert value("[1] + more()") == [1, UNKNOWN]
    assert value("more() + [1]") == [UNKNOWN, 1]
    assert value("{missing: 1, 'a': 2}") == {"a": 2}


@pytest.mark.parametrize(
    "source",
    [
        "'a' * 10**9", "'a' * 999999999", "[0] * 999999999", "'%999999999d' % 1",
        "'{:999999999}'.format(1)", "f'{1:999999999}'", "'{:{}}'.format(1, 10)", "'%*d' % (10, 1)",
        "','.join(['" + "x" * 9000 + "'] * 9000)", "('x' * 90000).replace('x', 'y' * 90000)",
        "str([[[0] * 1000] * 1000] * 1000)",
    ],
)  # fmt: skip
def test_nothing_grows_without_bound(source: str) -> None:
    assert value(source) is UNKNOWN


def test_the_work_is_bounded() -> None:
    budget = Budget(steps=100)
    assert not is_known(value("[" + "1," * 1000 + "]", budget))
    assert budget.left < 0
    nested = "[" * 180 + "1" + "]" * 180
    assert not is_known(value(nested))
    assert value(f"'{'a' * (MAX_SIZE + 1)}'") is UNKNOWN


def test_unpacking() -> None:
    target = ast.parse("(a, (b, c)) = 0").body[0]
    assert isinstance(target, ast.Assign)
    assert unpacked(target.targets[0], (1, [2, 3])) == {"a": 1, "b": 2, "c": 3}
    assert unpacked(target.targets[0], (1,)) is None
    assert unpacked(target.targets[0], UNKNOWN) == {"a": UNKNOWN, "b": UNKNOWN, "c": UNKNOWN}
    assert unpacked(ast.parse("a.b").body[0].value, 1) is None  # type: ignore[attr-defined]


def test_lists_that_hold_each_other_are_cut() -> None:
    found = value("[[[0] * 1000] * 1000] * 1000")
    assert found == [UNKNOWN] * 1000
