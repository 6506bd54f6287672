"""How each Tengo type is represented in Python; everything else in this package builds on it.

==================  ==================================  =========================================
Tengo ``type_name``  Python representation              remarks
==================  ==================================  =========================================
int                 ``int`` (exact type)                always within 64 bits, see :func:`wrap`
float               ``float``
bool                ``bool``
undefined           :data:`Undefined`                   singleton; never Python's ``None``
char                :class:`Char`                       subclass of ``int``, 32 bits
string              ``str`` or :class:`TengoString`     ``str`` whenever the bytes are valid UTF-8
                                                        (never with lone surrogates), a
                                                        ``TengoString`` only when they are not
bytes               :class:`Bytes`                      Go slice: shares its buffer, has a capacity
array               ``list`` or :class:`ArrayView`      an ``ArrayView`` is a window on a list's
                                                        storage (``a[1:]``, shared appends);
                                                        use ``arrays.elements`` to read any array
immutable-array     :class:`ImmutableArray`             read-only window on the same storage
map                 ``dict``                            keys are ``str`` or ``TengoString``
immutable-map       :class:`ImmutableMap`               read-only window on the same ``dict``
error               :class:`ErrorValue`                 ``.value`` is any Tengo value
time                ``stdlib.gotime.Time``              nanoseconds since 1970 and a location
compiled-function   a Python function that the
                    compiler made                       called as ``f(*args)`` with Tengo values
builtin-function:N  :class:`Builtin`
user-function:N     :class:`UserFunction`               what the standard library and hosts lend
==================  ==================================  =========================================

So the commonest Tengo values *are* the commonest Python values, and compiled code works on them
with CPython's own specialised instructions. Three rules keep that sound:

* ``type(x) is int`` and the like decide, never ``isinstance``: ``bool`` and ``Char`` are subclasses
  of ``int`` but other Tengo types.
* Python's ``==`` is not Tengo's (``True == 1``, functions, NaN in lists): use ``equality.equal``.
* Python's truth is Tengo's for every type but ``float`` (``0.0`` is true, NaN is false): every
  class here defines ``__bool__`` accordingly; :func:`truthy` covers floats too.

Source: Tengo's own objects (github d5/tengo, ``objects.go``).
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Self

from jackfield.tengo.capacity import grown, rounded
from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib.gotime import Time as Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jackfield.tengo.arrays import ArrayView

MAX_INT: Final = 2**63 - 1
MIN_INT: Final = -(2**63)


def wrap(value: int) -> int:
    """Two's complement wrap-around to 64 bits."""
    return ((value + 0x8000000000000000) & 0xFFFFFFFFFFFFFFFF) - 0x8000000000000000


class UndefinedType:
    """The type of :data:`Undefined`."""

    __slots__ = ()
    _instance: Self | None = None

    def __new__(cls) -> Self:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "<undefined>"

    def __reduce__(self) -> str:
        return "Undefined"


Undefined: Final = UndefinedType()
"""The one ``undefined`` value."""


class Char(int):
    """A code point of 32 bits (negative and invalid ones are possible). ``Char("a")`` works too."""

    __slots__ = ()

    def __new__(cls, value: int | str = 0) -> Self:
        code = ord(value) if isinstance(value, str) else int(value)
        return super().__new__(cls, ((code + 0x80000000) & 0xFFFFFFFF) - 0x80000000)

    def __eq__(self, other: object) -> bool:
        return type(other) is Char and int.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not (type(other) is Char and int.__eq__(self, other))

    def __hash__(self) -> int:
        return hash((Char, int(self)))

    def __str__(self) -> str:
        code = int(self)
        valid = 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        return chr(code) if valid else "�"

    def __repr__(self) -> str:
        return f"Char({int(self)})"


