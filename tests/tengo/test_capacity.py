from __future__ import annotations

import pytest

from jackfield.tengo import capacity


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (257, 512), (513, 848), (849, 1280)],
)
def test_literals_grow_by_ones(length: int, expected: int) -> None:
    assert capacity.of_literal(length) == expected


@pytest.mark.parametrize(
    ("size", "block"), [(0, 0), (1, 8), (33, 48), (32768, 32768), (32769, 40960)]
)
def test_blocks(size: int, block: int) -> None:
    assert capacity.rounded(size) == block


@pytest.mark.parametrize(("old", "need", "new"), [(2, 5, 5), (4, 5, 8), (0, 3, 3), (256, 257, 512)])
def test_growth(old: int, need: int, new: int) -> None:
    assert capacity.grown(old, need) == new


def test_bytes_grow_by_bytes() -> None:
    assert capacity.grown(8, 9, 1) == 16
