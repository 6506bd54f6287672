"""Arrays that share storage, as Go slices do.

A Tengo array is a plain ``list`` for as long as nothing but its own variables can see its storage.
When a program slices it, or appends to it while something else still refers to it, the storage is
*shared*: a :class:`Storage` is attached to the list (found again through a weak registry, because
a ``list`` has no attributes), and the new array is an :class:`ArrayView` on it. The list itself
goes on being the first header of that storage. Nobody pays for this who does not use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from jackfield.tengo import capacity
from jackfield.tengo.values import TYPE_NAMES, ImmutableArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Storage:
    """The elements behind one list and the views on it: ``base`` and then ``tail``.

    :ivar base: the list whose length is the first header's length.
    :ivar tail: what other headers put into the capacity beyond it.
    :ivar capacity: how many elements fit before an append must move to new storage.
    """

    __slots__ = ("__weakref__", "base", "capacity", "tail")

    def __init__(self, base: list[Any], capacity: int) -> None:
        self.base = base
        self.tail: list[Any] = []
        self.capacity = capacity

    def read(self, start: int, stop: int) -> list[Any]:
        """The elements from ``start`` to ``stop`` as a new list."""
        if not self.tail:
            return self.base[start:stop]
        return (self.base + self.tail)[start:stop]

    def write(self, start: int, values: Sequence[Any]) -> None:
        """Overwrite from ``start``; positions right behind the last element may be new."""
        base, tail = self.base, self.tail
        size = len(base)
        for at, value in enumerate(values, start):
            if at < size:
                base[at] = value
            elif at - size < len(tail):
                tail[at - size] = value
            else:
                tail.append(value)


class _Registry:
    """The storage behind each shared list, by the list's identity.

    The references are weak and have no callbacks: a callback is no place for the signal that stops
    a script. Dead entries are dropped when the table has doubled.
    """

    def __init__(self) -> None:
        self._table: dict[int, ref[Storage]] = {}
        self._purge_at = 64

    def get(self, array: list[Any]) -> Storage | None:
        """The list's storage, if anything shares it."""
        entry = self._table.get(id(array))
        storage = None if entry is None else entry()
        return storage if storage is not None and storage.base is array else None

    def add(self, storage: Storage) -> None:
        """Note a storage until it is gone."""
        table = self._table
        if len(table) >= self._purge_at:
            table = {key: entry for key, entry in table.items() if entry() is not None}
            self._table = table
            self._purge_at = max(64, 2 * len(table))
        table[id(storage.base)] = ref(storage)

    def remove(self, array: list[Any]) -> None:
        """The list moves to storage of its own."""
        self._table.pop(id(array), None)


_storages = _Registry()


def storage_of(array: list[Any]) -> Storage:
    """The storage behind a list; from now on it counts as shared (until the last view is gone)."""
    storage = _storages.get(array)
    if storage is None:
        storage = Storage(array, capacity.of_literal(len(array)))
        _storages.add(storage)
    return storage


class ArrayView:
    """An array that is a window ``[off, off+n)`` on shared storage."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("n", "off", "storage")

    def __init__(self, storage: Storage, off: int, n: int) -> None:
        self.storage = storage
        self.off = off
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __bool__(self) -> bool:
        return self.n > 0

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < self.n:
            raise IndexError(index)
        at = self.off + index
        base = self.storage.base
        return base[at] if at < len(base) else self.storage.tail[at - len(base)]

    def __setitem__(self, index: int, value: Any) -> None:
        if not 0 <= index < self.n:
            raise IndexError(index)
        at = self.off + index
        base = self.storage.base
        if at < len(base):
            base[at] = value
        else:
            self.storage.tail[at - len(base)] = value

    def __iter__(self) -> Iterator[Any]:
        for index in range(self.n):
            yield self[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, ArrayView)) and list(self) == list(other)

    def __repr__(self) -> str:
        return repr(elements(self))


TYPE_NAMES[ArrayView] = "array"

Array = list[Any] | ArrayView


def elements(array: Array | ImmutableArray) -> list[Any]:
    """The elements of any array. For a plain ``list`` it is that very list: do not change it."""
    if type(array) is list:
        return array
    if type(array) is ArrayView:
        return array.storage.read(array.off, array.off + array.n)
    return elements(array.array)  # type: ignore[union-attr]


def is_array(value: Any) -> bool:
    """Whether ``value`` is an array of any kind, immutable ones included."""
    return type(value) in (list, ArrayView, ImmutableArray)


def _window(array: Array | ImmutableArray) -> ArrayView:
    if type(array) is ImmutableArray:
        array = array.array
    if type(array) is list:
        return ArrayView(storage_of(array), 0, len(array))
    return array  # type: ignore[return-value]


def sliced(array: Array | ImmutableArray, low: int, high: int) -> ArrayView:
    """``a[low:high]`` with clamped bounds: a mutable array on the same storage."""
    window = _window(array)
    return ArrayView(window.storage, window.off + low, high - low)


def immutable(array: Array) -> ImmutableArray:
    """``immutable(a)``: keeps this length even if ``a`` is spliced later."""
    return ImmutableArray(_window(array))


def extended(array: Array | ImmutableArray, items: Sequence[Any]) -> Array:
    """Go's ``append(array, items...)``: into spare capacity where there is some, else a copy."""
    plain = array.array if type(array) is ImmutableArray else array
    length = len(plain)
    need = length + len(items)
    if type(plain) is list and _storages.get(plain) is None:
        if need > capacity.of_literal(length):
            return [*plain, *items]
        storage = storage_of(plain)
    elif type(plain) is list:
        storage = storage_of(plain)
    else:
        storage = plain.storage  # type: ignore[union-attr]
    off = 0 if type(plain) is list else plain.off  # type: ignore[union-attr]
    if need > storage.capacity - off:
        return storage.read(off, off + length) + list(items)
    items = list(items)  # they may be read from the very storage they are written to
    storage.write(off + length, items)
    return ArrayView(storage, off, need)


def splice(array: Array, start: int, count: int, items: Sequence[Any]) -> Array | None:
    """Remove ``count`` elements at ``start`` and insert ``items``, changing ``array`` in place.

    Bounds are already checked. Like Go, elements move within the storage if it has room, so older
    slices see them move; otherwise the array gets new storage and older slices keep the old one.
    """
    removed = elements(array)[start : start + count]
    moved = [*items, *elements(array)[start + count :]]
    length = start + len(moved)
    if type(array) is ArrayView:
        if length <= array.storage.capacity - array.off:
            array.storage.write(array.off + start, moved)
        else:
            array.storage = Storage(
                elements(array)[:start] + moved,
                capacity.grown(array.storage.capacity - array.off, length),
            )
            array.off = 0
        array.n = length
        return removed
    storage = _storages.get(array)  # type: ignore[arg-type]
    if storage is None:
        array[start:] = moved  # type: ignore[index]
        return removed
    if length <= storage.capacity:
        storage.write(start, moved)
        every = storage.base + storage.tail
        array[:] = every[:length]  # type: ignore[index]
        storage.tail = every[length:]
        return removed
    _storages.remove(array)  # type: ignore[arg-type]
    storage.base = list(array)
    array[start:] = moved  # type: ignore[index]
    return removed
