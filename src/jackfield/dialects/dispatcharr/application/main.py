"""The application's process: serves :mod:`.app` on a Unix socket in the home folder.

Forked by the nursery with Django configured; the link to the host answers ``ready`` as soon as
requests are, and steers streams for plugins (``stream.stop`` and so on, see :class:`_Steering`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from jackfield.dialects.dispatcharr.application.contract import SOCKET
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard, snapshot
from jackfield.dialects.dispatcharr.processes import here, signal_relay
from jackfield.dialects.dispatcharr.processes.link import Link

T = TypeVar("T")

_GRACE = 5
"""Seconds for requests to end when the process does."""


def main(link_sock: socket.socket, config: dict[str, Any]) -> None:
    """Run until the link closes.

    :param config: ``socket``: where to listen; ``application.sock`` in the home folder if absent.
    """
    from jackfield.dialects.dispatcharr import django_setup
    from jackfield.dialects.dispatcharr.application.app import create_app

    path = Path(config.get("socket") or django_setup.environment().home / SOCKET)
    serving = Serving(path)
    handlers = {**serving.handlers(), **signal_relay.handlers()}
    link = Link(link_sock, handlers, on_close=serving.stop)
    here.attach(link, "application")
    try:
        django_setup.migrate()
        serving.run(create_app())
    finally:
        link.close()


class Serving:
    """A server on a Unix socket, and what other threads may ask of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._switchboard: Switchboard | None = None
        self._stopped = False

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """What the host may ask: ``ready`` and the commands on streams that plugins give.

        Each answers plain JSON; a channel that does not play is a ``NotFound``.
        """
        return {
            "ready": self.ready,
            "stream.status": self._status,
            "stream.stop": self._stop_channel,
            "stream.stop_client": self._stop_client,
            "stream.change": self._change,
            "stream.next": self._next,
        }

    def ready(self, timeout: float = 60.0) -> bool:
        """Whether requests are answered; waits for it."""
        return self._ready.wait(timeout)

    def run(self, app: Any) -> None:
        """Serve until :meth:`stop`."""
        asyncio.run(self._run(app))

    def stop(self) -> None:
        """Stop serving, from any thread."""
        self._stopped = True
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    async def _run(self, app: Any) -> None:
        self._loop = asyncio.get_running_loop()
        listening = _listen(self._path)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            date_header=False,  # the host, which passes answers on, says it
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = server = _Server(config)
        server.should_exit = self._stopped
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        self._switchboard = server.switchboard = getattr(app.state, "switchboard", None)
        self._ready.set()
        try:
            await serving
        finally:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    # Commands, on threads of the link ------------------------------------------------------------

    def _on_loop(self, work: Callable[[Switchboard], Coroutine[Any, Any, T]]) -> T:
        self.ready()
        assert self._loop is not None and self._switchboard is not None
        return asyncio.run_coroutine_threadsafe(work(self._switchboard), self._loop).result(30)

    def _status(self, channel: str | None = None) -> Any:
        async def work(switchboard: Switchboard) -> Any:
            if channel is not None:
                return snapshot(switchboard.playing(channel))
            return switchboard.status()

        return self._on_loop(work)

    def _stop_channel(self, channel: str) -> dict[str, Any]:
        async def work(switchboard: Switchboard) -> dict[str, Any]:
            await switchboard.stop(channel)
            return {"status": "success", "channel_id": channel}

        return self._on_loop(work)

    def _stop_client(self, channel: str, client: str) -> dict[str, Any]:
        async def work(switchboard: Switchboard) -> dict[str, Any]:
            switchboard.stop_client(channel, client)
            return {"status": "success", "channel_id": channel, "client_id": client}

        return self._on_loop(work)

    def _change(
        self, channel: str, stream_id: int | None = None, url: str = "", user_agent: str = ""
    ) -> dict[str, Any]:
        async def work(switchboard: Switchboard) -> dict[str, Any]:
            if stream_id is not None:
                session = await switchboard.change(channel, stream_id)
            else:
                session = switchboard.change_url(channel, url, user_agent)
            return _now(channel, session.wanted)

        return self._on_loop(work)

    def _next(self, channel: str) -> dict[str, Any]:
        async def work(switchboard: Switchboard) -> dict[str, Any]:
            return _now(channel, (await switchboard.next(channel)).wanted)

        return self._on_loop(work)


def _now(channel: str, source: Any) -> dict[str, Any]:
    return {
        "status": "success",
        "channel_id": channel,
        "stream_id": source.stream_id if source else None,
        "url": source.url if source else None,
    }


class _Server(uvicorn.Server):
    """Ends streams first: they would hold up the end for as long as somebody watches."""

    switchboard: Switchboard | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.switchboard is not None:
            await self.switchboard.close()
        await super().shutdown(sockets)


def _listen(path: Path) -> socket.socket:
    """A socket that only this user can reach, in place of one that a dead process left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.setblocking(False)
    return listening
