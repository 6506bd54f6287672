"""The web server around a host: uvicorn, started and stopped our way."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn
from uvicorn.protocols.http import h11_impl

from jackfield.cli.departure import Departure
from jackfield.errors import InvalidInput, SurroundingsError

GOODBYE_S = 3
"""How long open connections may take to end before they are cut."""

# Plugins may answer with any status of three digits. Those that have no name uvicorn does not know,
# and would drop the connection.
for _status in range(600, 1000):
    h11_impl.STATUS_PHRASES.setdefault(_status, b"")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    :raises SurroundingsError: the port is in use, or may not be taken by this user.
    :raises InvalidInput: *host* is no address of this machine.
    """
    place = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise InvalidInput(f"is not an address: {error.strerror}", field=f"--host {host}") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SurroundingsError(
                f"{place} is in use by another program",
                hint="stop that one, or choose another port with --port or JACKFIELD_PORT",
            ) from None
        if error.errno == errno.EACCES:
            raise SurroundingsError(
                f"{place} may not be used by this user",
                hint="ports below 1024 belong to root; choose a higher one",
            ) from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise InvalidInput(
                f"{host} is not an address of this machine", field="--host"
            ) from None
        raise SurroundingsError(f"cannot listen on {place}: {error.strerror}") from None
    return listener


class _LeavingServer(uvicorn.Server):
    """Ends streams of events, which end by nothing else, before it waits for the rest."""

    def __init__(
        self, app: Any, proxies: Sequence[str], lifespan: Literal["auto", "off"] = "auto"
    ) -> None:
        self._departure = Departure(app)
        super().__init__(_config(self._departure, proxies, lifespan))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._departure.begin()
        await super().shutdown(sockets)


class _Server(_LeavingServer):
    """The main server; *others* start after it and end with it."""

    def __init__(
        self,
        app: Any,
        ready: Callable[[], None],
        others: list[_SiteServer],
        proxies: Sequence[str],
    ) -> None:
        super().__init__(app, proxies)
        self._ready = ready
        self._others = others
        self._tasks: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._tasks = [asyncio.create_task(other.run_beside()) for other in self._others]
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for other in self._others:
            other.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gently on the first signal, at once on a second Ctrl-C. Unlike its parent this does
        not raise the signal again afterwards: to be stopped is no failure of a server."""
        before = {n: signal.signal(n, self.handle_exit) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _SiteServer(_LeavingServer):
    """Serves one dialect's site on an address of its own, in the main server's loop."""

    def __init__(self, app: Any, listener: socket.socket, proxies: Sequence[str]) -> None:
        super().__init__(app, proxies, lifespan="off")
        self._listener = listener

    async def run_beside(self) -> None:
        """Serve until told to stop. The main server handles the signals."""
        await self._serve(sockets=[self._listener])


def _config(app: Any, proxies: Sequence[str], lifespan: Literal["auto", "off"]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        http="h11",  # see the statuses above; httptools, if it is there, would drop them
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        ws_max_size=64 * 1024,  # the chat's frames are smaller; nothing else speaks WebSocket
        ws_per_message_deflate=False,  # its memory for each viewer outweighs what it saves
        lifespan=lifespan,
    )


def run_server(
    app: Any,
    listener: socket.socket,
    ready: Callable[[], None],
    sites: Sequence[tuple[Any, socket.socket]] = (),
    proxies: Sequence[str] = (),
) -> None:
    """Serve *app* until SIGINT or SIGTERM.

    :param ready: called once, when requests are answered.
    :param sites: further applications, each with its own listening socket.
    :param proxies: addresses and networks of reverse proxies; what these say of the visitor's
        address and scheme is believed.
    :raises SurroundingsError: the application did not start.
    """
    server = _Server(app, ready, [_SiteServer(*site, proxies) for site in sites], proxies)
    try:
        server.run(sockets=[listener])
    except SystemExit:
        raise SurroundingsError(
            "the web application did not start; the lines above say why"
        ) from None
