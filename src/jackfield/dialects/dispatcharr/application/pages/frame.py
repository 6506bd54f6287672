"""What all pages have: the frame around them, the log-in before them, and their lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.calls import Call, in_thread
from jackfield.dialects.dispatcharr.application.contract import COOKIE, STANDARD
from jackfield.dialects.dispatcharr.application.failures import Refused
from jackfield.dialects.dispatcharr.application.visitor import visitor_of

PER_PAGE = 50
_LONGEST = 200

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}

NAVIGATION = (
    ("/", "Overview"),
    ("/channels", "Channels"),
    ("/streams", "Streams"),
    ("/guide", "Guide"),
    ("/accounts", "Accounts"),
    ("/sources", "EPG sources"),
    ("/plugins", "Plugins"),
    ("/events", "Events"),
)

Make = Callable[[Call], dict[str, Any]]

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader(__package__, "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(path: str, template: str, make: Make) -> Route:
    """A page for signed-in users of at least the standard level; others are asked to sign in.

    :param make: gives the template's values; runs in a thread.
    """

    async def endpoint(request: Request) -> Response:
        visitor = visitor_of(request)
        call = Call(
            method="GET",
            path=request.url.path,
            visitor=visitor,
            query=request.query_params,
            headers=request.headers,
            args=dict(request.path_params),
        )
        if visitor.level < STANDARD and visitor.id is None:
            there = path + (f"?{request.url.query}" if request.url.query else "")
            target = f"{visitor.prefix}/login?{urlencode({'next': there})}"
            return RedirectResponse(target, 303, {"cache-control": "no-store"})
        try:
            if visitor.level < STANDARD:
                raise Refused("These pages are for users of the standard level and above", 403)
            return await in_thread(_made, call, path, template, make)
        except Refused as error:
            return render(call, path, "refused.html", {"message": str(error)}, error.answer)

    return Route(path, endpoint, methods=["GET"])


def _made(call: Call, path: str, template: str, make: Make) -> Response:
    access.allow(call.visitor, access.UI)
    return render(call, path, template, make(call))


def login(path: str) -> Route:
    """The log-in, or where there is no administrator yet, making the first one."""

    async def endpoint(request: Request) -> Response:
        visitor = visitor_of(request)
        call = Call("GET", request.url.path, visitor, request.query_params, request.headers)
        first = await in_thread(_is_first, visitor.address)
        return render(call, path, "login.html", {"first": first})

    return Route(path, endpoint, methods=["GET"])


def _is_first(address: str) -> bool:
    from apps.accounts.models import User

    nobody = not User.objects.filter(user_level__gte=10).exists()
    return nobody and access.allowed(address, access.PRIVATE)


def render(
    call: Call, path: str, template: str, values: dict[str, Any], status: int = 200
) -> Response:
    """A page in its frame."""
    text = _templates.get_template(template).render(
        prefix=call.visitor.prefix,
        base=call.visitor.base,
        visitor=call.visitor,
        cookie=COOKIE,
        here=path,
        navigation=NAVIGATION,
        **values,
    )
    return HTMLResponse(text, status, _HEADERS)


# Lists -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listing:
    """One page of a list, and the way to the others.

    :param filters: what is chosen, by the query's name.
    """

    rows: list[Any]
    total: int
    page: int
    search: str
    sort: str
    filters: dict[str, str]

    @property
    def pages(self) -> int:
        return max((self.total + PER_PAGE - 1) // PER_PAGE, 1)

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or any(self.filters.values()))

    def query(self, **change: Any) -> str:
        """This list's query with *change*; a new search or order starts at the first page."""
        values = {"q": self.search, "sort": self.sort, **self.filters, **change}
        if "page" not in change:
            values["page"] = ""
        return "?" + urlencode({key: value for key, value in values.items() if value})

    def sorting(self, name: str) -> str:
        """The query that sorts by *name*, backwards if it does so already."""
        return self.query(sort=f"-{name}" if self.sort == name else name)

    def direction(self, name: str) -> str:
        """``ascending``, ``descending`` or ``none``: how *name* is sorted."""
        if self.sort == name:
            return "ascending"
        return "descending" if self.sort == f"-{name}" else "none"


def listing(
    call: Call,
    rows: Any,
    *,
    search: tuple[str, ...] = (),
    sorts: dict[str, str],
    default: str,
    filters: dict[str, str] | None = None,
) -> Listing:
    """The page of *rows* that the query asks for; what makes no sense in it is not minded.

    :param sorts: name in the query → column.
    :param filters: name in the query → column that must equal it.
    """
    from django.db.models import F, Q

    words = call.query.get("q", "").replace("\x00", "")[:_LONGEST]
    for word in words.split():
        said = Q()
        for column in search:
            said |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(said)
    chosen: dict[str, str] = {}
    for name, column in (filters or {}).items():
        value = call.query.get(name, "")
        chosen[name] = value if value.isascii() and value.isdigit() and len(value) < 18 else ""
        if chosen[name]:
            rows = rows.filter(**{column: int(chosen[name])})
    sort = call.query.get("sort", default)
    if sort.removeprefix("-") not in sorts:
        sort = default
    column = F(sorts[sort.removeprefix("-")])
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    total = rows.count()
    last = max((total + PER_PAGE - 1) // PER_PAGE, 1)
    asked = call.query.get("page", "1")
    number = int(asked[:9]) if asked.isascii() and asked.isdigit() else 1
    number = min(max(number, 1), last)
    start = (number - 1) * PER_PAGE
    found = list(rows.order_by(order, "pk")[start : start + PER_PAGE])
    return Listing(found, total, number, words, "" if sort == default else sort, chosen)


# For templates -----------------------------------------------------------------------------------


def ago(moment: datetime | None) -> str:
    """``3 minutes ago``; ``never`` of nothing."""
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


_templates.filters["ago"] = ago
_templates.filters["iso"] = lambda moment: moment.astimezone(UTC).isoformat(timespec="seconds")
_templates.filters["clock"] = lambda moment: moment.astimezone(UTC).strftime("%H:%M")
_templates.filters["thousands"] = lambda number: f"{number:,}".replace(",", "\N{THIN SPACE}")
