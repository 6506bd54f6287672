"""Floating-point functions: special cases by rule, values close to the C library's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import gomath

INF, NAN = math.inf, math.nan
SMALL = st.floats(-700, 700)


def same(a: float, b: float) -> bool:
    """Equal, NaN to NaN, and 0 not to -0."""
    return (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))


@pytest.mark.parametrize(
    ("work", "arguments", "value"),
    [
        (gomath.tan, (1.0,), 1.557407724654902),
        (gomath.atanh, (0.5,), 0.5493061443340548),
        (gomath.cbrt, (27.0,), 3.0),
        (gomath.gamma, (-1.5,), 2.363271801207355),
        (gomath.log10, (1000.0,), 3.0),
        (gomath.log2, (8.0,), 3.0),
        (gomath.pow, (2.0, 10.0), 1024.0),
        (gomath.sin, (1.0,), 0.8414709848078965),
        (gomath.cos, (1.0,), 0.5403023058681398),
        (gomath.hypot, (3.0, 4.0), 5.0),
        (gomath.gamma, (5.0,), 24.0),
    ],
)
def test_native_values(
    work: Callable[..., float], arguments: tuple[float, ...], value: float
) -> None:
    assert work(*arguments) == value


SPECIAL: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (gomath.exp, (1000.0,), INF),
    (gomath.exp, (-INF,), 0.0),
    (gomath.exp2, (2000.0,), INF),
    (gomath.expm1, (1e9,), INF),
    (gomath.log, (0.0,), -INF),
    (gomath.log, (-1.0,), NAN),
    (gomath.log, (INF,), INF),
    (gomath.log1p, (-1.0,), -INF),
    (gomath.log1p, (-2.0,), NAN),
    (gomath.log1p, (NAN,), NAN),
    (gomath.log2, (0.0,), -INF),
    (gomath.log10, (-1.0,), NAN),
    (gomath.log2, (INF,), INF),
    (gomath.sqrt, (-1.0,), NAN),
    (gomath.sqrt, (-0.0,), -0.0),
    (gomath.sin, (-0.0,), -0.0),
    (gomath.sin, (INF,), NAN),
    (gomath.cos, (INF,), NAN),
    (gomath.cos, (0.0,), 1.0),
    (gomath.tan, (-0.0,), -0.0),
    (gomath.tan, (NAN,), NAN),
    (gomath.asin, (2.0,), NAN),
    (gomath.asin, (-0.0,), -0.0),
    (gomath.acos, (2.0,), NAN),
    (gomath.atan, (INF,), math.pi / 2),
    (gomath.atan, (-0.0,), -0.0),
    (gomath.atan, (NAN,), NAN),
    (gomath.atan2, (0.0, -1.0), math.pi),
    (gomath.atan2, (-0.0, -1.0), -math.pi),
    (gomath.atan2, (1.0, 0.0), math.pi / 2),
    (gomath.atan2, (INF, INF), math.pi / 4),
    (gomath.sinh, (-0.0,), -0.0),
    (gomath.sinh, (-INF,), -INF),
    (gomath.sinh, (1e4,), INF),
    (gomath.cosh, (-INF,), INF),
    (gomath.tanh, (-100.0,), -1.0),
    (gomath.tanh, (-0.0,), -0.0),
    (gomath.tanh, (NAN,), NAN),
    (gomath.asinh, (-INF,), -INF),
    (gomath.asinh, (-0.0,), -0.0),
    (gomath.acosh, (0.5,), NAN),
    (gomath.acosh, (1.0,), 0.0),
    (gomath.acosh, (INF,), INF),
    (gomath.atanh, (1.0,), INF),
    (gomath.atanh, (-1.0,), -INF),
    (gomath.atanh, (2.0,), NAN),
    (gomath.atanh, (-0.0,), -0.0),
    (gomath.pow, (NAN, 0.0), 1.0),
    (gomath.pow, (1.0, NAN), 1.0),
    (gomath.pow, (0.0, -1.0), INF),
    (gomath.pow, (-0.0, -3.0), -INF),
    (gomath.pow, (-0.0, -2.0), INF),
    (gomath.pow, (-0.0, 3.0), -0.0),
    (gomath.pow, (0.0, -INF), INF),
    (gomath.pow, (0.0, INF), 0.0),
    (gomath.pow, (-1.0, INF), 1.0),
    (gomath.pow, (0.5, INF), 0.0),
    (gomath.pow, (2.0, -INF), 0.0),
    (gomath.pow, (-INF, 3.0), -INF),
    (gomath.pow, (-INF, -3.0), -0.0),
    (gomath.pow, (-8.0, 1 / 3), NAN),
    (gomath.pow, (2.0, NAN), NAN),
    (gomath.pow, (4.0, 0.5), 2.0),
    (gomath.pow, (4.0, -0.5), 0.5),
    (gomath.pow, (-1.0, 1e300), 1.0),
    (gomath.pow, (2.0, 1e300), INF),
    (gomath.pow, (0.5, 1e300), 0.0),
    (gomath.pow, (1e200, 2.0), INF),
    (gomath.pow, (1e-200, -2.0), INF),
    (gomath.pow, (1e200, 1000.0), INF),
    (gomath.pow, (-2.0, 3.0), -8.0),
    (gomath.pow10, (3,), 1000.0),
    (gomath.pow10, (400,), INF),
    (gomath.pow10, (-400,), 0.0),
    (gomath.ldexp, (0.5, 4), 8.0),
    (gomath.ldexp, (-1.0, 10**18), -INF),
    (gomath.ldexp, (1.0, -(10**18)), 0.0),
    (gomath.cbrt, (-8.0,), -2.0),
    (gomath.cbrt, (-0.0,), -0.0),
    (gomath.cbrt, (INF,), INF),
    (gomath.hypot, (INF, NAN), INF),
    (gomath.hypot, (NAN, 1.0), NAN),
    (gomath.hypot, (0.0, 0.0), 0.0),
    (gomath.hypot, (1e200, 1e200), 1e200 * math.sqrt(2)),
    (gomath.gamma, (0.0,), INF),
    (gomath.gamma, (-0.0,), -INF),
    (gomath.gamma, (-1.0,), NAN),
    (gomath.gamma, (-INF,), NAN),
    (gomath.gamma, (INF,), INF),
    (gomath.gamma, (200.5,), INF),
    (gomath.gamma, (2.0,), 1.0),
    (gomath.gamma, (-200.5,), -0.0),
    (gomath.floor, (-1.5,), -2.0),
    (gomath.floor, (-0.0,), -0.0),
    (gomath.ceil, (-0.5,), -0.0),
    (gomath.ceil, (1.2,), 2.0),
    (gomath.trunc, (-0.7,), -0.0),
    (gomath.trunc, (INF,), INF),
    (gomath.floor, (NAN,), NAN),
    (gomath.ilogb, (8.0,), 3),
    (gomath.ilogb, (0.0,), -(2**31)),
    (gomath.ilogb, (INF,), 2**31 - 1),
    (gomath.ilogb, (5e-324,), -1074),
    (gomath.logb, (8.0,), 3.0),
    (gomath.logb, (0.0,), -INF),
    (gomath.logb, (-INF,), INF),
    (gomath.dim, (5.0, 3.0), 2.0),
    (gomath.dim, (3.0, 5.0), 0.0),
    (gomath.dim, (NAN, 1.0), NAN),
    (gomath.maximum, (1.0, NAN), NAN),
    (gomath.maximum, (NAN, INF), INF),
    (gomath.maximum, (-0.0, 0.0), 0.0),
    (gomath.maximum, (0.0, -0.0), 0.0),
    (gomath.maximum, (1.0, 2.0), 2.0),
    (gomath.minimum, (0.0, -0.0), -0.0),
    (gomath.minimum, (-0.0, 0.0), -0.0),
    (gomath.minimum, (NAN, -INF), -INF),
    (gomath.minimum, (NAN, 1.0), NAN),
    (gomath.minimum, (1.0, 2.0), 1.0),
    (gomath.mod, (-7.0, 3.0), -1.0),
    (gomath.mod, (1.0, 0.0), NAN),
    (gomath.mod, (INF, 1.0), NAN),
    (gomath.remainder, (7.0, 4.0), -1.0),
    (gomath.remainder, (1.0, 0.0), NAN),
    (gomath.signbit, (-0.0,), True),
    (gomath.signbit, (0.0,), False),
    (gomath.infinity, (0,), INF),
    (gomath.infinity, (-1,), -INF),
    (gomath.is_inf, (INF, 0), True),
    (gomath.is_inf, (-INF, 1), False),
    (gomath.is_inf, (-INF, -1), True),
    (gomath.is_inf, (1.0, 0), False),
]


@pytest.mark.parametrize(("work", "arguments", "value"), SPECIAL)
def test_special_cases(work: Callable[..., Any], arguments: tuple[Any, ...], value: Any) -> None:
    assert same(work(*arguments), value)


@pytest.mark.parametrize(
    ("name", "absolute"),
    [
        ("sin", 1e-13),
        ("cos", 1e-13),
        ("atan", 0),
        ("sinh", 0),
        ("cosh", 0),
        ("tanh", 0),
        ("asinh", 0),
    ],
)
@given(x=SMALL)
def test_close_to_the_c_library(name: str, absolute: float, x: float) -> None:
    expected = getattr(math, name)(x)
    assert math.isclose(getattr(gomath, name)(x), expected, rel_tol=1e-13, abs_tol=absolute)


@given(SMALL)
def test_tangent_and_cube_root(x: float) -> None:
    assert math.isclose(gomath.tan(x), gomath.sin(x) / gomath.cos(x), rel_tol=1e-12)
    assert math.isclose(gomath.cbrt(x) ** 3, x, rel_tol=1e-14, abs_tol=1e-300)


@pytest.mark.parametrize("name", ["asin", "acos", "atanh"])
@given(x=st.floats(-1, 1, exclude_min=True, exclude_max=True))
def test_inverse_functions_close_to_the_c_library(name: str, x: float) -> None:
    expected = getattr(math, name)(x)
    assert math.isclose(getattr(gomath, name)(x), expected, rel_tol=1e-13, abs_tol=1e-15)


@pytest.mark.parametrize("x", [2.0**29, 1e10, -1e15, 1e300])
def test_large_angles(x: float) -> None:
    assert gomath.sin(x) == math.sin(x)
    assert gomath.cos(x) == math.cos(x)
    assert gomath.tan(x) == math.tan(x)


@given(st.floats(1e-300, 1e300), st.floats(-100, 100))
def test_powers_close_to_the_c_library(x: float, y: float) -> None:
    try:
        expected = math.pow(x, y)
    except OverflowError:
        expected = INF
    if 1e-300 < expected < 1e300:
        assert math.isclose(gomath.pow(x, y), expected, rel_tol=1e-12)
    else:
        assert (gomath.pow(x, y) > 1e299) == (expected > 1)


@given(st.floats(0.01, 171))
def test_gamma_close_to_the_c_library(x: float) -> None:
    assert math.isclose(gomath.gamma(x), math.gamma(x), rel_tol=1e-12)
    if x != math.floor(x) and x < 160:
        assert math.isclose(gomath.gamma(-x), math.gamma(-x), rel_tol=1e-10)


def test_cube_roots_of_the_smallest() -> None:
    for x in (5e-324, 1e-310, 2.0**-1040):
        assert math.isclose(
            gomath.cbrt(x) * gomath.cbrt(x) * gomath.cbrt(x), x, rel_tol=1e-9, abs_tol=5e-324
        )
