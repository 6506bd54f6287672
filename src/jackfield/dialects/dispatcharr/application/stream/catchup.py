"""What a channel showed, as far as its provider keeps it: ``/timeshift/…`` of the player API.

Players name the start in the time zone that the account's information tells them, which here is
UTC; providers want theirs, which they told when the account was asked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jackfield.dialects.dispatcharr.application.failures import BadFields, no_such
from jackfield.dialects.dispatcharr.application.stream.library import Work
from jackfield.dialects.dispatcharr.application.stream.selection import logins_of
from jackfield.dialects.dispatcharr.application.stream.source import Source

LONGEST = 24 * 60
"""Minutes of one request."""

_START = re.compile(r"\d{4}-\d{2}-\d{2}[:_ ]\d{2}-\d{2}(-\d{2})?")


def start_of(text: str) -> datetime:
    """``2026-03-14:20-15``, in UTC.

    :raises BadFields: it is no such time.
    """
    try:
        if _START.fullmatch(text):
            return datetime.strptime(f"{text[:10]} {text[11:16]}", "%Y-%m-%d %H-%M").replace(
                tzinfo=UTC
            )
    except ValueError:
        pass
    raise BadFields({"start": [f"A time such as 2026-03-14:20-15 is expected, not {text[:60]!r}"]})


def find_catchup(channel: Any, start: datetime, minutes: int) -> Work:
    """Every way to get *minutes* of *channel* from *start* on.

    :raises Refused: 404, no provider of the channel keeps what it showed.
    """
    from apps.channels.models import ChannelStream
    from core.models import CoreSettings

    from jackfield.dialects.dispatcharr.iptv.xtream import server_address

    links = ChannelStream.objects.filter(
        channel=channel,
        stream__is_catchup=True,
        stream__stream_id__isnull=False,
        stream__m3u_account__account_type="XC",
        stream__m3u_account__is_active=True,
    ).select_related("stream__m3u_account__user_agent")
    sources = []
    for link in links.order_by("order", "pk"):
        stream, account = link.stream, link.stream.m3u_account
        local = start.astimezone(_zone_of(account)).strftime("%Y-%m-%d:%H-%M")
        base = server_address(account.server_url)
        user, password = (
            quote(text or "", safe="") for text in (account.username, account.password)
        )
        url = f"{base}/timeshift/{user}/{password}/{minutes}/{local}/{stream.stream_id}.ts"
        agent = account.user_agent
        for login, slots, address in logins_of(account, url):
            sources.append(
                Source(
                    stream_id=stream.pk,
                    stream_name=stream.name,
                    url=address,
                    user_agent=agent.user_agent if agent else CoreSettings.get_default_user_agent(),
                    account=account.name,
                    slot=login.pk if login is not None else None,
                    slots=slots,
                    slot_name=login.name if login is not None else "",
                )
            )
    if not sources:
        raise no_such(f"An archive of channel {channel.name!r}")
    return Work(str(channel.uuid), channel.name, sources)


def _zone_of(account: Any) -> tzinfo:
    """The provider's time zone as it told it; UTC if it did not."""
    for login in account.profiles.order_by("-is_default", "pk"):
        said = login.custom_properties
        server = said.get("server_info") if isinstance(said, dict) else None
        name = server.get("timezone") if isinstance(server, dict) else None
        if isinstance(name, str) and name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return UTC
