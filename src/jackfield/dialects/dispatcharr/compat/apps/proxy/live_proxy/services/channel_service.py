"""Steers channels that play, which another process passes on.

Nothing here raises over a channel that does not play: the answer says it, in ``status`` and
``message``, as plugins expect.

Source: dispatcharr spec 4.2 (``ChannelService``: stop, change stream).
"""

from __future__ import annotations

from typing import Any

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import LinkClosed, RemoteError

_SECONDS = 30.0


def ask(method: str, **params: Any) -> dict[str, Any]:
    """The application's answer; ``{"status": "error", "message": …}`` when it has none."""
    try:
        answer = here.call(method, timeout=_SECONDS, **params)
    except (here.NoHost, LinkClosed, RemoteError, TimeoutError) as error:
        return {"status": "error", "message": str(error)}
    return answer if isinstance(answer, dict) else {"status": "success", "result": answer}


class ChannelService:
    """Starts, stops and changes channels by UUID."""

    @staticmethod
    def initialize_channel(
        channel_id: Any,
        stream_url: str,
        user_agent: str | None = None,
        transcode: bool = False,
        stream_profile_value: Any = None,
        stream_id: int | None = None,
        m3u_profile_id: int | None = None,
        stream_name: str | None = None,
    ) -> bool:
        """Whether the channel can be watched.

        It is opened for its first viewer and not before, with the stream that is best then; so
        what is chosen here has effect only on a channel that plays already.
        """
        del transcode, stream_profile_value, m3u_profile_id, stream_name
        if ChannelService._plays(channel_id):
            change = ChannelService.change_stream_url(
                channel_id, stream_url, user_agent, target_stream_id=stream_id
            )
            return change["status"] != "error"
        from apps.proxy.live_proxy.url_utils import get_stream_info_for_switch

        return "error" not in get_stream_info_for_switch(channel_id)

    @staticmethod
    def change_stream_url(
        channel_id: Any,
        new_url: str | None = None,
        user_agent: str | None = None,
        target_stream_id: int | None = None,
        m3u_profile_id: int | None = None,
        stream_name: str | None = None,
    ) -> dict[str, Any]:
        """Go on with another of the streams, or with an address; who watches goes on watching."""
        del m3u_profile_id, stream_name
        if target_stream_id is None and not new_url:
            return {"status": "error", "message": "neither a stream nor a URL to change to"}
        return ask(
            "stream.change",
            channel=str(channel_id),
            stream_id=target_stream_id,
            url=new_url or "",
            user_agent=user_agent or "",
        )

    @staticmethod
    def next_stream(channel_id: Any) -> dict[str, Any]:
        """Go on with the next of the channel's streams."""
        return ask("stream.next", channel=str(channel_id))

    @staticmethod
    def stop_channel(channel_id: Any) -> dict[str, Any]:
        """End the channel for everybody."""
        return ask("stream.stop", channel=str(channel_id))

    @staticmethod
    def stop_client(channel_id: Any, client_id: str) -> dict[str, Any]:
        """End the channel for one viewer."""
        return ask("stream.stop_client", channel=str(channel_id), client=client_id)

    @staticmethod
    def validate_channel_state(
        channel_id: Any,
    ) -> tuple[bool, str | None, str | None, dict[str, Any]]:
        """Whether the channel plays, its state, who passes it on, and all that is known."""
        answer = ask("stream.status", channel=str(channel_id))
        if answer.get("status") == "error":
            return False, None, None, answer
        return True, answer.get("state"), answer.get("owner"), answer

    @staticmethod
    def _plays(channel_id: Any) -> bool:
        return ChannelService.validate_channel_state(channel_id)[0]
