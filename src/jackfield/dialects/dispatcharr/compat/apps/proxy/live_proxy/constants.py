"""Names of what is kept in Redis about a channel that plays.

Source: dispatcharr spec 4.2; the application writes them, see its ``stream/statistics``.
"""

from __future__ import annotations


class ChannelState:
    """What a channel is doing."""

    INITIALIZING = "initializing"
    CONNECTING = "connecting"
    WAITING_FOR_CLIENTS = "waiting_for_clients"
    ACTIVE = "active"
    BUFFERING = "buffering"
    ERROR = "error"
    STOPPING = "stopping"
    STOPPED = "stopped"


class ChannelMetadataField:
    """Fields of the hash at :meth:`RedisKeys.channel_metadata`."""

    STATE = "state"
    URL = "url"
    USER_AGENT = "user_agent"
    OWNER = "owner"
    CHANNEL_NAME = "channel_name"
    STREAM_ID = "stream_id"
    STREAM_NAME = "stream_name"
    STREAM_PROFILE = "stream_profile"
    M3U_PROFILE = "m3u_profile"
    INIT_TIME = "init_time"
    STATE_CHANGED_AT = "state_changed_at"
    STREAM_SWITCH_TIME = "stream_switch_time"
    TOTAL_BYTES = "total_bytes"
    AVG_BITRATE_KBPS = "avg_bitrate_kbps"
    ERROR_MESSAGE = "error_message"
    VIDEO_CODEC = "video_codec"
    RESOLUTION = "resolution"
    WIDTH = "width"
    HEIGHT = "height"
    SOURCE_FPS = "source_fps"
    VIDEO_BITRATE = "video_bitrate"
    PIXEL_FORMAT = "pixel_format"
    AUDIO_CODEC = "audio_codec"
    AUDIO_CHANNELS = "audio_channels"
    AUDIO_BITRATE = "audio_bitrate"
    SAMPLE_RATE = "sample_rate"
    STREAM_TYPE = "stream_type"
    FFMPEG_SPEED = "ffmpeg_speed"
    FFMPEG_FPS = "ffmpeg_fps"
    FFMPEG_OUTPUT_BITRATE = "ffmpeg_output_bitrate"
