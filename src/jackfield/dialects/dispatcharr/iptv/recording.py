"""Records a channel to a file, from now until the recording's end.

Source: dispatcharr spec 2.11 (``recording_start``, ``recording_end`` and their details) and 5.1.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from jackfield.dialects.dispatcharr.iptv.download import CONNECT_S, READ_S, fetch, shown
from jackfield.dialects.dispatcharr.iptv.reports import log
from jackfield.errors import JackfieldError

_UNSAFE = re.compile(r"[^\w .()+-]+")
_CHUNK = 1 << 16
_PAUSE_S = 2.0


def record(recording_id: int) -> str:
    """Record; says how it went. A stream that breaks off is taken up again, the channel's other
    streams in turn; what was recorded so far stays in the file.

    :raises TaskCancelled: somebody cancelled the task; the recording says ``interrupted``.
    """
    from apps.channels.models import Recording
    from core.utils import log_system_event, send_websocket_update
    from django.conf import settings
    from django.utils import timezone

    recording = Recording.objects.select_related("channel").filter(pk=recording_id).first()
    if recording is None:
        return f"there is no recording {recording_id}"
    left = (recording.end_time - timezone.now()).total_seconds()
    if left <= 0:
        return "its end is past"
    channel = recording.channel
    begun = recording.start_time.strftime("%Y-%m-%d %H-%M")
    name = _UNSAFE.sub("_", f"{channel.name} {begun}").strip(" .")[:150]
    target = Path(settings.MEDIA_ROOT) / "recordings" / f"{name}.ts"
    target.parent.mkdir(parents=True, exist_ok=True)
    _keep(recording, status="recording", file_path=str(target), file_name=target.name)
    log_system_event("recording_start", channel.uuid, channel.name, recording_id=recording_id)
    written, interrupted = 0, True
    try:
        written = _copy(channel, target, time.monotonic() + left)
        interrupted = written == 0
    finally:
        state = "interrupted" if interrupted else "completed"
        size = target.stat().st_size if target.exists() else 0
        _keep(recording, status=state, bytes_written=size)
        log_system_event(
            "recording_end", channel.uuid, channel.name,
            recording_id=recording_id, interrupted=interrupted, bytes_written=size,
        )  # fmt: skip
        send_websocket_update("updates", "update", {"type": "recordings_refreshed"})
    return f"{channel.name}: {written} bytes in {target.name}"


def _copy(channel: Any, target: Path, until: float) -> int:
    """Copy from one stream of the channel after the other until the time is over."""
    from jackfield.dialects.dispatcharr.worker.progress import check_cancelled, report

    begun, written = time.monotonic(), 0
    with target.open("ab") as file:
        while time.monotonic() < until:
            streams = list(channel.streams.order_by("channelstream__order"))
            if not streams:
                log(f"{channel.name}: has no stream")
                break
            for stream in streams:
                try:
                    with fetch(
                        stream.url or "", user_agent=_agent(stream), timeout=(CONNECT_S, READ_S)
                    ) as answer:
                        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                            file.write(chunk)
                            written += len(chunk)
                            check_cancelled()
                            now = time.monotonic()
                            report((now - begun) / (until - begun), f"{written} bytes")
                            if now >= until:
                                return written
                except (JackfieldError, HTTPError, OSError) as error:
                    log(f"{shown(stream.url or '')}: {error}")
                check_cancelled()
                if time.monotonic() + _PAUSE_S >= until:
                    return written
                time.sleep(_PAUSE_S)
    return written


def _agent(stream: Any) -> str:
    agent = stream.m3u_account.get_user_agent() if stream.m3u_account else None
    return agent.user_agent if agent else ""


def _keep(recording: Any, **values: Any) -> None:
    recording.custom_properties = {**(recording.custom_properties or {}), **values}
    type(recording).objects.filter(pk=recording.pk).update(
        custom_properties=recording.custom_properties
    )
