"""Arrays share storage as Go slices do: checked against a model with explicit storage."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo import arrays, capacity
from jackfield.tengo.arrays import ArrayView, elements, extended, immutable, sliced, splice


class GoSlice:
    """A slice with its storage written out; what ``arrays`` has to behave like."""

    def __init__(self, store: list[object], off: int, n: int, cap: int) -> None:
        self.store, self.off, self.n, self.cap = store, off, n, cap

    @classmethod
    def literal(cls, values: list[object]) -> GoSlice:
        cap = capacity.of_literal(len(values))
        return cls([*values, *[None] * (cap - len(values))], 0, len(values), cap)

    def read(self) -> list[object]:
        return self.store[self.off : self.off + self.n]

    def append(self, values: list[object]) -> GoSlice:
        need = self.n + len(values)
        if need <= self.cap:
            self.store[self.off + self.n : self.off + need] = values
            return GoSlice(self.store, self.off, need, self.cap)
        return GoSlice.literal([*self.read(), *values])

    def slice(self, low: int, high: int) -> GoSlice:
        return GoSlice(self.store, self.off + low, high - low, self.cap - low)


operations = st.lists(
    st.tuples(
        st.sampled_from(["append", "slice", "set", "splice"]),
        st.integers(0, 100),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=25,
)


@given(st.integers(0, 9), operations)
def test_as_go_slices(size: int, steps: list[tuple[str, int, int, int]]) -> None:
    ours: list[object] = [list(range(size))]
    theirs = [GoSlice.literal(list(range(size)))]
    # A list that was spliced forgets how much spare capacity it had: the one known difference.
    # So nothing is appended to such an array, or to a slice of it, in this test.
    spliced: set[int] = set()
    for number, (what, which, a, b) in enumerate(steps):
        at = which % len(ours)
        array, model = ours[at], theirs[at]
        if what == "append":
            if at in spliced:
                continue
            ours.append(extended(array, [100 + number]))
            theirs.append(model.append([100 + number]))
        elif what == "slice":
            low, high = sorted((a % (model.n + 1), b % (model.n + 1)))
            if at in spliced:
                spliced.add(len(ours))
            ours.append(sliced(array, low, high))
            theirs.append(model.slice(low, high))
        elif what == "set" and model.n:
            array[a % model.n] = number
            model.store[model.off + a % model.n] = number
        elif what == "splice" and model.n:
            start = a % model.n
            count = min(b, model.n - start)
            before = model.read()
            removed = splice(array, start, count, [])
            spliced.add(at)
            assert removed == before[start : start + count]
            moved = before[start + count :]
            model.store[model.off + start : model.off + start + len(moved)] = moved
            model.n -= count
        for mine, other in zip(ours, theirs, strict=True):
            assert elements(mine) == other.read()
            assert list(mine) == other.read()
            assert len(mine) == other.n


def test_a_slice_writes_through() -> None:
    array = [1, 2, 3]
    sliced(array, 0, 2)[0] = 9
    assert array == [9, 2, 3]


def test_an_append_into_spare_capacity_is_shared() -> None:
    array = [1, 2, 3]
    longer = extended(array, [4])
    longer[0] = 9
    assert array == [9, 2, 3]
    assert list(longer) == [9, 2, 3, 4]


def test_an_append_beyond_capacity_is_not() -> None:
    array = [1, 2]
    longer = extended(array, [3])
    longer[0] = 9
    assert array == [1, 2]


def test_two_appends_write_the_same_place() -> None:
    array = [1, 2, 3]
    first, second = extended(array, [4]), extended(array, [5])
    assert list(first) == list(second) == [1, 2, 3, 5]


def test_views_know_their_bounds() -> None:
    view = sliced([1, 2, 3], 1, 3)
    with pytest.raises(IndexError):
        view[2]
    with pytest.raises(IndexError):
        view[-1] = 0
    assert view == [2, 3]
    assert bool(view)
    assert not sliced([1], 0, 0)
    assert repr(view) == "[2, 3]"


def test_an_immutable_array_keeps_its_length() -> None:
    array = [1, 2, 3]
    frozen = immutable(array)
    splice(array, 0, 2, [])
    assert array == [3]
    assert list(frozen) == [3, 2, 3]  # the storage shows what moved


def test_a_splice_that_grows_moves_to_new_storage() -> None:
    array = [1, 2]
    view = sliced(array, 0, 2)
    splice(array, 1, 0, [7, 8, 9])
    assert array == [1, 7, 8, 9, 2]
    array[0] = 0
    assert list(view) == [1, 2]
    splice(view, 0, 1, [5, 6, 7])
    assert list(view) == [5, 6, 7, 2]
    assert isinstance(view, ArrayView)


def test_a_list_that_nobody_shares_is_forgotten() -> None:
    table = arrays._storages
    kept = [sliced([n], 0, 1) for n in range(300)]
    del kept
    gc.collect()
    for n in range(1000):
        sliced([n], 0, 1)
    assert len(table._table) <= table._purge_at < 1000


def test_is_array() -> None:
    assert arrays.is_array([])
    assert arrays.is_array(sliced([1], 0, 1))
    assert not arrays.is_array({})
