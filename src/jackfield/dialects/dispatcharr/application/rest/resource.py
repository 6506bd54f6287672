"""A table as a REST resource: list, create, read, change, delete.

Lists come whole, or by page when ``page`` or ``page_size`` is given:
``{"count", "next", "previous", "results"}``. ``search`` looks in the resource's texts, ``ordering``
sorts (``-name`` backwards), other parameters filter. Source: dispatcharr spec 2.8 (levels,
slashes); lists and errors have the forms of Django REST framework, for which clients are written.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN, STANDARD
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused, no_such
from jackfield.dialects.dispatcharr.application.rest.values import (
    REQUIRED,
    Unfit,
    from_json,
    to_json,
)

PAGE = 50
LARGEST_PAGE = 50_000

Row = Any
More = Callable[[list[Row]], dict[Any, dict[str, Any]]]
"""Rows → what else is shown of each, by primary key: one query for all of them."""


@dataclass(frozen=True)
class Resource:
    """How a table is shown.

    :param model: ``module:Class``.
    :param fields: JSON name → attribute of the model where it differs; a foreign key's attribute
        ends with ``_id``.
    :param read_only: JSON names that requests cannot set; ``id`` never can.
    :param secret: JSON names that are taken and never shown; shown is ``has_<name>``.
    :param search: lookups for ``search``.
    :param filters: query parameter → lookup.
    :param order: how lists are sorted unless asked otherwise.
    :param paged: lists always come by page.
    :param parent: the foreign key's attribute and the path's parameter that it must equal.
    :param verbs: what is offered.
    :param more: see :data:`More`.
    :param save: ``(row, values, changed names, call)`` → saves; for what is not a column.
    :param check_delete: raises for rows that stay.
    """

    model: str
    fields: Mapping[str, str]
    read_only: Sequence[str] = ()
    secret: Sequence[str] = ()
    also: Sequence[str] = ()
    search: Sequence[str] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ("pk",)
    paged: bool = False
    parent: tuple[str, str] | None = None
    verbs: Sequence[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")
    level: int = STANDARD
    write_level: int = ADMIN
    more: More | None = None
    save: Callable[[Row, dict[str, Any], set[str], Call], None] | None = None
    check_delete: Callable[[Row], None] | None = None
    narrow: Callable[[Any, Call], Any] | None = None

    def routes(self, path: str) -> list[BaseRoute]:
        """The list at *path*, rows at ``<path><id>/``; *path* ends with a slash."""
        many = [verb for verb in ("GET", "POST") if verb in self.verbs]
        one = [verb for verb in ("GET", "PUT", "PATCH", "DELETE") if verb in self.verbs]
        levels = {"level": self.level, "write_level": self.write_level}
        return [
            route(path, self._many, methods=many, **levels),
            route(f"{path}{{id:int}}/", self._one, methods=one, **levels),
        ]

    # Endpoints -----------------------------------------------------------------------------------

    def _many(self, call: Call) -> Response:
        if call.method == "POST":
            row = self.create(call, call.json())
            return JSONResponse(self.shown([row])[0], 201)
        return self.listed(call)

    def _one(self, call: Call) -> Response:
        from django.core.exceptions import ValidationError

        row = self.row(call, call.args["id"])
        if call.method == "DELETE":
            try:
                if self.check_delete is not None:
                    self.check_delete(row)
                row.delete()
            except ValidationError as error:
                raise Refused(" ".join(error.messages), 400) from None
            return Response(status_code=204)
        if call.method in ("PUT", "PATCH"):
            self.change(call, row, call.json(), whole=call.method == "PUT")
        return JSONResponse(self.shown([row])[0])

    # Rows ----------------------------------------------------------------------------------------

    @property
    def table(self) -> Any:
        module, _, name = self.model.partition(":")
        return getattr(importlib.import_module(module), name)

    def rows(self, call: Call) -> Any:
        """The rows that the call is about."""
        rows = self.table.objects.all()
        if self.parent is not None:
            attribute, parameter = self.parent
            rows = rows.filter(**{attribute: call.args[parameter]})
        return rows if self.narrow is None else self.narrow(rows, call)

    def row(self, call: Call, key: int) -> Row:
        """:raises Refused: 404."""
        found = self.rows(call).filter(pk=key).first() if key < 2**63 else None
        if found is None:
            raise no_such(f"{self.table._meta.verbose_name.capitalize()} {key}")  # noqa: SLF001
        return found

    def filtered(self, call: Call) -> Any:
        """The rows that the query asks for, sorted.

        :raises BadFields: a parameter has a value that it cannot have.
        """
        from django.db.models import Q

        rows = self.rows(call)
        for name, lookup in self.filters.items():
            value = call.query.get(name)
            if value not in (None, ""):
                rows = self._filter(rows, name, lookup, value)
        words = call.query.get("search", "").replace("\x00", "").split()
        for word in words if self.search else ():
            said = Q()
            for lookup in self.search:
                said |= Q(**{f"{lookup}__icontains": word})
            rows = rows.filter(said)
        return rows.order_by(*self._order(call), "pk")

    def _filter(self, rows: Any, name: str, lookup: str, value: Any) -> Any:
        from django.core.exceptions import FieldError, ValidationError

        if lookup.endswith("__in"):
            value = [part for part in value.split(",") if part]
        elif value.lower() in ("true", "false"):
            value = value.lower() == "true"
        elif value.lower() in ("null", "none"):
            return rows.filter(**{f"{lookup}__isnull": True})
        try:
            rows = rows.filter(**{lookup: value})
            return rows.distinct() if "__" in lookup else rows  # it may join several rows
        except (ValueError, TypeError, FieldError, ValidationError, OverflowError):
            raise BadFields({name: [f"{str(value)[:60]!r} cannot be looked for"]}) from None

    def _order(self, call: Call) -> list[str]:
        asked = [part for part in call.query.get("ordering", "").split(",") if part]
        order = []
        for part in asked:
            name = part.removeprefix("-")
            if name not in self.fields:
                names = ", ".join(self.fields)
                raise BadFields({"ordering": [f"One of {names} is expected, not {name[:60]!r}"]})
            order.append(("-" if part.startswith("-") else "") + (self.fields[name] or name))
        return order or list(self.order)

    def listed(self, call: Call) -> Response:
        """The list, or its page."""
        rows = self.filtered(call)
        if not (self.paged or "page" in call.query or "page_size" in call.query):
            return JSONResponse(self.shown(list(rows)))
        page, size = _number(call, "page", 1, 10**9), _number(call, "page_size", PAGE, LARGEST_PAGE)
        count = rows.count()
        start = (page - 1) * size
        if page > 1 and start >= count:
            raise Refused("Invalid page.", 404)
        return JSONResponse(
            {
                "count": count,
                "next": _page(call, page + 1) if start + size < count else None,
                "previous": _page(call, page - 1) if page > 1 else None,
                "results": self.shown(list(rows[start : start + size])),
            }
        )

    def shown(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Rows as JSON."""
        more = self.more(rows) if self.more is not None and rows else {}
        shown = []
        for row in rows:
            values: dict[str, Any] = {"id": row.pk}
            for name, attribute in self.fields.items():
                if name in self.secret:
                    values[f"has_{name}"] = bool(getattr(row, attribute or name))
                else:
                    values[name] = to_json(getattr(row, attribute or name))
            values.update(more.get(row.pk, {}))
            shown.append(values)
        return shown

    # Changes -------------------------------------------------------------------------------------

    def create(self, call: Call, said: dict[str, Any]) -> Row:
        """:raises BadFields: by field, what does not fit or is missing."""
        row = self.table()
        if self.parent is not None:
            attribute, parameter = self.parent
            self._parent_exists(attribute, call.args[parameter])
            setattr(row, attribute, call.args[parameter])
        return self.change(call, row, said, whole=True)

    def change(self, call: Call, row: Row, said: dict[str, Any], *, whole: bool = False) -> Row:
        """:raises BadFields: by field, what does not fit. Nothing was changed then."""
        from django.core.exceptions import ValidationError
        from django.db import IntegrityError, transaction

        changed = self._take(row, said, whole=whole and row.pk is None)
        also = {name: said[name] for name in self.also if name in said}
        try:
            with transaction.atomic():
                row.validate_unique()
                row.validate_constraints()
                if self.save is not None:
                    self.save(row, also, changed, call)
                else:
                    row.save()
        except ValidationError as error:
            raise BadFields(self._messages(error)) from None
        except IntegrityError as error:
            raise BadFields(
                {"non_field_errors": [f"This contradicts another row: {error}"]}
            ) from None
        return row

    def _take(self, row: Row, said: dict[str, Any], *, whole: bool) -> set[str]:
        wrong: dict[str, list[str]] = {}
        values: dict[str, Any] = {}
        for name, attribute in self._writable():
            column = self._column(attribute)
            spelled = name if name in said else self._other_spelling(name, said)
            if spelled is None:
                if whole and self._is_needed(column):
                    wrong[name] = [REQUIRED]
                continue
            if name in self.secret and said[spelled] == "" and not whole:
                continue  # a form that does not know the secret sends it empty
            try:
                values[attribute] = from_json(column, said[spelled])
            except Unfit as error:
                wrong[name] = [str(error)]
        if wrong:
            raise BadFields(wrong)
        for attribute, value in values.items():
            setattr(row, attribute, value)
        return set(values)

    def _writable(self) -> Iterable[tuple[str, str]]:
        for name, attribute in self.fields.items():
            if name not in self.read_only and name != "id":
                yield name, attribute or name

    def _column(self, attribute: str) -> Any:
        meta = self.table._meta  # noqa: SLF001
        for column in meta.concrete_fields:
            if column.attname == attribute or column.name == attribute:
                return column
        raise LookupError(f"{self.model} has no column {attribute}")

    @staticmethod
    def _other_spelling(name: str, said: dict[str, Any]) -> str | None:
        """``logo`` for ``logo_id`` and the other way round."""
        other = name.removesuffix("_id") if name.endswith("_id") else f"{name}_id"
        return other if other in said else None

    def _is_needed(self, column: Any) -> bool:
        return not (column.has_default() or column.null or column.blank or column.primary_key)

    def _parent_exists(self, attribute: str, key: int) -> None:
        related = self._column(attribute).related_model
        if not related.objects.filter(pk=key).exists():
            raise no_such(f"{related._meta.verbose_name.capitalize()} {key}")  # noqa: SLF001

    def _messages(self, error: Any) -> dict[str, list[str]]:
        if not hasattr(error, "error_dict"):
            return {"non_field_errors": list(error.messages)}
        names = {attribute or name: name for name, attribute in self.fields.items()}
        return {
            names.get(key, names.get(f"{key}_id", "non_field_errors")): messages
            for key, messages in error.message_dict.items()
        }


def _number(call: Call, name: str, otherwise: int, most: int) -> int:
    text = call.query.get(name) or str(otherwise)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
        raise BadFields({name: [f"A whole number from 1 to {most} is expected, not {text[:60]!r}"]})
    return int(text)


def _page(call: Call, page: int) -> str:
    query = {**dict(call.query), "page": str(page)}
    return f"{call.link(call.path)}?{urlencode(query)}"


def fields(names: str, **renamed: str) -> dict[str, str]:
    """Names split at blanks; *renamed* JSON names and their attributes after them."""
    return {**dict.fromkeys(names.split(), ""), **renamed}


def keys_of(call: Call, name: str, *, most: int = 100_000) -> list[int]:
    """A list of ids in the body.

    :raises BadFields: it is none.
    """
    found = call.json().get(name)
    if isinstance(found, list) and len(found) <= most and all(map(_is_key, found)):
        return list(found)
    raise BadFields({name: [f"A list of at most {most} ids is expected"]})


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
