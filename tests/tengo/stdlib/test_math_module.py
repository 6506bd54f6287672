"""``import("math")``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from jackfield.tengo.errors import Fault
from jackfield.tengo.values import Char

Load = Callable[..., Any]


def test_constants(load: Load) -> None:
    m = load("math")
    assert (m.e, m.pi, m.sqrt2, m.ln2) == (math.e, math.pi, math.sqrt(2), math.log(2))
    assert (m.log2E, m.log10E, m.phi) == (
        1.4426950408889634,
        0.4342944819032518,
        1.618033988749895,
    )
    assert (m.sqrtE, m.sqrtPi, m.sqrtPhi) == (
        1.6487212707001282,
        1.772453850905516,
        1.272019649514069,
    )
    assert m.maxFloat64 == 1.7976931348623157e308
    assert m.smallestNonzeroFloat64 == 5e-324
    assert m.maxFloat32 == 3.4028234663852886e38
    assert m.smallestNonzeroFloat32 == 1.401298464324817e-45
    assert (m.maxInt, m.minInt8, m.maxInt16, m.minInt64) == (2**63 - 1, -128, 32767, -(2**63))


def test_level_2_10_has_no_limits(load: Load) -> None:
    assert not hasattr(load("math", level="2.10"), "maxInt")
    assert hasattr(load("math", level="2.10"), "pi")


def test_there_is_no_round(load: Load) -> None:
    assert not hasattr(load("math"), "round")


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("abs", (-5,), 5.0),
        ("abs", ("-5.5",), 5.5),
        ("pow", (2, "10"), 1024.0),
        ("atan2", (1, -1), 2.356194490192345),
        ("copysign", (3, -0.0), -3.0),
        ("hypot", (3, 4), 5.0),
        ("jn", (2, 1), 0.11490348493190049),
        ("yn", ("2", 1), -1.6506826068162543),
        ("ldexp", (0.5, 4), 8.0),
        ("inf", (-1,), -math.inf),
        ("is_inf", (math.inf, 0), True),
        ("is_nan", (math.nan,), True),
        ("signbit", (-0.0,), True),
        ("ilogb", (8,), 3),
        ("pow10", (3,), 1000.0),
        ("nextafter", (1, 2), 1.0000000000000002),
        ("remainder", (7, 4), -1.0),
        ("mod", (-7, 3), -1.0),
        ("dim", (3, 5), 0.0),
        ("max", (1, 2), 2.0),
        ("min", (1, 2), 1.0),
        ("erf", (0.5,), 0.5204998778130465),
        ("erfc", (0.5,), 0.4795001221869535),
        ("trunc", (-1.7,), -1.0),
    ],
)
def test_functions(name: str, arguments: tuple[Any, ...], value: Any, load: Load) -> None:
    got = getattr(load("math"), name)(*arguments)
    assert got == value
    assert type(got) is type(value)


def test_every_function_of_floats_answers_anything(load: Load) -> None:
    numbers = (
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.3,
        -2.5,
        1e10,
        1e308,
        -1e308,
        5e-324,
        math.inf,
        -math.inf,
        math.nan,
    )
    for name, function in vars(load("math")).items():
        if not callable(function):
            continue
        for arguments in (
            (),
            *((x,) for x in numbers),
            *((x, y) for x in numbers for y in numbers),
        ):
            if name in ("jn", "yn") and arguments and not abs(arguments[0]) < 10:
                continue
            try:
                result = function(*arguments)
            except Fault:
                continue
            assert type(result) in (int, float, bool), (name, arguments)


def test_nan_takes_no_argument(load: Load) -> None:
    assert math.isnan(load("math").nan())


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "abs",
            (True,),
            "'first' in call to 'user-function:abs': expected float(compatible), found bool",
        ),
        (
            "abs",
            ("x",),
            "'first' in call to 'user-function:abs': expected float(compatible), found string",
        ),
        (
            "abs",
            (Char("a"),),
            "'first' in call to 'user-function:abs': expected float(compatible), found char",
        ),
        (
            "pow",
            (1, "x"),
            "'second' in call to 'user-function:pow': expected float(compatible), found string",
        ),
        (
            "jn",
            ("x", 1),
            "'first' in call to 'user-function:jn': expected int(compatible), found string",
        ),
        (
            "ldexp",
            (1, "x"),
            "'second' in call to 'user-function:ldexp': expected int(compatible), found string",
        ),
    ],
)
def test_wrong_types(name: str, arguments: tuple[Any, ...], message: str, load: Load) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("math"), name)(*arguments)
    assert caught.value.message == f"invalid type for argument {message}"


@pytest.mark.parametrize(
    ("name", "arguments"), [("abs", ()), ("pow", (1,)), ("nan", (1,)), ("sin", (1, 2))]
)
def test_wrong_counts(name: str, arguments: tuple[Any, ...], load: Load) -> None:
    with pytest.raises(Fault, match=f"wrong number of arguments in call to 'user-function:{name}'"):
        getattr(load("math"), name)(*arguments)
