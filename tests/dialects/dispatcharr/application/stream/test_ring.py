from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.stream.ring import Overrun, Ring


@given(st.lists(st.binary(max_size=40), max_size=60), st.integers(1, 200))
def test_a_reader_in_time_reads_everything(pieces: list[bytes], capacity: int) -> None:
    ring = Ring(capacity)
    position, read = 0, b""
    for piece in pieces:
        ring.append(piece)
        while True:
            data, position = ring.read(position)
            if not data:
                break
            read += data
    assert read == b"".join(pieces)
    assert ring.head == len(read)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1), st.integers(1, 100))
def test_keeps_no_more_than_its_capacity_and_one_piece(pieces: list[bytes], capacity: int) -> None:
    ring = Ring(capacity)
    for piece in pieces:
        ring.append(piece)
    assert ring.head - ring.tail <= max(capacity, len(pieces[-1]))


@given(
    st.lists(st.binary(min_size=1, max_size=9), min_size=1), st.integers(10, 50), st.integers(0, 60)
)
def test_reads_the_same_from_every_position_there_is(
    pieces: list[bytes], capacity: int, start: int
) -> None:
    ring = Ring(capacity)
    for piece in pieces:
        ring.append(piece)
    everything = b"".join(pieces)
    position = min(max(start, ring.tail), ring.head)
    read, at = b"", position
    while at < ring.head:
        data, at = ring.read(at)
        read += data
    assert read == everything[position:]


def test_a_reader_left_behind_is_told() -> None:
    ring = Ring(10)
    for _ in range(5):
        ring.append(b"12345")
    with pytest.raises(Overrun):
        ring.read(0)


def test_joins_at_a_pieces_start_a_little_behind() -> None:
    ring = Ring(100)
    for size in (10, 20, 30):
        ring.append(b"x" * size)
    assert ring.entry(0) == 60
    assert ring.entry(1) == 30
    assert ring.entry(31) == 10
    assert ring.entry(10_000) == 0
    assert Ring(5).entry(3) == 0


def test_an_empty_piece_changes_nothing() -> None:
    ring = Ring(5)
    ring.append(b"")
    assert (ring.tail, ring.head, ring.read(0)) == (0, 0, (b"", 0))
