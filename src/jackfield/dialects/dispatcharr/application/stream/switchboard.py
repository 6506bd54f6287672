"""The channels that play now, and who watches them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from jackfield.dialects.dispatcharr.application.calls import in_thread
from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.outgoing import http_client
from jackfield.dialects.dispatcharr.application.stream.session import (
    Channel,
    Chooser,
    Client,
    Session,
    Tell,
)
from jackfield.dialects.dispatcharr.application.stream.source import Source, StreamError
from jackfield.errors import NotFound


class Statistics(Protocol):
    """Where the state of the channels is shown to others."""

    async def show(self, snapshots: list[dict[str, Any]]) -> None:
        """All channels that play now; those shown before and not now have ended."""


class Switchboard:
    """Starts a session for the first player of a channel and lets others join it.

    :param limits: of every session, or what tells them (in a thread) as each one starts.
    """

    def __init__(
        self,
        *,
        chooser: Chooser,
        tell: Tell,
        statistics: Statistics | None = None,
        limits: Limits | Callable[[], Limits] | None = None,
        every: float = 1.0,
    ) -> None:
        self.limits = limits if isinstance(limits, Limits) else Limits()
        self._ask_limits = limits if callable(limits) else None
        self.sessions: dict[str, Session] = {}
        self._chooser = chooser
        self._tell = tell
        self._statistics = statistics
        self._every = every
        self._closed = False
        self._showing: asyncio.Task[None] | None = None
        self._http = http_client(connect=self.limits.connect, read=None)

    async def join(self, channel: Channel, client: Client) -> Session:
        """Let *client* watch *channel*; hand both to :class:`~.player.Playing`.

        :raises StreamError: the service is being stopped.
        """
        while True:
            if self._closed:
                raise StreamError("The service is being stopped")
            session = self.sessions.get(channel.uuid)
            if session is None:
                if self._ask_limits is not None:
                    self.limits = await in_thread(self._ask_limits)
                    if channel.uuid in self.sessions:  # somebody was faster
                        continue
                session = self._start(channel)
            elif session.closing:
                await session.finished.wait()
                await asyncio.sleep(0)
                if self.sessions.get(channel.uuid) is session:
                    del self.sessions[channel.uuid]
                continue
            session.join(client)
            self._tell(
                "client_connect",
                channel,
                client_ip=client.address,
                client_id=client.id,
                user_agent=client.user_agent,
                username=client.username,
            )
            return session

    def left(self, session: Session, client: Client) -> None:
        """To be called when a player that joined is gone, whoever ended it."""
        session.leave(client)
        self._tell(
            "client_disconnect",
            session.channel,
            client_ip=client.address,
            client_id=client.id,
            user_agent=client.user_agent,
            username=client.username,
            duration=round(time.time() - client.connected, 1),
            bytes_sent=client.sent,
            reason=client.ended,
        )

    def _start(self, channel: Channel) -> Session:
        session = Session(
            channel,
            chooser=self._chooser,
            http=self._http,
            limits=self.limits,
            tell=self._tell,
        )
        self.sessions[channel.uuid] = session
        session.start(self._ended)
        if self._statistics is not None and self._showing is None:
            self._showing = asyncio.create_task(self._show())
        return session

    async def _ended(self, session: Session) -> None:
        if self.sessions.get(session.channel.uuid) is session:
            del self.sessions[session.channel.uuid]

    # Commands ------------------------------------------------------------------------------------

    def playing(self, uuid: str) -> Session:
        """:raises NotFound: that channel does not play."""
        session = self.sessions.get(uuid)
        if session is None or session.closing:
            raise NotFound(f"channel {uuid} is not playing")
        return session

    async def stop(self, uuid: str, why: str = "stopped by an operator") -> None:
        """End a channel for everybody."""
        session = self.playing(uuid)
        for client in session.clients.values():
            session.drop(client, why)
        await session.stop()

    def stop_client(self, uuid: str, client_id: str, why: str = "stopped by an operator") -> None:
        """End one player.

        :raises NotFound: no such player on that channel.
        """
        session = self.playing(uuid)
        client = session.clients.get(client_id)
        if client is None:
            raise NotFound(f"channel {uuid} has no client {client_id}")
        session.drop(client, why)

    async def change(self, uuid: str, stream_id: int) -> Session:
        """Go on with another stream, without the players noticing.

        :raises NotFound: the channel does not play, or there is no such stream.
        :raises StreamError: the stream's account has no free connection.
        """
        session = self.playing(uuid)
        source = await self._chooser.choose_stream(session.channel, stream_id)
        session.change(source)
        return session

    def change_url(self, uuid: str, url: str, user_agent: str = "") -> Session:
        """Go on with an address that is no stream of the database, on nobody's account.

        :raises NotFound: the channel does not play.
        """
        session = self.playing(uuid)
        name = session.source.stream_name if session.source else session.channel.name
        number = session.source.stream_id if session.source else 0
        session.change(Source(number, name, url, user_agent=user_agent))
        return session

    async def next(self, uuid: str) -> Session:
        """Go on with the next of the channel's streams."""
        session = self.playing(uuid)
        avoid = frozenset() if session.source is None else frozenset([session.source.key])
        source = await self._chooser.choose(session.channel, avoid)
        if source is None:
            raise NotFound(f"channel {session.channel.name!r} has no other stream")
        session.change(source)
        return session

    # Seeing --------------------------------------------------------------------------------------

    def status(self) -> list[dict[str, Any]]:
        """Every channel that plays, see :func:`snapshot`."""
        return [snapshot(session) for session in self.sessions.values()]

    async def _show(self) -> None:
        assert self._statistics is not None
        while self.sessions:
            await self._statistics.show(self.status())
            await asyncio.sleep(self._every)
        await self._statistics.show([])
        self._showing = None
        if self.sessions:
            self._showing = asyncio.create_task(self._show())

    async def close(self) -> None:
        """Stop everything: players get what is left for them, at most ``limits.linger`` seconds."""
        self._closed = True
        sessions = list(self.sessions.values())
        await asyncio.gather(*(session.stop() for session in sessions))
        until = time.monotonic() + self.limits.linger
        while any(session.clients for session in sessions) and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for session in sessions:
            for client in session.clients.values():
                session.drop(client, "the service is being stopped")
        if self._showing is not None:
            self._showing.cancel()
            await asyncio.gather(self._showing, return_exceptions=True)
        if self._statistics is not None:
            await self._statistics.show([])
        await self._http.aclose()


