"""``import("times")``: instants, durations, calendars.

Source: tengo spec 17.2.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.convert import to_time
from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib import goduration, golayout, gotime
from jackfield.tengo.stdlib.arguments import (
    ORDINALS,
    expect,
    functions,
    instant,
    integer,
    limited_text,
    string,
)
from jackfield.tengo.stdlib.gostrings import repaired
from jackfield.tengo.stdlib.gotime import Time
from jackfield.tengo.values import Undefined, escaped, type_name, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield.tengo.stdlib import ModuleContext

_NAP: Final = 0.01  # seconds; a deadline interrupts a sleep between two naps

_CONSTANTS: Final[dict[str, Any]] = {
    "format_ansic": golayout.ANSIC,
    "format_unix_date": golayout.UNIX_DATE,
    "format_ruby_date": golayout.RUBY_DATE,
    "format_rfc822": golayout.RFC822,
    "format_rfc822z": golayout.RFC822Z,
    "format_rfc850": golayout.RFC850,
    "format_rfc1123": golayout.RFC1123,
    "format_rfc1123z": golayout.RFC1123Z,
    "format_rfc3339": golayout.RFC3339,
    "format_rfc3339_nano": golayout.RFC3339_NANO,
    "format_kitchen": golayout.KITCHEN,
    "format_stamp": golayout.STAMP,
    "format_stamp_milli": golayout.STAMP_MILLI,
    "format_stamp_micro": golayout.STAMP_MICRO,
    "format_stamp_nano": golayout.STAMP_NANO,
    "nanosecond": gotime.NANOSECOND,
    "microsecond": gotime.MICROSECOND,
    "millisecond": gotime.MILLISECOND,
    "second": gotime.SECOND,
    "minute": gotime.MINUTE,
    "hour": gotime.HOUR,
    **{name.lower(): number for number, name in enumerate(gotime.MONTHS, 1)},
}


def wrap64(value: int) -> int:
    """Two's complement wrap-around to 64 bits."""
    return ((value + (1 << 63)) & (1 << 64) - 1) - (1 << 63)


def now() -> Time:
    """This instant, in this machine's zone."""
    return Time(time.time_ns(), gotime.local())


def _of(work: Callable[..., Any], *kinds: Callable[[Any, str], Any]) -> Callable[..., Any]:
    """A function whose arguments are converted by ``kinds``, one each."""

    def call(*args: Any) -> Any:
        if len(args) != len(kinds):
            raise WrongArgumentCount
        return work(
            *[kind(arg, name) for kind, arg, name in zip(kinds, args, ORDINALS, strict=False)]
        )

    return call


def _text(value: Any, name: str) -> str:
    return escaped(string(value, name))


def _sleep(nanoseconds: int) -> Any:
    end = time.monotonic_ns() + nanoseconds
    while (rest := end - time.monotonic_ns()) > 0:
        time.sleep(min(rest / gotime.SECOND, _NAP))
    return Undefined


def _parse_duration(text: str) -> int:
    try:
        return goduration.parse(text)
    except ValueError as error:
        raise Fault(repaired(str(error))) from None


def _location(name: str) -> gotime.Location:
    try:
        return gotime.load_location(name)
    except ValueError as error:
        raise Fault(repaired(str(error))) from None


def _date(with_zone: bool) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 7, 8 if with_zone else 7)
        year, month, day, hour, minute, second, nanosecond = (
            integer(arg, name) for arg, name in zip(args, ORDINALS[:7], strict=False)
        )
        location = _location(_text(args[7], "eighth")) if len(args) == 8 else gotime.local()
        return gotime.date(year, month, day, hour, minute, second, nanosecond, location)

    return call


def _parse(layout: str, text: str) -> Time:
    try:
        return golayout.parse_time(layout, text)
    except golayout.LayoutError as error:
        raise Fault(str(error)) from None


def _before(*args: Any) -> Any:
    expect(len(args), 2)
    first = instant(args[0], "first")
    second = to_time(args[1])
    if second is None:  # natively the type of the wrong argument is named
        raise InvalidArgument("second", "time(compatible)", type_name(args[0]))
    return first.unix_ns < second.unix_ns


_TABLE: Final[dict[str, Callable[..., Any]]] = {
    "sleep": _of(_sleep, integer),
    "parse_duration": _of(_parse_duration, _text),
    "since": _of(lambda t: now().subtract(t), instant),
    "until": _of(lambda t: t.subtract(now()), instant),
    "duration_hours": _of(lambda d: goduration.in_units(d, gotime.HOUR), integer),
    "duration_minutes": _of(lambda d: goduration.in_units(d, gotime.MINUTE), integer),
    "duration_seconds": _of(lambda d: goduration.in_units(d, gotime.SECOND), integer),
    "duration_nanoseconds": _of(lambda d: d, integer),
    "duration_string": _of(goduration.display, integer),
    "month_string": _of(gotime.month_name, integer),
    "now": _of(now),
    "parse": _of(_parse, _text, _text),
    "unix": _of(
        lambda s, ns: Time(s * gotime.SECOND + ns, gotime.local()), integer, integer
    ),
    "add": _of(lambda t, d: t.add(d), instant, integer),
    "add_date": _of(lambda t, y, m, d: t.add_date(y, m, d), instant, integer, integer, integer),
    "sub": _of(lambda t, u: t.subtract(u), instant, instant),
    "after": _of(lambda t, u: t.unix_ns > u.unix_ns, instant, instant),
    "before": _before,
    "time_year": _of(lambda t: t.clock().year, instant),
    "time_month": _of(lambda t: t.clock().month, instant),
    "time_day": _of(lambda t: t.clock().day, instant),
    "time_weekday": _of(lambda t: t.clock().weekday, instant),
    "time_hour": _of(lambda t: t.clock().hour, instant),
    "time_minute": _of(lambda t: t.clock().minute, instant),
    "time_second": _of(lambda t: t.clock().second, instant),
    "time_nanosecond": _of(lambda t: t.unix_ns % gotime.SECOND, instant),
    "time_unix": _of(lambda t: wrap64(t.unix_ns // gotime.SECOND), instant),
    "time_unix_nano": _of(lambda t: wrap64(t.unix_ns), instant),
    "time_location": _of(lambda t: unescaped(t.location.name), instant),
    "time_string": _of(lambda t: unescaped(golayout.display(t)), instant),
    "is_zero": _of(lambda t: t.is_zero(), instant),
    "to_local": _of(lambda t: t.within(gotime.local()), instant),
    "to_utc": _of(lambda t: t.within(gotime.UTC), instant),
}  # fmt: skip


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``times``."""
    limit = context.string_bytes
    head = context.level != "2.10"

    def time_format(at: Time, layout: str) -> Any:
        return limited_text(unescaped(golayout.format_time(at, layout)), limit)

    table = _TABLE | {"date": _date(head), "time_format": _of(time_format, instant, _text)}
    if head:
        table["in_location"] = _of(lambda t, zone: t.within(_location(zone)), instant, _text)
    return _CONSTANTS | functions(context, table)
