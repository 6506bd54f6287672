"""Values across the border between Python hosts and scripts.

Inside, values are as ``values.py`` says. Hosts give and get plain Python values: see
:func:`from_python` and :func:`to_python`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import FunctionType
from typing import TYPE_CHECKING, Any

from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.errors import WrongArgumentCount
from jackfield.tengo.stdlib import gotime
from jackfield.tengo.trace import MARK
from jackfield.tengo.values import (
    MAX_INT,
    MIN_INT,
    Builtin,
    Bytes,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Time,
    Undefined,
    UserFunction,
    string_of,
)
from jackfield.tengo.values import (
    Char as CodePoint,
)

if TYPE_CHECKING:
    from jackfield.tengo.session import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNCHANGED = frozenset(
    (bool, float, CodePoint, TengoString, Bytes, Time, type(Undefined), Builtin, ArrayView)
)


class _AnyChar(type):
    """Lets ``isinstance(x, Char)`` hold inside a run, too."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, CodePoint)


class Char(CodePoint, metaclass=_AnyChar):
    """A char in Python's hands: an ``int``, equal to the same number as any ``int`` is.

    Scripts' own chars (``values.Char``), which raw functions get, never equal an int.
    """

    __slots__ = ()

    __eq__ = int.__eq__
    __ne__ = int.__ne__
    __hash__ = int.__hash__


class Raw:
    """A host function that gets and gives Tengo values as they are (see ``values.py``).

    Maps and arrays then come by reference, strings and bytes are told apart, and script functions
    are plain callables that may be kept and called later through :func:`jackfield.tengo.call`.

    :param function: takes Tengo values; complains by the exceptions of ``errors`` (``Fault``,
        ``InvalidArgument``, ``WrongArgumentCount``).
    :param name: as it appears in error texts; may be empty.
    """

    __slots__ = ("function", "name")

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        self.function = function
        self.name = getattr(function, "__name__", "") if name is None else name

    def __call__(self, *args: Any) -> Any:
        result = self.function(*args)
        return CodePoint(result) if type(result) is Char else result


class ScriptFunction:
    """A function of a script in the host's hands. Calling it converts arguments and the result.

    It runs under the limits of the run that made it; what goes wrong is a ``RunError``.
    ``function`` is the Tengo value itself.
    """

    __slots__ = ("function", "session")

    def __init__(self, function: Any, session: Session) -> None:
        self.function = function
        self.session = session

    def __call__(self, *args: Any) -> Any:
        converted = tuple(given(arg, self.session) for arg in args)
        return to_python(self.session.call(self.function, converted), self.session)

    def __repr__(self) -> str:
        return (
            repr(self.function)
            if type(self.function) is not FunctionType
            else "<compiled-function>"
        )


def from_python(value: Any, session: Session, name: str = "") -> Any:
    """The Tengo value for a Python one. Containers are copied.

    ``None`` is ``undefined``, ``bytes`` are bytes, tuples are arrays, an exception is an error,
    a ``datetime`` a time, and a callable a function that gets and gives Python values (wrap it in
    :class:`Raw` to get Tengo values). Raises ``TypeError`` for anything else, ``ValueError`` for
    integers beyond 64 bits.
    """
    kind = type(value)
    if kind is int:
        if not MIN_INT <= value <= MAX_INT:
            raise ValueError(f"{value} does not fit into a Tengo int (64 bits)")
        return value
    if kind is str:
        return value if value.isascii() else string_of(value.encode("utf-8", "surrogatepass"))
    if kind in _UNCHANGED:
        return value
    if value is None:
        return Undefined
    if kind is list or kind is tuple:
        return [from_python(item, session) for item in value]
    if isinstance(value, ImmutableArray):
        return ImmutableArray([from_python(item, session) for item in value])
    if isinstance(value, ImmutableMap):
        return ImmutableMap(_map(value.map, session))
    if isinstance(value, Mapping):
        return _map(value, session)
    if isinstance(value, ErrorValue):
        return ErrorValue(from_python(value.value, session))
    return _uncommon(value, session, name)


def given(value: Any, session: Session, name: str = "") -> Any:
    """As :func:`from_python`, for what comes from outside of a run.

    Raises ``ValueError`` also for a container that holds itself, or is nested too deeply.
    """
    try:
        return from_python(value, session, name)
    except RecursionError:
        raise ValueError(
            f"{name or 'a value'} holds itself, or is nested too deeply for a script"
        ) from None