def snapshot(session: Session) -> dict[str, Any]:
    """A channel's state now: the entry of ``/proxy/ts/status``. Rates in kbit/s, times in s."""
    now = time.time()
    uptime = max(now - session.started, 0.001)
    source = session.source
    rate = session.ring.head * 8 / 1000 / uptime
    return {
        "channel_id": session.channel.uuid,
        "channel_name": session.channel.name,
        "state": session.state,
        "state_duration": round(now - session.state_since, 1),
        "stream_id": source.stream_id if source else None,
        "stream_name": source.stream_name if source else None,
        "url": source.url if source else None,
        "m3u_account": source.account if source else None,
        "m3u_profile_id": source.slot if source else None,
        "m3u_profile_name": source.slot_name if source else None,
        "stream_profile": source.profile_id if source else None,
        "stream_profile_name": source.profile if source else None,
        "owner": "application",
        "started_at": session.started,
        "uptime": round(uptime, 1),
        "total_bytes": session.ring.head,
        "avg_bitrate_kbps": round(rate, 1),
        "avg_bitrate": f"{rate / 1000:.2f} Mbps" if rate > 1000 else f"{rate:.2f} Kbps",
        "buffer_index": session.ring.head,
        "buffered_bytes": session.ring.head - session.ring.tail,
        "failovers": session.failovers,
        "reconnects": session.reconnects,
        "last_error": session.last_error,
        "client_count": len(session.clients),
        "clients": [
            {
                "client_id": client.id,
                "user_id": str(client.user_id or 0),
                "username": client.username,
                "user_agent": client.user_agent,
                "ip_address": client.address,
                "connected_at": client.connected,
                "connected_since": round(now - client.connected, 1),
                "bytes_sent": client.sent,
                "bytes_behind": max(session.ring.head - client.position, 0),
            }
            for client in session.clients.values()
        ],
    }
