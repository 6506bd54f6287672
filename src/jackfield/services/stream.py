"""The stream: whether it is live, who watches, and what the broadcaster sends."""

from __future__ import annotations

from typing import Protocol

import msgspec


def _always(kind: type) -> object:
    """A field that is always written, with the zero value of *kind* where nothing is known.

    (``omit_defaults`` leaves out a plain default, and plugins rely on these keys.)
    """
    return msgspec.field(default_factory=lambda: kind())


class StreamInfo(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """The stream of this moment (owncast spec 2.5).

    :param started_at: RFC 3339, UTC.
    :param latency_level: 0 (lowest) to 4.
    """

    online: bool = _always(bool)  # type: ignore[assignment]
    viewers: int = _always(int)  # type: ignore[assignment]
    title: str = ""
    summary: str = ""
    started_at: str | None = None
    latency_level: int = 0


class StreamBroadcaster(
    msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True
):
    """What comes in from the broadcaster's encoder.

    :param resolution: ``WxH`` in pixels.
    :param framerate: frames a second.
    :param bitrates: kbit/s, one a track.
    """

    remote_addr: str = ""
    codecs: list[str] = []
    resolution: str = ""
    framerate: int = 0
    bitrates: list[int] = []


class Stream(Protocol):
    """What is known of the stream. Thread-safe."""

    def current(self) -> StreamInfo: ...

    def broadcaster(self) -> StreamBroadcaster: ...
