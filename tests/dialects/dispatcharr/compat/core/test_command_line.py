"""Filling a profile's parameters in."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


def filled(parameters: str, **values: str) -> list[str]:
    from core.command_line import filled_in

    return filled_in(parameters, **values)


def test_a_value_stays_within_its_argument() -> None:
    assert filled("-i {url} -c copy", url="a b 'c") == ["-i", "a b 'c", "-c", "copy"]


def test_within_an_argument_and_more_than_once() -> None:
    assert filled("--h=UA={a} '{a} x'", a="1") == ["--h=UA=1", "1 x"]


def test_what_nobody_gives_stays() -> None:
    assert filled("#std{access=file} {other}", url="u") == ["#std{access=file}", "{other}"]
