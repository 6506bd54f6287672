"""``owncast.server``, ``.stream``, ``.video_config`` and ``.config``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from owncast_plugin._host import call, checked
from owncast_plugin.payloads import (
    Emote,
    FederationInfo,
    ServerInfo,
    SocialHandle,
    StreamBroadcaster,
    StreamInfo,
    VideoConfig,
    wrap,
    wrap_list,
)


class Server:
    """The server as visitors see it. Needs ``server.read``."""

    def info(self) -> ServerInfo | None:
        """Name, address, summary, welcome message, version."""
        return wrap(call("owncast_server_info"), ServerInfo)

    def socials(self) -> list[SocialHandle]:
        """The streamer's accounts elsewhere."""
        return wrap_list(call("owncast_server_socials"), SocialHandle)

    def emotes(self) -> list[Emote]:
        """The emotes that chat knows."""
        return wrap_list(call("owncast_server_emotes"), Emote)

    def federation(self) -> FederationInfo | None:
        """Whether the server is in the fediverse, and as whom."""
        return wrap(call("owncast_server_federation"), FederationInfo)

    def tags(self) -> list[str]:
        """The server's tags."""
        return call("owncast_server_tags") or []


class Stream:
    """The stream. Needs ``server.read``."""

    def current(self) -> StreamInfo | None:
        """Whether it is online, its title, how many watch."""
        return wrap(call("owncast_stream_current"), StreamInfo)

    def broadcaster(self) -> StreamBroadcaster | None:
        """What the streaming software sends."""
        return wrap(call("owncast_stream_broadcaster"), StreamBroadcaster)


class VideoSettings:
    """The transcoder's settings. Needs ``videoconfig.read`` or ``videoconfig.write``."""

    def read(self) -> VideoConfig | None:
        """The settings; ``variants`` is always a list."""
        return wrap(call("owncast_video_config_read"), VideoConfig)

    def write(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Store some of the settings; used when the next stream starts.

        Returns ``{"ok": true}``, for plugins that were written for the 0.9 SDK.

        :raises HostError: a value was refused.
        """
        return checked("owncast_video_config_write", dict(config))


class Config:
    """What the operator set, under the keys that the manifest declares. Every plugin may."""

    def get(self, key: object, fallback: Any = None) -> Any:
        """The operator's value, else the manifest's default, else *fallback*."""
        value = call("owncast_config_get", str(key))
        return fallback if value is None else value