class TengoString:
    """A string whose bytes are not valid UTF-8. ``bytes(s)`` gives them.

    Build strings with :func:`string_of`, which gives a plain ``str`` wherever it can; an instance
    of this class therefore never equals a ``str``.
    """

    __slots__ = ("_raw", "_runes")

    def __init__(self, raw: bytes) -> None:
        self._raw = bytes(raw)
        self._runes: list[int] | None = None

    def __bytes__(self) -> bytes:
        return self._raw

    def __len__(self) -> int:
        return len(self._raw)

    def isascii(self) -> bool:
        """Never: so ``len(s) if s.isascii()`` needs no look at the type."""
        return False

    def __eq__(self, other: object) -> bool:
        return type(other) is TengoString and other._raw == self._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __lt__(self, other: str | TengoString) -> bool:
        return self._raw < raw_bytes(other)

    def __le__(self, other: str | TengoString) -> bool:
        return self._raw <= raw_bytes(other)

    def __gt__(self, other: str | TengoString) -> bool:
        return self._raw > raw_bytes(other)

    def __ge__(self, other: str | TengoString) -> bool:
        return self._raw >= raw_bytes(other)

    def __add__(self, other: str | TengoString) -> str | TengoString:
        return string_of(self._raw + raw_bytes(other))

    def __radd__(self, other: str) -> str | TengoString:
        return string_of(raw_bytes(other) + self._raw)

    def __repr__(self) -> str:
        return f"TengoString({self._raw!r})"

    @property
    def runes(self) -> list[int]:
        """The code points as Go's ``range`` sees them: every invalid byte is one U+FFFD."""
        if self._runes is None:
            self._runes = list(decode_runes(self._raw))
        return self._runes


def decode_runes(raw: bytes) -> Iterator[int]:
    """Go's UTF-8 decoding: each byte that begins no valid sequence gives one U+FFFD."""
    pos, end = 0, len(raw)
    while pos < end:
        try:
            text = raw[pos:].decode()
        except UnicodeDecodeError as error:
            yield from map(ord, raw[pos : pos + error.start].decode())
            yield 0xFFFD
            pos += error.start + 1
        else:
            yield from map(ord, text)
            return


def string_of(raw: bytes | bytearray) -> str | TengoString:
    """The Tengo string with these bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return TengoString(bytes(raw))


def raw_bytes(text: str | TengoString) -> bytes:
    """The bytes of a Tengo string."""
    return text.encode() if type(text) is str else bytes(text)  # type: ignore[arg-type]


def escaped(text: str | TengoString) -> str:
    """The string as Python text in which an invalid byte stands as a surrogate (PEP 383).

    The standard library's own engines work on this form.
    """
    return text if type(text) is str else bytes(text).decode("utf-8", "surrogateescape")  # type: ignore[arg-type]


def unescaped(text: str) -> str | TengoString:
    """The Tengo string for Python text that may hold surrogates; the inverse of :func:`escaped`."""
    if text.isascii():
        return text
    return string_of(text.encode("utf-8", "surrogateescape"))


def byte_length(text: str | TengoString) -> int:
    """Length in bytes, which is what ``len(s)`` means in Tengo."""
    return len(text) if text.isascii() else len(raw_bytes(text))


class Bytes:
    """Go's ``[]byte``: a window ``[off, off+n)`` on a buffer that several values may share."""

    __slots__ = ("buf", "n", "off")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: bytes | bytearray = b"", capacity: int | None = None) -> None:
        self.n = len(data)
        self.off = 0
        spare = (rounded(self.n) if capacity is None else capacity) - self.n
        self.buf = bytearray(data)
        if spare > 0:
            self.buf.extend(bytes(spare))

    def __bytes__(self) -> bytes:
        return bytes(self.buf[self.off : self.off + self.n])

    def __len__(self) -> int:
        return self.n

    def __bool__(self) -> bool:
        return self.n > 0

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self.n:
            raise IndexError(index)
        return self.buf[self.off + index]

    def __iter__(self) -> Iterator[int]:
        buf = self.buf
        return (buf[i] for i in range(self.off, self.off + self.n))

    def __eq__(self, other: object) -> bool:
        return type(other) is Bytes and bytes(self) == bytes(other)

    def __repr__(self) -> str:
        return f"Bytes({bytes(self)!r})"

    def slice(self, low: int, high: int) -> Bytes:
        """``b[low:high]`` on the same buffer; bounds are already clamped."""
        part = Bytes.__new__(Bytes)
        part.buf, part.off, part.n = self.buf, self.off + low, high - low
        return part

    def write(self, data: bytes) -> None:
        """Overwrite the first ``len(data)`` bytes in place (``rand.read``)."""
        self.buf[self.off : self.off + len(data)] = data

    def extended(self, data: bytes) -> Bytes:
        """Go's ``append(b, data...)``: into the spare capacity if there is enough of it."""
        end = self.off + self.n
        need = self.n + len(data)
        capacity = len(self.buf) - self.off
        if need <= capacity:
            self.buf[end : end + len(data)] = data
            return self.slice(0, need)
        return Bytes(bytes(self) + data, grown(capacity, need, 1))


class ErrorValue:
    """What ``error(x)`` gives. Falsy; equal only to itself."""

    __slots__ = ("value",)

    def __init__(self, value: Any = Undefined) -> None:
        self.value = value

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"ErrorValue({self.value!r})"


