"""An HDHomeRun tuner, as Plex, Jellyfin, Emby and Channels find it.

Under ``/hdhr``, ``/hdhr/<profile>`` and at the root, where clients look that know only a host and
a port. Source: Silicondust's HTTP development guide; ``device.xml`` after UPnP's device template.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.failures import no_such
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed, lineup
from jackfield.dialects.dispatcharr.application.outputs.m3u import Entry, write_m3u
from jackfield.dialects.dispatcharr.application.outputs.xmltv import text
from jackfield.dialects.dispatcharr.application.stream.routes import channel_to_watch, watch
from jackfield.dialects.dispatcharr.application.stream.session import Channel
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard
from jackfield.dialects.dispatcharr.application.visitor import Visitor

_TUNERS_UNLIMITED = 10
"""Offered when an account has no limit of its own."""


def hdhr_routes(switchboard: Switchboard) -> list[BaseRoute]:
    async def tune(request: Request) -> Response:
        name = request.path_params["channel"]

        def find(visitor: Visitor) -> tuple[Channel, str | None]:
            access.allow(visitor, access.STREAMS)
            return _by_number(name, visitor)

        return await watch(request, switchboard, find)

    documents = {
        "discover.json": _discover,
        "lineup.json": _lineup_json,
        "lineup.xml": _lineup_xml,
        "lineup.m3u": _lineup_m3u,
        "lineup_status.json": _status,
        "device.xml": _device,
    }
    routes: list[BaseRoute] = []
    for base in ("", "/hdhr", "/hdhr/{profile}"):
        routes += [route(f"{base}/{name}", made) for name, made in documents.items()]
        routes.append(route(f"{base}/lineup.post", _scan, methods=["GET", "POST"]))
        routes.append(Route(f"{base}/auto/{{channel}}", tune, methods=["GET"]))
    routes += [
        route("/hdhr", _discover),
        route("/hdhr/", _discover),
    ]
    return routes


def _base(call: Call) -> str:
    """The address under which this tuner was asked."""
    profile = call.args.get("profile")
    if profile:
        return call.link(f"/hdhr/{quote(profile, safe='')}")
    return call.link("/hdhr" if call.path.startswith("/hdhr") else "")


def _channels(call: Call) -> list[Listed]:
    access.allow(call.visitor, access.M3U_EPG)
    return lineup(profile=call.args.get("profile"), level=call.visitor.watches_up_to)


def _about(call: Call) -> dict[str, Any]:
    access.allow(call.visitor, access.M3U_EPG)
    profile = call.args.get("profile") or ""
    if profile:
        _known(profile)
    base = _base(call)
    return {
        "FriendlyName": f"Jackfield {profile}".rstrip(),
        "Manufacturer": "Jackfield",
        "ModelNumber": "HDTC-2US",
        "FirmwareName": "hdhomerun_jackfield",
        "FirmwareVersion": "20260101",
        "DeviceID": device_id(profile),
        "DeviceAuth": "jackfield",
        "BaseURL": base,
        "LineupURL": f"{base}/lineup.json",
        "TunerCount": tuner_count(),
    }


def _discover(call: Call) -> Response:
    return JSONResponse(_about(call))


def _status(call: Call) -> Response:
    access.allow(call.visitor, access.M3U_EPG)
    return JSONResponse(
        {"ScanInProgress": 0, "ScanPossible": 0, "Source": "Cable", "SourceList": ["Cable"]}
    )


def _scan(call: Call) -> Response:
    """Clients ask for a scan before they read the lineup; there is nothing to scan."""
    access.allow(call.visitor, access.M3U_EPG)
    return Response(status_code=200)


def _rows(call: Call) -> list[dict[str, str]]:
    rows = []
    for channel in _channels(call):
        row = {
            "GuideNumber": channel.number or str(channel.pk),
            "GuideName": channel.name,
            "URL": call.link(f"/proxy/ts/stream/{channel.uuid}"),
        }
        if channel.station_id:
            row["Station"] = channel.station_id
        if channel.logo_id:
            row["ImageURL"] = call.link(f"/api/channels/logos/{channel.logo_id}/cache/")
        rows.append(row)
    return rows


def _lineup_json(call: Call) -> Response:
    return JSONResponse(_rows(call))


def _lineup_xml(call: Call) -> Response:
    programs = "".join(
        "<Program>"
        + "".join(f"<{key}>{text(row[key])}</{key}>" for key in ("GuideNumber", "GuideName", "URL"))
        + "</Program>"
        for row in _rows(call)
    )
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Lineup>{programs}</Lineup>',
        media_type="application/xml",
    )


def _lineup_m3u(call: Call) -> Response:
    entries = (
        Entry(row["GuideName"], row["URL"], number=row["GuideNumber"], guide_id=row["GuideNumber"])
        for row in _rows(call)
    )
    return Response(b"".join(write_m3u(entries)), media_type="audio/x-mpegurl")


def _device(call: Call) -> Response:
    about = _about(call)
    said = {
        "deviceType": "urn:schemas-upnp-org:device:MediaServer:1",
        "friendlyName": about["FriendlyName"],
        "manufacturer": about["Manufacturer"],
        "modelName": about["ModelNumber"],
        "modelNumber": about["ModelNumber"],
        "serialNumber": about["DeviceID"],
        "UDN": f"uuid:{about['DeviceID']}",
    }
    device = "".join(f"<{key}>{text(value)}</{key}>" for key, value in said.items())
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<root xmlns="urn:schemas-upnp-org:device-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<URLBase>{text(about['BaseURL'])}</URLBase><device>{device}</device></root>",
        media_type="application/xml",
    )


# Facts of the tuner ------------------------------------------------------------------------------

_CHECK = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)


def device_id(profile: str = "") -> str:
    """Eight hexadecimal digits, the same for this installation and profile for ever.

    The last digit makes the checksum right that some clients verify.
    """
    from django.conf import settings

    digest = hashlib.sha256(f"{settings.SECRET_KEY}\0{profile}".encode()).digest()
    number = int.from_bytes(digest[:4], "big") & 0xFFFFFFF0
    return f"{number | checksum(number):08X}"


def checksum(number: int) -> int:
    """What the last digit must be, in an id whose last digit is 0."""
    check = 0
    for shift in (28, 20, 12, 4):
        check ^= _CHECK[(number >> shift) & 0xF] ^ ((number >> (shift - 4)) & 0xF)
    return check


def tuner_count() -> int:
    """How many channels can play at once: what the accounts allow, together."""
    from apps.channels.models import Stream
    from apps.m3u.models import M3UAccountProfile

    total = 0
    logins = M3UAccountProfile.objects.filter(is_active=True, m3u_account__is_active=True)
    for own, account, custom in logins.values_list(
        "max_streams", "m3u_account__max_streams", "m3u_account__locked"
    ):
        if not custom:
            total += own or account or _TUNERS_UNLIMITED
    if Stream.objects.filter(is_custom=True).exists():
        total += _TUNERS_UNLIMITED
    return min(max(total, 1), 255)


def _known(profile: str) -> None:
    from apps.channels.models import ChannelProfile

    if not ChannelProfile.objects.filter(name=profile).exists():
        raise no_such(f"Channel profile {profile!r}")


def _by_number(name: str, visitor: Visitor) -> tuple[Channel, str | None]:
    """``v5.1``, as tuners name virtual channels.

    :raises Refused: 404, no channel has that number.
    """
    from apps.channels.models import Channel as Row

    try:
        number = float(name.removeprefix("v"))
    except ValueError:
        raise no_such(f"Channel {name}") from None
    row = Row.objects.filter(
        channel_number=number, hidden_from_output=False, user_level__lte=visitor.watches_up_to
    ).first()
    if row is None:
        raise no_such(f"Channel {name}")
    return channel_to_watch(row, visitor.watches_up_to)
