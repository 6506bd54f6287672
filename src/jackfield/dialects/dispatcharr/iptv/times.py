"""Times as XMLTV writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_ZERO = frozenset({"", "Z", "UTC", "GMT", "+0000", "-0000"})


@lru_cache(maxsize=16384)
def parse_time(text: str) -> datetime | None:
    """``YYYYMMDDhhmmss ±hhmm`` in UTC; without an offset it is UTC already. None when it is no
    such time. Source: dispatcharr spec 7.

    Remembers the last thousands: programmes of many channels start and end at the same times.
    """
    text = text.strip()
    digits, offset = text[:14], text[14:].strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) != 14:
        digits, offset = text[:12], text[12:].strip()  # some leave the seconds away
        if not (digits.isascii() and digits.isdigit()) or len(digits) != 12:
            return None
        digits += "00"
    try:
        moment = datetime(
            int(digits[:4]), int(digits[4:6]), int(digits[6:8]),
            int(digits[8:10]), int(digits[10:12]), int(digits[12:]), tzinfo=UTC,
        )  # fmt: skip
        if offset in _ZERO:
            return moment
        away = _offset(offset)
        return None if away is None else (moment.replace(tzinfo=timezone(away))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timedelta | None:
    sign, digits = text[:1], text[1:].replace(":", "")
    if sign not in ("+", "-") or len(digits) != 4 or not (digits.isascii() and digits.isdigit()):
        return None
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -away if sign == "-" else away
