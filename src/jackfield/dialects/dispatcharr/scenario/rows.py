"""Rows of the database as plain JSON, in and out. Runs where Django is configured.

Rows are put in without signals: a scenario says what is there, not what would follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jackfield.errors import InvalidInput, NotFound

_AGO = re.compile(r"([+-]?)(\d+(?:\.\d+)?)([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def model_named(name: str) -> Any:
    """A model by its class's name, or by that and where it is imported from.

    :raises NotFound: there is none, or several.
    """
    from django.apps import apps

    path, _, last = name.rpartition(".")
    found = [
        model
        for model in apps.get_models()
        if model.__name__ == last
        and (not path or f".{model.__module__}.".endswith((f".{path}.", f".{path}.models.")))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(f"{model.__module__}.{model.__name__}" for model in found)
        raise NotFound(f"there are several models {name!r}: {paths}", hint="name the module, too")
    known = ", ".join(sorted({model.__name__ for model in apps.get_models()}))
    raise NotFound(f"there is no model {name!r}; known: {known}")


def put(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> int:
    """Create these rows, all of them or none; how many.

    :raises InvalidInput: a row that cannot be; the message names model, row and field.
    """
    from django.db import DatabaseError, transaction

    count = 0
    try:
        with transaction.atomic():
            for name, entries in rows.items():
                model = model_named(name)
                for number, entry in enumerate(entries):
                    _create(model, entry, f"{name}[{number}]")
                    count += 1
    except DatabaseError as error:
        raise InvalidInput(f"the rows cannot be stored: {error}", field="rows") from None
    return count


def _create(model: Any, entry: Mapping[str, Any], place: str) -> None:
    plain, many = {}, {}
    for key, value in entry.items():
        field = _field(model, key, place)
        if field.many_to_many:
            many[field] = value
        else:
            plain[field.attname] = _converted(field, value, f"{place}.{key}")
    row = model(**plain)
    # Not save(): no signal must make more of it than the scenario says.
    model.objects.bulk_create([row])
    for field, ids in many.items():
        _relate(row, field, ids)


def _facts(model: Any) -> Any:
    """What Django knows of a model; documented, for all its underscore."""
    return model._meta  # noqa: SLF001


def _field(model: Any, key: str, place: str) -> Any:
    fields = {field.name: field for field in [*_facts(model).fields, *_facts(model).many_to_many]}
    fields |= {field.attname: field for field in _facts(model).fields}
    fields["pk"] = _facts(model).pk
    if key not in fields:
        known = ", ".join(sorted({field.name for field in fields.values()}))
        raise InvalidInput(f"no such field; known: {known}", field=f"rows.{place}.{key}")
    return fields[key]


def _converted(field: Any, value: Any, place: str) -> Any:
    from django.core.exceptions import ValidationError

    if isinstance(value, dict) and set(value) == {"now"}:
        return moment(value["now"], place)
    if value is None or field.get_internal_type() == "JSONField":
        return value
    target = field.target_field if field.is_relation else field
    try:
        return target.to_python(value)
    except (ValidationError, TypeError, ValueError) as error:
        text = " ".join(getattr(error, "messages", [str(error)]))
        raise InvalidInput(text, field=f"rows.{place}") from None


def moment(offset: str, place: str = "now") -> datetime:
    """A moment from now: ``-2h``, ``+90m``, ``3d``, or empty for now.

    :raises InvalidInput: it is none.
    """
    from django.utils import timezone

    if not offset:
        return timezone.now()
    match = _AGO.match(str(offset).strip())
    if match is None:
        raise InvalidInput(
            f"expected an offset such as -2h or +90m, found {offset!r}", field=f"rows.{place}"
        )
    sign, number, unit = match.groups()
    distance = timedelta(**{_UNITS[unit]: float(number)})
    return timezone.now() - distance if sign == "-" else timezone.now() + distance


def _relate(row: Any, field: Any, ids: Iterable[Any]) -> None:
    """Fill a many-to-many field; one with an order is filled in that of the list."""
    through = field.remote_field.through
    here, there = field.m2m_field_name(), field.m2m_reverse_field_name()
    ordered = any(one.name == "order" for one in _facts(through).fields)
    through.objects.bulk_create(
        through(
            **{f"{here}_id": row.pk, f"{there}_id": other},
            **({"order": number} if ordered else {}),
        )
        for number, other in enumerate(ids)
    )


def find(
    model: str,
    where: Mapping[str, Any],
    order: Iterable[str],
    wanted: Iterable[str],
) -> list[dict[str, Any]]:
    """Rows as plain JSON: every field by name, a foreign key also as ``…_id``.

    :param wanted: further values, as Django spells them: ``channel_group__name``, ``streams``.
    :raises InvalidInput: a filter, an order or a value that the model does not have.
    """
    from django.core.exceptions import FieldError, ValidationError
    from django.db import connection

    kind = model_named(model)
    more = list(wanted)
    try:
        rows = list(kind.objects.filter(**where).order_by(*order).distinct())
        found = [_row(row, more) for row in rows]
    except (FieldError, ValidationError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{model}: {error}", field="expect.rows") from None
    finally:
        connection.close()  # so that nobody waits for what was read here
    return found


def _row(row: Any, more: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"pk": _plain(row.pk)}
    for field in _facts(row).fields:
        found[field.name] = found[field.attname] = _plain(getattr(row, field.attname))
    for name in more:
        if name not in found:
            found[name] = _value(row, name)
    return found


def _value(row: Any, path: str) -> Any:
    """What ``a__b`` leads to, through foreign keys: a field, a relation's ids, an attribute."""
    value = row
    for name in path.split("__"):
        if value is None:
            return None
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
        if hasattr(value, "all") and hasattr(value, "values_list"):
            return [_plain(pk) for pk in _ordered(row, name, value)]
    return _plain(getattr(value, "pk", value))


def _ordered(row: Any, name: str, manager: Any) -> list[Any]:
    through = getattr(manager, "through", None)
    if through is None or not any(field.name == "order" for field in _facts(through).fields):
        return [one.pk for one in manager.all().order_by("pk")]
    field = _facts(row).get_field(name)
    links = through.objects.filter(**{f"{field.m2m_field_name()}_id": row.pk}).order_by("order")
    return list(links.values_list(f"{field.m2m_reverse_field_name()}_id", flat=True))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | timedelta | UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str | int | float | bool | None | list | dict):
        return value
    return str(value)
