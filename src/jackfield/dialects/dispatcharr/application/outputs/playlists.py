"""``/output/m3u`` and ``/output/epg``: the lineup as a playlist and as a guide.

Options of both, in the query: ``tvg_id_source`` (``channel_number``, the default, ``tvg_id`` or
``gracenote``) and ``cachedlogos`` (``false`` gives the logos' own addresses). Of the playlist:
``direct`` (``true`` gives the providers' addresses, with what is in them). Of the guide: ``days``
(how far into the future, 0 for all there is) and ``prev_days`` (how far back).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.calls import Call, Streamed, route
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused
from jackfield.dialects.dispatcharr.application.outputs.lineup import (
    GUIDE_IDS,
    Listed,
    lineup,
)
from jackfield.dialects.dispatcharr.application.outputs.m3u import Entry, write_m3u
from jackfield.dialects.dispatcharr.application.outputs.xmltv import write_guide

M3U = "audio/x-mpegurl"
XML = "application/xml"
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Options:
    """What the query asked for; see the module."""

    guide_id: str = "channel_number"
    cached_logos: bool = True
    direct: bool = False
    days: int = 0
    prev_days: int = 0

    def query(self) -> str:
        """Those that the guide shares with the playlist, as a query with its question mark."""
        said: dict[str, str] = {}
        if self.guide_id != "channel_number":
            said["tvg_id_source"] = self.guide_id
        if not self.cached_logos:
            said["cachedlogos"] = "false"
        if self.days:
            said["days"] = str(self.days)
        return f"?{urlencode(said)}" if said else ""


def options_of(call: Call) -> Options:
    """:raises BadFields: an option has a value that it cannot have."""
    query = call.query
    wrong: dict[str, list[str]] = {}

    def flag(name: str, default: bool) -> bool:
        text = query.get(name, "").lower()
        if text and text not in _TRUE + _FALSE:
            wrong[name] = [f"true or false is expected, not {text!r}"]
        return text in _TRUE if text else default

    def number(name: str) -> int:
        text = query.get(name, "0") or "0"
        if not (text.isascii() and text.isdigit() and int(text) <= MOST_DAYS):
            wrong[name] = [f"A whole number from 0 to {MOST_DAYS} is expected, not {text!r}"]
            return 0
        return int(text)

    guide_id = query.get("tvg_id_source") or "channel_number"
    if guide_id not in GUIDE_IDS:
        wrong["tvg_id_source"] = [f"One of {', '.join(GUIDE_IDS)} is expected, not {guide_id!r}"]
    options = Options(
        guide_id=guide_id,
        cached_logos=flag("cachedlogos", True),
        direct=flag("direct", False),
        days=number("days"),
        prev_days=number("prev_days"),
    )
    if wrong:
        raise BadFields(wrong)
    return options


def playlist_routes() -> list[BaseRoute]:
    return [
        route(path + form, endpoint, methods=["GET", "POST"])  # some players ask by POST
        for path, endpoint in (("/output/m3u", _playlist), ("/output/epg", _guide))
        for form in ("", "/", "/{profile}", "/{profile}/")
    ]


def _allow(call: Call, blocked: str) -> None:
    """:raises Refused: the visitor's network may not ask; that is kept as the event *blocked*."""
    from core.utils import log_system_event

    try:
        access.allow(call.visitor, access.M3U_EPG)
    except Refused:
        log_system_event(
            blocked,
            client_ip=call.visitor.address,
            user_agent=call.headers.get("user-agent", "")[:300],
            profile=call.args.get("profile") or "",
            reason="network",
        )
        raise


def _playlist(call: Call) -> Response:
    _allow(call, "m3u_blocked")
    options = options_of(call)
    profile = call.args.get("profile")
    channels = lineup(profile=profile, level=call.visitor.watches_up_to, user=user_of(call))
    under = f"/{quote(profile, safe='')}" if profile else ""
    guide = call.link(f"/output/epg{under}{options.query()}")
    streams = direct_urls(channels) if options.direct else {}

    def stream_url(channel: Listed) -> str:
        return streams.get(channel.pk) or call.link(f"/proxy/ts/stream/{channel.uuid}")

    return playlist_response(call, channels, options, guide, stream_url)


def playlist_response(
    call: Call, channels: list[Listed], options: Options, guide: str, stream_url: Any
) -> Response:
    """*channels* as a playlist for download."""
    entries = (
        Entry(
            name=channel.name,
            url=stream_url(channel),
            guide_id=channel.guide_id(options.guide_id),
            number=channel.number,
            logo=logo_url(call, channel, options),
            group=channel.group or "Default",
            station_id=channel.station_id or "",
            catchup_days=channel.catchup_days if channel.is_catchup else 0,
        )
        for channel in channels
    )
    return Streamed(
        lambda: write_m3u(entries, guide),
        media_type=M3U,
        headers={
            "content-disposition": 'attachment; filename="channels.m3u"',
            "cache-control": "no-cache",
        },
    )


def _guide(call: Call) -> Response:
    _allow(call, "epg_blocked")
    options = options_of(call)
    channels = lineup(
        profile=call.args.get("profile"), level=call.visitor.watches_up_to, user=user_of(call)
    )
    return guide_response(call, channels, options)


def guide_response(call: Call, channels: list[Listed], options: Options) -> Response:
    """*channels* as XMLTV for download."""

    def pieces() -> Iterator[bytes]:
        return write_guide(
            channels,
            guide_id=lambda channel: channel.guide_id(options.guide_id),
            logo=lambda channel: logo_url(call, channel, options),
            days=options.days,
            prev_days=options.prev_days,
        )

    return Streamed(
        pieces,
        media_type=XML,
        headers={
            "content-disposition": 'attachment; filename="guide.xml"',
            "cache-control": "no-cache",
        },
    )


def logo_url(call: Call, channel: Listed, options: Options) -> str:
    """The logo's address for players; empty without a logo."""
    if channel.logo_id is None:
        return ""
    url = channel.logo_url or ""
    if options.cached_logos or not url.startswith(("http://", "https://")):
        return call.link(f"/api/channels/logos/{channel.logo_id}/cache/")
    return url


def direct_urls(channels: list[Listed]) -> dict[int, str]:
    """Channel's primary key → the address of its first stream."""
    from apps.channels.models import ChannelStream

    rows = (
        ChannelStream.objects.filter(channel__in=[channel.pk for channel in channels])
        if len(channels) <= 500
        else ChannelStream.objects.all()
    )
    # The lowest order comes last and stays.
    pairs = rows.order_by("-order", "-pk").values_list("channel_id", "stream__url")
    return {channel: url for channel, url in pairs if url}


def user_of(call: Call) -> Any:
    """The visitor's row, ``None`` without one."""
    from apps.accounts.models import User

    if call.visitor.id is None:
        return None
    return User.objects.filter(pk=call.visitor.id).first()
