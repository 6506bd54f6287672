"""How the stream is encoded for viewers."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import UNSET, UnsetType

CODECS = (
    "libx264",
    "h264_omx",
    "h264_vaapi",
    "h264_qsv",
    "h264_nvenc",
    "h264_v4l2m2m",
    "h264_videotoolbox",
)


class StreamVariant(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One quality that viewers can choose (owncast spec 2.5).

    :param video_bitrate: kbit/s.
    :param cpu_usage_level: 0 (least work) to 4.
    :param audio_bitrate: kbit/s; only older plugins name it.
    """

    width: int = 0
    height: int = 0
    framerate: int = 0
    video_bitrate: int = 0
    is_passthrough: bool = False
    cpu_usage_level: int = 0
    audio_bitrate: int = 0


class VideoConfig(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The whole configuration.

    :param autoplay: ``off``, ``always`` or ``sound-only``.
    """

    latency_level: int = 0
    codec: str = ""
    autoplay: str = ""
    variants: list[StreamVariant] = []


class VariantUpdate(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """A variant as a plugin writes it: what it leaves out is left out."""

    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    framerate: int | UnsetType = UNSET
    video_bitrate: int | UnsetType = UNSET
    is_passthrough: bool | UnsetType = UNSET
    cpu_usage_level: int | UnsetType = UNSET
    audio_bitrate: int | UnsetType = UNSET


class VideoConfigUpdate(
    msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True
):
    """Any part of the configuration; what is unset stays as it is."""

    latency_level: int | UnsetType = UNSET
    codec: str | UnsetType = UNSET
    autoplay: str | UnsetType = UNSET
    variants: list[VariantUpdate] | UnsetType = UNSET


def merged(config: VideoConfig, update: VideoConfigUpdate) -> VideoConfig:
    """*config* with what *update* sets."""
    changes = msgspec.to_builtins(update)
    return msgspec.convert({**msgspec.to_builtins(config), **changes}, VideoConfig)


class VideoSettings(Protocol):
    """Reads and changes the configuration; the running encoder takes it up at its next start."""

    def read(self) -> VideoConfig: ...

    def write(self, slug: str, update: VideoConfigUpdate) -> None:
        """Store a change.

        :raises InvalidInput: a value that the server does not take.
        """
