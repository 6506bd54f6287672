"""A running application for tests: a real server, and a client that is what the host's site is."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import uvicorn

from jackfield.dialects.dispatcharr.application import contract
from jackfield.dialects.dispatcharr.application.app import create_app
from jackfield.dialects.dispatcharr.application.stream.limits import Limits


class Site:
    """The server's address, and requests on behalf of users."""

    def __init__(self, url: str, app: Any) -> None:
        self.url = url
        self.app = app
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=20)

    @property
    def switchboard(self) -> Any:
        return self.app.state.switchboard

    def ask(
        self,
        method: str,
        path: str,
        *,
        level: int | None = None,
        user: Any = None,
        prefix: str = "",
        address: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """A request as the site forwards it for a user, or for somebody of *level*."""
        said = dict(headers or {})
        if user is not None:
            said |= {
                contract.USER_ID: str(user.pk),
                contract.USER: user.username,
                contract.LEVEL: str(user.user_level),
            }
        elif level is not None:
            said |= {contract.USER_ID: "999", contract.USER: "tester", contract.LEVEL: str(level)}
        if prefix:
            said[contract.PREFIX] = prefix
        if address:
            said[contract.ADDRESS] = address
        return self.http.request(method, path, headers=said, **more)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.ask("GET", path, **more)

    def admin(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return self.ask(method, path, level=contract.ADMIN, **more)


@contextlib.contextmanager
def serving(limits: Limits | None = None) -> Iterator[Site]:
    app = create_app(limits)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on", ws="none")
    )
    ready = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        running = asyncio.create_task(server.serve())
        while not server.started and not running.done():
            await asyncio.sleep(0.005)
        ready.set()
        await running

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(20) and server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(f"http://127.0.0.1:{port}", app)
    try:
        yield site
    finally:
        site.http.close()
        asyncio.run_coroutine_threadsafe(app.state.switchboard.close(), loops[0]).result(20)
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
