from __future__ import annotations

from typing import Any

import msgspec
import pytest

from jackfield.errors import InvalidInput
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import MemoryKeyValue
from jackfield.services.stored_video import StoredVideo
from jackfield.services.video import VideoConfig, VideoConfigUpdate


@pytest.fixture
def kv() -> MemoryKeyValue:
    return MemoryKeyValue()


def update(value: dict[str, Any]) -> VideoConfigUpdate:
    return msgspec.convert(value, VideoConfigUpdate)


def test_nothing_is_set_at_first(kv: MemoryKeyValue) -> None:
    assert StoredVideo(HostSettings(kv)).read() == VideoConfig()


def test_a_part_is_changed_and_kept(kv: MemoryKeyValue) -> None:
    video = StoredVideo(HostSettings(kv))
    variant = {"width": 1280, "height": 720, "framerate": 30, "videoBitrate": 2500}
    video.write("bot", update({"codec": "libx264", "variants": [variant]}))
    video.write("bot", update({"latencyLevel": 3, "autoplay": "sound-only"}))
    kept = StoredVideo(HostSettings(kv)).read()
    assert (kept.codec, kept.latency_level, kept.autoplay) == ("libx264", 3, "sound-only")
    assert [(v.width, v.video_bitrate) for v in kept.variants] == [(1280, 2500)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"codec": "av2"}, "codec"),
        ({"autoplay": "loud"}, "autoplay"),
        ({"latencyLevel": 5}, "latencyLevel"),
        ({"latencyLevel": -1}, "latencyLevel"),
        ({"variants": [{}] * 21}, "variants"),
        ({"variants": [{}, {"cpuUsageLevel": 9}]}, "variants[1].cpuUsageLevel"),
        ({"variants": [{"width": -1}]}, "variants[0].width"),
    ],
)
def test_values_that_there_are_none_of(
    kv: MemoryKeyValue, change: dict[str, Any], field: str
) -> None:
    video = StoredVideo(HostSettings(kv))
    video.write("bot", update({"codec": "libx264"}))
    with pytest.raises(InvalidInput) as error:
        video.write("bot", update(change))
    assert (error.value.plugin, error.value.field) == ("bot", field)
    assert video.read() == VideoConfig(codec="libx264")
