"""JSON to model fields and back. Which values a field takes, its model says."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://[^\s]+$", re.IGNORECASE)
_MAX_DEPTH = 20

REQUIRED = "This field is required"
NOT_NULL = "This field may not be null"


class Unfit(Exception):
    """A value does not fit; ``str()`` says what was expected and what was found."""


def to_json(value: Any) -> Any:
    """A column's value as JSON has it; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def from_json(field: Any, value: Any) -> Any:
    """*value* for the Django *field*; of a foreign key the primary key, which must exist.

    Numbers and truth values may come as text, as forms send them.

    :raises Unfit: it does not fit.
    """
    from django.db import models

    if value is None or (value == "" and field.null and not isinstance(field, models.TextField)):
        if field.null:
            return None
        if value is None:
            raise Unfit(NOT_NULL)
    if field.is_relation:
        return _key(field, value)
    if isinstance(field, models.BooleanField):
        return _truth(value)
    if isinstance(field, models.FloatField):
        return _number(value)
    if isinstance(field, models.IntegerField):
        return _whole(field, value)
    if isinstance(field, models.DateTimeField):
        return _time(value)
    if isinstance(field, models.JSONField):
        return _json(value)
    if isinstance(field, models.CharField | models.TextField):
        return _text(field, value)
    raise Unfit(f"{field.name} cannot be set")


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "1", "yes", "on"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "0", "no", "off"):
        return False
    raise Unfit(f"true or false is expected, not {_found(value)}")


def _number(value: Any) -> float:
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = float("nan")
        if abs(number) < 1e15:  # nan is not, either
            return number
    raise Unfit(f"A number is expected, not {_found(value)}")


def _whole(field: Any, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit(f"A whole number is expected, not {_found(value)}")
    low = 0 if "Positive" in field.get_internal_type() else -(2**31)
    if not low <= value < 2**31:
        raise Unfit(f"A whole number from {low} to {2**31 - 1} is expected, not {_found(value)}")
    if field.choices and value not in [choice for choice, _ in field.flatchoices]:
        raise Unfit(_choices(field, value))
    return value


def _text(field: Any, value: Any) -> str:
    from django.db import models

    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Unfit(f"Text is expected, not {_found(value)}")
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Unfit("Text must hold neither NUL nor half a character")
    value = value.strip()
    if not value and not field.blank:
        raise Unfit("This field may not be blank")
    if field.max_length and len(value) > field.max_length:
        raise Unfit(f"At most {field.max_length} characters are expected, not {len(value)}")
    if field.choices and value not in [choice for choice, _ in field.flatchoices]:
        raise Unfit(_choices(field, value))
    if isinstance(field, models.URLField) and value and not _ADDRESS.match(value):
        raise Unfit(f"An address such as http://host/path is expected, not {_found(value)}")
    return value


def _choices(field: Any, value: Any) -> str:
    names = ", ".join(str(choice) for choice, _ in field.flatchoices)
    return f"One of {names} is expected, not {_found(value)}"


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Unfit(f"A time such as 2026-03-14T12:00:00Z is expected, not {_found(value)}")


def _json(value: Any) -> Any:
    if isinstance(value, dict | list) and _depth(value, _MAX_DEPTH):
        return value
    raise Unfit(f"A JSON object is expected, nested at most {_MAX_DEPTH} deep, not {_found(value)}")


def _depth(value: Any, left: int) -> bool:
    if left == 0:
        return not isinstance(value, dict | list)
    inner = value.values() if isinstance(value, Mapping) else value
    return all(_depth(i, left - 1) for i in inner if isinstance(i, dict | list))


def _key(field: Any, value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit(
            f"The id of a {field.related_model._meta.verbose_name} is expected, "  # noqa: SLF001
            f"not {_found(value)}"
        )
    if not 0 <= value < 2**63 or not field.related_model.objects.filter(pk=value).exists():
        raise Unfit(f"There is no {field.related_model._meta.verbose_name} with the id {value}")  # noqa: SLF001
    return value