class ImmutableArray:
    """A read-only window on an array's storage. For hosts: a sequence."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("array",)

    def __init__(self, array: list[Any] | ArrayView | tuple[Any, ...] = ()) -> None:
        self.array: Any = list(array) if type(array) is tuple else array

    def __len__(self) -> int:
        return len(self.array)

    def __bool__(self) -> bool:
        return len(self.array) > 0

    def __getitem__(self, index: int) -> Any:
        return self.array[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.array)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, tuple)):
            return list(self) == list(other)
        return isinstance(other, ImmutableArray) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"ImmutableArray({list(self)!r})"


class ImmutableMap:
    """A read-only window on a map. For hosts: a mapping."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("map",)

    def __init__(self, values: dict[Any, Any] | None = None) -> None:
        self.map: dict[Any, Any] = {} if values is None else values

    def __len__(self) -> int:
        return len(self.map)

    def __bool__(self) -> bool:
        return len(self.map) > 0

    def __getitem__(self, key: str | TengoString) -> Any:
        return self.map[key]

    def __contains__(self, key: object) -> bool:
        return key in self.map

    def __iter__(self) -> Iterator[Any]:
        return iter(self.map)

    def get(self, key: str | TengoString, default: Any = None) -> Any:
        """The value of ``key``, or ``default``."""
        return self.map.get(key, default)

    def keys(self) -> Any:
        """The keys, in order of insertion."""
        return self.map.keys()

    def values(self) -> Any:
        """The values, in order of insertion."""
        return self.map.values()

    def items(self) -> Any:
        """Pairs of key and value, in order of insertion."""
        return self.map.items()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dict):
            return self.map == other
        return isinstance(other, ImmutableMap) and self.map == other.map

    def __repr__(self) -> str:
        return f"ImmutableMap({self.map!r})"


class Builtin:
    """A builtin function such as ``len``. ``call`` takes Tengo values and gives one back."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name = name
        self.call = call

    def __call__(self, *args: Any) -> Any:
        try:
            return self.call(*args)
        except (InvalidArgument, WrongArgumentCount) as error:
            raise _worded(self, error) from None

    def __repr__(self) -> str:
        return "<builtin-function>"


class UserFunction:
    """A function of the standard library or of the host.

    ``call`` takes positional Tengo values and gives a Tengo value (:data:`Undefined` for none). It
    checks its arguments itself and raises :class:`~jackfield.tengo.errors.WrongArgumentCount`,
    :class:`~jackfield.tengo.errors.InvalidArgument` or :class:`~jackfield.tengo.errors.Fault`.

    :param name: appears in ``type_name`` and in error texts; may be empty, as it natively is for
        the members of ``base64`` and ``hex``.
    """

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name = name
        self.call = call

    def __call__(self, *args: Any) -> Any:
        try:
            return self.call(*args)
        except (InvalidArgument, WrongArgumentCount) as error:
            raise _worded(self, error) from None

    def __repr__(self) -> str:
        return "<user-function>"


def _worded(function: Builtin | UserFunction, error: Fault) -> Fault:
    """A complaint about arguments as the native program words it."""
    if isinstance(error, InvalidArgument):
        return Fault(
            f"invalid type for argument '{error.argument}' in call to '{type_name(function)}': "
            f"expected {error.expected}, found {error.found}"
        )
    return Fault(f"wrong number of arguments in call to '{type_name(function)}'")


TYPE_NAMES: dict[type, str] = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "string",
    TengoString: "string",
    Char: "char",
    Bytes: "bytes",
    list: "array",
    dict: "map",
    ImmutableArray: "immutable-array",
    ImmutableMap: "immutable-map",
    ErrorValue: "error",
    Time: "time",
    UndefinedType: "undefined",
    FunctionType: "compiled-function",
}
"""Tengo's type name by exact Python type (``arrays`` adds ``ArrayView``)."""


def type_name(value: Any) -> str:
    """What ``type_name(x)`` gives, and what error texts call the type."""
    name = TYPE_NAMES.get(type(value))
    if name is not None:
        return name
    if type(value) is Builtin:
        return f"builtin-function:{value.name}"
    if type(value) is UserFunction:
        return f"user-function:{value.name}"
    return f"user-function:{type(value).__name__}"


def truthy(value: Any) -> bool:
    """Tengo's truth of a value."""
    return value == value if type(value) is float else bool(value)


def is_callable(value: Any) -> bool:
    """Whether a script may call this value."""
    return type(value) in (FunctionType, Builtin, UserFunction)
