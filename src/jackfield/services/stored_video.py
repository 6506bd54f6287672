"""How video should be made, kept for whatever makes it."""

from __future__ import annotations

import threading

import msgspec

from jackfield.errors import InvalidInput
from jackfield.services.host_settings import HostSettings
from jackfield.services.video import CODECS, VideoConfig, VideoConfigUpdate, merged

DOCUMENT = "video"
AUTOPLAY = ("off", "always", "sound-only")
MAX_VARIANTS = 20
MAX_LEVEL = 4


class StoredVideo:
    """See :class:`~jackfield.services.video.VideoSettings`. This host encodes nothing: an encoder
    reads what is kept here."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()

    def read(self) -> VideoConfig:
        return self._settings.read(DOCUMENT, VideoConfig)

    def write(self, slug: str, update: VideoConfigUpdate) -> None:
        """Store a change (owncast spec 2.5 names the values).

        :raises InvalidInput: a value that there is none of; nothing is stored then.
        """
        with self._lock:
            try:
                config = merged(self.read(), update)
            except msgspec.ValidationError as error:
                raise InvalidInput(str(error), plugin=slug or None) from None
            _check(config, slug)
            self._settings.write(DOCUMENT, config)


def _check(config: VideoConfig, slug: str) -> None:
    def refuse(field: str, expected: str, found: object) -> None:
        raise InvalidInput(
            f"expected {expected}, found {found!r}", plugin=slug or None, field=field
        )

    if config.codec and config.codec not in CODECS:
        refuse("codec", " or ".join(CODECS), config.codec)
    if config.autoplay and config.autoplay not in AUTOPLAY:
        refuse("autoplay", " or ".join(AUTOPLAY), config.autoplay)
    if not 0 <= config.latency_level <= MAX_LEVEL:
        refuse("latencyLevel", f"0 to {MAX_LEVEL}", config.latency_level)
    if len(config.variants) > MAX_VARIANTS:
        refuse("variants", f"at most {MAX_VARIANTS}", len(config.variants))
    for number, variant in enumerate(config.variants):
        if not 0 <= variant.cpu_usage_level <= MAX_LEVEL:
            refuse(
                f"variants[{number}].cpuUsageLevel", f"0 to {MAX_LEVEL}", variant.cpu_usage_level
            )
        for name in ("width", "height", "framerate", "video_bitrate", "audio_bitrate"):
            if (value := getattr(variant, name)) < 0:
                refuse(f"variants[{number}].{name}", "0 or more", value)
