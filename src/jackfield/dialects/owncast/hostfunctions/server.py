"""The stream, the server, and how the video is made."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.owncast.hostfunctions.answers import read_request
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.services.server import Server
from jackfield.services.stream import Stream
from jackfield.services.video import VideoConfigUpdate, VideoSettings


def functions(caller: Caller) -> Functions:
    """Sources: owncast spec 2.2 and 2.5."""

    def stream() -> Stream:
        return caller.service(Stream, "server.read")

    def server() -> Server:
        return caller.service(Server, "server.read")

    def video_write(update: Any) -> None:
        service = caller.service(VideoSettings, "videoconfig.write")
        service.write(caller.slug, read_request(update, VideoConfigUpdate))

    return {
        "owncast_stream_current": lambda: stream().current(),
        "owncast_stream_broadcaster": lambda: stream().broadcaster(),
        "owncast_server_info": lambda: server().info(),
        "owncast_server_socials": lambda: server().socials(),
        "owncast_server_emotes": lambda: server().emotes(),
        "owncast_server_federation": lambda: server().federation(),
        "owncast_server_tags": lambda: server().tags(),
        "owncast_video_config_read": lambda: caller.service(
            VideoSettings, "videoconfig.read"
        ).read(),
        "owncast_video_config_write": video_write,
    }