def _uncommon(value: Any, session: Session, name: str) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Bytes(bytes(value))
    if isinstance(value, ScriptFunction):
        return value.function
    if type(value) is FunctionType and MARK in value.__globals__:
        return value  # a script's own function
    if isinstance(value, Raw):
        return UserFunction(value.name, session.guarded(value))
    if isinstance(value, UserFunction):
        return UserFunction(value.name, session.guarded(value.call))
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, BaseException):
        return ErrorValue(str(value))
    if isinstance(value, str):
        return from_python(str(value), session)
    if isinstance(value, Char):
        return CodePoint(value)
    if isinstance(value, int):
        return from_python(int(value), session)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [from_python(item, session) for item in value]
    if callable(value):
        return _function(value, session, name)
    raise TypeError(f"cannot convert to object: {type(value).__name__}")


def _map(value: Mapping[Any, Any], session: Session) -> dict[Any, Any]:
    entries: dict[Any, Any] = {}
    for key, entry in value.items():
        if not isinstance(key, (str, TengoString)):
            raise TypeError(f"the keys of a map are strings, found {type(key).__name__} {key!r}")
        entries[from_python(key, session)] = from_python(entry, session, str(key))
    return entries


def _time(value: datetime) -> Time:
    moment = value if value.tzinfo is not None else value.astimezone()
    offset = moment.utcoffset() or timedelta()
    past = moment - _EPOCH
    ns = (past.days * 86_400 + past.seconds) * gotime.SECOND + past.microseconds * 1000
    seconds = int(offset.total_seconds())
    zone = gotime.UTC if moment.tzinfo is UTC else gotime.FixedZone(moment.tzname() or "", seconds)
    return Time(ns, zone)


def _function(value: Callable[..., Any], session: Session, name: str) -> UserFunction:
    least, most = _accepted(value)

    def call(*args: Any) -> Any:
        if not least <= len(args) <= most:
            raise WrongArgumentCount
        return from_python(value(*[to_python(arg, session) for arg in args]), session)

    return UserFunction(name or getattr(value, "__name__", ""), session.guarded(call))


def _accepted(value: Callable[..., Any]) -> tuple[int, float]:
    """How few and how many positional arguments a callable takes."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return 0, float("inf")
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is p.empty for p in plain)
    rest = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return least, float("inf") if rest else len(plain)


def to_python(value: Any, session: Session) -> Any:
    """The Python value for a Tengo one, however deep. Containers are copied, cycles kept."""
    found: dict[int, tuple[Any, Any]] = {}
    pending: list[tuple[Any, Any]] = []

    def converted(value: Any) -> Any:
        kind = type(value)
        if kind in (int, str, bool, float, TengoString) or value is Undefined:
            return value
        if kind in (FunctionType, Builtin, UserFunction):
            return ScriptFunction(value, session)
        if kind in _CONVERSIONS:
            return _CONVERSIONS[kind](value)
        if kind not in _EMPTY:
            return value
        if id(value) not in found:
            found[id(value)] = _EMPTY[kind](), value
            pending.append(found[id(value)])
        return found[id(value)][0]

    result = converted(value)
    while pending:
        copy, original = pending.pop()
        kind = type(copy)
        if kind is list:
            copy.extend(map(converted, elements(original)))
        elif kind is ImmutableArray:
            copy.array.extend(map(converted, original))
        elif kind is ErrorValue:
            copy.value = converted(original.value)
        else:
            entries, source = (copy, original) if kind is dict else (copy.map, original.map)
            entries.update((key, converted(item)) for key, item in source.items())
    return result


def _datetime(value: Time) -> datetime | Time:
    """An aware ``datetime`` (microseconds); years that it cannot hold stay a ``Time``."""
    seconds, ns = divmod(value.unix_ns, gotime.SECOND)
    name, offset = value.location.lookup(seconds)
    try:
        zone = UTC if value.location is gotime.UTC else timezone(timedelta(seconds=offset), name)
        return (_EPOCH + timedelta(seconds=seconds, microseconds=ns // 1000)).astimezone(zone)
    except (OverflowError, ValueError):
        return value


_CONVERSIONS: dict[type, Callable[[Any], Any]] = {CodePoint: Char, Bytes: bytes, Time: _datetime}
_EMPTY: dict[type, Callable[[], Any]] = {
    list: list,
    ArrayView: list,
    dict: dict,
    ImmutableArray: lambda: ImmutableArray([]),
    ImmutableMap: lambda: ImmutableMap({}),
    ErrorValue: ErrorValue,
}
