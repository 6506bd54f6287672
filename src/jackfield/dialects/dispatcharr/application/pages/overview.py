"""The first page: how much there is, what plays, what happened, where players look."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jackfield.dialects.dispatcharr.application.calls import Call
from jackfield.dialects.dispatcharr.application.pages.frame import Make
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard


def overview(switchboard: Switchboard) -> Make:
    def make(call: Call) -> dict[str, Any]:
        from apps.channels.models import Channel, ChannelProfile, Stream
        from apps.epg.models import EPGSource, ProgramData
        from apps.m3u.models import M3UAccount
        from core.models import SystemEvent

        counts = [
            ("Channels", "/channels", Channel.objects.count()),
            ("Streams", "/streams", Stream.objects.count()),
            ("Accounts", "/accounts", M3UAccount.objects.filter(locked=False).count()),
            ("EPG sources", "/sources", EPGSource.objects.count()),
            ("Programmes", "/guide", ProgramData.objects.count()),
        ]
        profiles = ChannelProfile.objects.order_by("name").values_list("name", flat=True)
        return {
            "counts": counts,
            "playing": switchboard.status() if call.visitor.is_admin else [],
            "events": list(SystemEvent.objects.order_by("-timestamp", "-pk")[:8]),
            "outputs": [
                ("Playlist", call.link("/output/m3u")),
                ("Guide (XMLTV)", call.link("/output/epg")),
                ("HDHomeRun tuner", call.link("/hdhr")),
                ("Xtream player API", call.visitor.base),
            ],
            "profiles": [
                (name, call.link(f"/output/m3u/{quote(name, safe='')}")) for name in profiles
            ],
        }

    return make
