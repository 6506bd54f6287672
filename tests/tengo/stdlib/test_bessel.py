"""Bessel functions: known values, and the identity that ties the two kinds together."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import bessel

INF, NAN = math.inf, math.nan


def test_native_values() -> None:
    assert bessel.j0(1.0) == 0.7651976865579666
    assert bessel.j1(1.0) == 0.4400505857449335
    assert bessel.jn(2, 1.0) == 0.11490348493190049
    assert bessel.y0(1.0) == 0.08825696421567697
    assert bessel.y1(1.0) == -0.7812128213002887
    assert bessel.yn(2, 1.0) == -1.6506826068162543


@pytest.mark.parametrize(
    ("got", "value"),
    [
        (bessel.j0(0.0), 1.0),
        (bessel.j0(INF), 0.0),
        (bessel.j0(1e-9), 1.0),
        (bessel.j0(1e-5), 1 - 0.25e-10),
        (bessel.j1(0.0), 0.0),
        (bessel.j1(-INF), 0.0),
        (bessel.j1(2e-9), 1e-9),
        (bessel.j1(-1.0), -bessel.j1(1.0)),
        (bessel.j1(-3.0), -bessel.j1(3.0)),
        (bessel.j0(-3.0), bessel.j0(3.0)),
        (bessel.y0(0.0), -INF),
        (bessel.y0(INF), 0.0),
        (bessel.y1(0.0), -INF),
        (bessel.y1(INF), 0.0),
        (bessel.jn(0, 1.0), bessel.j0(1.0)),
        (bessel.jn(1, 1.0), bessel.j1(1.0)),
        (bessel.jn(3, 0.0), 0.0),
        (bessel.jn(-3, 2.0), -bessel.jn(3, 2.0)),
        (bessel.jn(3, -2.0), -bessel.jn(3, 2.0)),
        (bessel.jn(2, -2.0), bessel.jn(2, 2.0)),
        (bessel.jn(5, INF), 0.0),
        (bessel.jn(40, 1e-10), 0.0),
        (bessel.jn(2, 1e-10), 1e-20 / 8),
        (bessel.yn(0, 1.0), bessel.y0(1.0)),
        (bessel.yn(1, 1.0), bessel.y1(1.0)),
        (bessel.yn(-1, 1.0), -bessel.y1(1.0)),
        (bessel.yn(3, 0.0), -INF),
        (bessel.yn(-3, 0.0), INF),
        (bessel.yn(2, INF), 0.0),
        (bessel.yn(5000, 0.001), -INF),
        (bessel.yn(-3, 2.0), -bessel.yn(3, 2.0)),
    ],
)
def test_special_cases(got: float, value: float) -> None:
    assert got == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "got",
    [
        bessel.j0(NAN),
        bessel.j1(NAN),
        bessel.jn(2, NAN),
        bessel.y0(-1.0),
        bessel.y1(NAN),
        bessel.y0(NAN),
        bessel.y1(-1.0),
        bessel.yn(2, -1.0),
    ],
)
def test_not_a_number(got: float) -> None:
    assert math.isnan(got)


@given(st.floats(1e-3, 1e6))
def test_wronskian(x: float) -> None:
    scaled = (bessel.j1(x) * bessel.y0(x) - bessel.j0(x) * bessel.y1(x)) * math.pi * x / 2
    assert scaled == pytest.approx(1, rel=1e-10)


@given(st.integers(2, 30), st.floats(0.5, 100))
def test_wronskian_of_higher_orders(order: int, x: float) -> None:
    j, y = bessel.jn, bessel.yn
    scaled = (j(order, x) * y(order - 1, x) - j(order - 1, x) * y(order, x)) * math.pi * x / 2
    assert scaled == pytest.approx(1, rel=1e-7)


@pytest.mark.parametrize("x", [1e39, 1e100, 1e200])
def test_far_out_the_waves_are_bounded(x: float) -> None:
    bound = math.sqrt(2 / (math.pi * x)) * 1.01
    values = (
        bessel.j0(x),
        bessel.j1(x),
        bessel.y0(x),
        bessel.y1(x),
        bessel.jn(3, x),
        bessel.yn(4, x),
    )
    assert all(abs(value) <= bound for value in values)


def test_very_high_order_underflows_without_overflow_on_the_way() -> None:
    assert bessel.jn(300, 1.0) == 0.0
    assert 0 < bessel.jn(150, 1.0) < 1e-300 or bessel.jn(150, 1.0) == 0.0
