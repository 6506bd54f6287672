"""What an operator asks of the IPTV database, answered in plain JSON.

Runs where Django is configured. The command line gets here through :mod:`desk` and
:mod:`process`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from jackfield.dialects.dispatcharr.iptv.download import shown
from jackfield.dialects.dispatcharr.iptv.group_writer import sync_all_groups
from jackfield.dialects.dispatcharr.iptv.kinds import Kind, is_address, login_of
from jackfield.dialects.dispatcharr.iptv.reports import Listener
from jackfield.dialects.dispatcharr.iptv.xtream import server_address
from jackfield.errors import Conflict, InvalidInput, NotFound

JSON = dict[str, Any]

_LONGEST_FILE = 255
_LONGEST_URL = 1000
_MANY = 100_000


def answer(command: str, params: Mapping[str, Any], listen: Listener | None = None) -> Any:
    """Answer one of :data:`COMMANDS`, or do one of :data:`WORKS`.

    :raises NotFound: no such command, account, guide or channel.
    :raises InvalidInput: parameters that do not fit.
    """
    method = COMMANDS.get(command) or WORKS.get(command)
    if method is None:
        known = ", ".join(sorted([*COMMANDS, *WORKS]))
        raise NotFound(f"no command {command!r}; there are: {known}")
    more = {"listen": listen} if command in WORKS else {}
    try:
        signature(method).bind(**params, **more)
    except TypeError as error:
        raise InvalidInput(f"{command}: {error}") from None
    return method(**params, **more)


def accounts() -> list[JSON]:
    """Accounts that streams come from, without the one of streams entered by hand if it is empty:
    ``id name type source status message active streams stale groups updated``."""
    from apps.channels.models import ChannelGroupM3UAccount, Stream
    from apps.m3u.models import M3UAccount
    from django.db.models import Count

    streams = _counts(Stream.objects.values_list("m3u_account").annotate(n=Count("pk")))
    stale = _counts(
        Stream.objects.filter(is_stale=True).values_list("m3u_account").annotate(n=Count("pk"))
    )
    groups = _counts(
        ChannelGroupM3UAccount.objects.values_list("m3u_account").annotate(n=Count("pk"))
    )
    found = []
    for row in M3UAccount.objects.order_by("name"):
        if row.locked and not streams.get(row.pk):
            continue
        found.append(
            {
                "id": row.pk,
                "name": row.name,
                "type": "xtream" if row.account_type == "XC" else "m3u",
                "source": _place(row.server_url, row.file_path),
                "status": row.status,
                "message": row.last_message or "",
                "active": row.is_active,
                "streams": streams.get(row.pk, 0),
                "stale": stale.get(row.pk, 0),
                "groups": groups.get(row.pk, 0),
                "updated": _time(row.updated_at),
                "interval_hours": row.refresh_interval,
            }
        )
    return found


def sources() -> list[JSON]:
    """Guides: ``id name type source status message active channels mapped programs updated``."""
    from apps.epg.models import EPGData, EPGSource, ProgramData
    from django.db.models import Count

    channels = _counts(EPGData.objects.values_list("epg_source").annotate(n=Count("pk")))
    mapped = _counts(
        EPGData.objects.filter(channels__isnull=False)
        .values_list("epg_source")
        .annotate(n=Count("pk", distinct=True))
    )
    programs = _counts(ProgramData.objects.values_list("epg__epg_source").annotate(n=Count("pk")))
    return [
        {
            "id": row.pk,
            "name": row.name,
            "type": row.source_type,
            "source": _place(row.url, row.file_path),
            "status": row.status,
            "message": row.last_message or "",
            "active": row.is_active,
            "channels": channels.get(row.pk, 0),
            "mapped": mapped.get(row.pk, 0),
            "programs": programs.get(row.pk, 0),
            "updated": _time(row.updated_at),
            "interval_hours": row.refresh_interval,
        }
        for row in EPGSource.objects.order_by("name")
    ]


def channels(search: str = "", group: str = "", limit: int = 100) -> JSON:
    """Channels by number: ``total`` and ``channels`` with ``id number name group tvg_id guide
    streams uuid``.

    :param search: part of the name, in any case.
    :param group: name of the group.
    """
    from apps.channels.models import Channel
    from django.db.models import Count, F

    if limit not in range(1, _MANY + 1):
        raise InvalidInput(f"expected 1 to {_MANY}, found {limit}", field="--limit")
    rows = Channel.objects.all()
    if search:
        rows = rows.filter(name__icontains=search)
    if group:
        rows = rows.filter(channel_group__name=group)
    listed = rows.select_related("channel_group", "epg_data__epg_source")
    ordered = listed.annotate(n=Count("streams")).order_by(
        F("channel_number").asc(nulls_last=True), "name", "pk"
    )
    found = [
        {
            "id": row.pk,
            "uuid": str(row.uuid),
            "number": row.channel_number,
            "name": row.name,
            "group": row.channel_group.name if row.channel_group else "",
            "tvg_id": row.tvg_id or "",
            "guide": row.epg_data.epg_source.name
            if row.epg_data and row.epg_data.epg_source
            else "",
            "streams": row.n,
        }
        for row in ordered[:limit]
    ]
    return {"total": rows.count(), "channels": found}


def find(name: str) -> list[JSON]:
    """Accounts and guides of that name, or all that are on without one: ``kind`` (``m3u`` or
    ``epg``), ``id``, ``name``.

    :raises NotFound: none has that name.
    """
    from apps.epg.models import EPGSource
    from apps.m3u.models import M3UAccount

    accounts, guides = M3UAccount.objects.filter(locked=False), EPGSource.objects.all()
    if name:
        accounts, guides = accounts.filter(name=name), guides.filter(name=name)
    else:
        accounts, guides = accounts.filter(is_active=True), guides.filter(is_active=True)
        guides = guides.exclude(source_type="dummy")
    found = [{"kind": "m3u", "id": row.pk, "name": row.name} for row in accounts.order_by("name")]
    found += [{"kind": "epg", "id": row.pk, "name": row.name} for row in guides.order_by("name")]
    if name and not found:
        names = [*M3UAccount.objects.filter(locked=False).values_list("name", flat=True)[:10]]
        names += EPGSource.objects.values_list("name", flat=True)[:10]
        raise NotFound(
            f"no account or guide is named {name!r}; there are: {', '.join(names) or 'none'}"
        )
    return found


def add(
    kind: Kind,
    source: str,
    name: str,
    username: str = "",
    password: str = "",
    interval_hours: int | None = None,
    channels: bool = False,
) -> JSON:
    """Have an account or guide of that name, from that source; one that is there is changed.

    :param source: an address, or the absolute path of a file.
    :param channels: make a channel of every stream, now and after each refresh.
    :returns: ``kind`` (``m3u`` or ``epg``), ``id``, ``name``, ``created``.
    :raises InvalidInput: something is missing, too long or wrong; nothing was stored.
    :raises Conflict: the name is that of an account whose streams are entered by hand.
    """
    if not name.strip() or len(name) > _LONGEST_FILE:
        raise InvalidInput("expected a name of up to 255 characters", field="--name")
    if kind == "epg":
        return _add_guide(source, name.strip(), interval_hours)
    added = _add_account(kind, source, name.strip(), username, password, interval_hours)
    if channels:
        from apps.m3u.models import M3UAccount

        sync_all_groups(M3UAccount.objects.get(pk=added["id"]))
    return added


def _add_account(
    kind: Kind, source: str, name: str, username: str, password: str, hours: int | None
) -> JSON:
    from apps.m3u.models import M3UAccount
    from core.queueing import nothing_queued
    from django.db import transaction

    values: JSON = {"account_type": "STD", **_location(source, "server_url")}
    if kind == "xtream":
        written = login_of(source)
        username, password = username or written[0], password or written[1]
        if not username or not password:
            raise InvalidInput(
                "an Xtream server wants a user name and a password",
                hint="give --username, and --password-stdin with the password on standard input",
            )
        values = {"account_type": "XC", "server_url": server_address(source), "file_path": None}
    if username:
        values |= {"username": username, "password": password}
    if hours is not None:
        values["refresh_interval"] = hours
    # Its refresh follows at once: no other is to be queued.
    with transaction.atomic(), nothing_queued():
        row = M3UAccount.objects.filter(name=name).first()
        if row is not None and row.locked:
            raise Conflict(f"the account {name} holds the streams that are entered by hand")
        created = row is None
        row = row or M3UAccount(name=name)
        for field, value in {**values, "is_active": True}.items():
            setattr(row, field, value)
        row.save()
    return {"kind": "m3u", "id": row.pk, "name": row.name, "created": created}


def _add_guide(source: str, name: str, hours: int | None) -> JSON:
    from apps.epg.models import EPGSource
    from core.queueing import nothing_queued
    from django.db import transaction

    values: JSON = {"source_type": "xmltv", "is_active": True, **_location(source, "url")}
    if hours is not None:
        values["refresh_interval"] = hours
    with transaction.atomic(), nothing_queued():
        row = EPGSource.objects.filter(name=name).first()
        created = row is None
        row = row or EPGSource(name=name)
        for field, value in values.items():
            setattr(row, field, value)
        row.save()
    return {"kind": "epg", "id": row.pk, "name": row.name, "created": created}


def _location(source: str, url_field: str) -> JSON:
    if is_address(source):
        if len(source) > _LONGEST_URL:
            raise InvalidInput(f"an address has at most {_LONGEST_URL} characters")
        return {url_field: source, "file_path": None}
    if len(source) > _LONGEST_FILE:
        raise InvalidInput(f"a file's path has at most {_LONGEST_FILE} characters", file=source)
    return {url_field: None, "file_path": source}


def remove(name: str) -> JSON:
    """Delete the account or guide of that name and what came from it.

    :raises NotFound: none has that name.
    """
    from apps.epg.models import EPGSource
    from apps.m3u.models import M3UAccount

    for item in find(name):
        model = M3UAccount if item["kind"] == "m3u" else EPGSource
        model.objects.filter(pk=item["id"]).delete()
    return {"removed": name}


def match(listen: Listener | None = None) -> JSON:
    """Give a guide to channels without one, and read its programmes: as :func:`refresh`, with the
    ``channels`` that got one."""
    from core.queueing import nothing_queued

    from jackfield.dialects.dispatcharr.iptv.epg_match import match_channels, one_a_guide
    from jackfield.dialects.dispatcharr.iptv.epg_refresh import parse_programmes

    tell = listen or (lambda _frame: None)
    tell({"action": "matching", "progress": 0})
    with nothing_queued():
        found = match_channels()
    guides = one_a_guide([channel["epg_data_id"] for channel in found["channels"]])
    for number, key in enumerate(guides):
        tell({"action": "parsing_programs", "progress": 100 * number // len(guides)})
        parse_programmes(key)
    message = f"{found['matched']} of {found['total']} channels got a guide"
    counts = {"matched": found["matched"], "total": found["total"]}
    return {
        "ok": True, "status": "success", "message": message, "counts": counts, "problems": [],
        "channels": found["channels"],
    }  # fmt: skip


def refresh(kind: str, id: int, name: str = "", listen: Listener | None = None) -> JSON:  # noqa: A002
    """Refresh an account (``m3u``) or guide (``epg``): ``ok status message counts problems``.

    :raises InvalidInput: another kind.
    """
    from apps.m3u.tasks import refresh_vod_of

    from jackfield.dialects.dispatcharr.iptv.epg_refresh import refresh_source
    from jackfield.dialects.dispatcharr.iptv.m3u_refresh import refresh_account

    del name
    if kind not in ("m3u", "epg"):
        raise InvalidInput(f"expected m3u or epg, found {kind!r}", field="kind")
    if not isinstance(id, int):
        raise InvalidInput(f"expected a number, found {id!r}", field="id")
    run = refresh_account if kind == "m3u" else refresh_source
    outcome = run(id, listen=listen)
    if kind == "m3u" and outcome.ok:
        refresh_vod_of(id)
    return {"ok": outcome.ok, **vars(outcome)}


COMMANDS: dict[str, Callable[..., Any]] = {
    "accounts": accounts,
    "sources": sources,
    "channels": channels,
    "find": find,
    "add": add,
    "remove": remove,
}
"""What :func:`answer` answers."""

WORKS: dict[str, Callable[..., JSON]] = {"match": match, "refresh": refresh}
"""What takes a while, and so is a job; each takes ``listen``."""


def _counts(rows: Any) -> dict[Any, int]:
    return dict(rows.order_by())


def _place(url: str | None, file: str | None) -> str:
    return shown(url) if url else file or ""


def _time(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
