from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.spool import Spool

ROWS = st.lists(
    st.tuples(st.text(max_size=5), st.none() | st.integers(-(2**31), 2**31), st.booleans()),
    max_size=30,
)


@given(ROWS, st.integers(1, 7))
def test_what_goes_in_comes_out(rows: list[tuple[object, ...]], batch: int) -> None:
    with Spool(batch) as spool:
        for row in rows:
            spool.add(row)
        assert spool.count == len(rows)
        for _ in range(2):
            batches = list(spool.batches())
            assert [tuple(row) for rows_ in batches for row in rows_] == rows
            assert all(len(part) <= batch for part in batches)


def test_more_can_come_after_a_reading() -> None:
    with Spool(2) as spool:
        spool.add([1])
        assert list(spool.batches()) == [[[1]]]
        spool.add([2])
        assert list(spool.batches()) == [[[1]], [[2]]]


def test_what_waits_is_on_the_disk() -> None:
    with Spool(10) as spool:
        for number in range(25):
            spool.add(["x" * 100, number])
        assert len(spool._rows) == 5
        assert spool._file.tell() > 2000
    assert spool._file.closed
