"""The application as a whole: mounted, alone, started and stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from websockets.sync.client import connect

from jackfield.config import Config
from jackfield.host import Host
from jackfield.services.accounts import Accounts
from jackfield.web.app import create_app
from web.served import run, serving


class SiteDialect:
    """A dialect with nothing but a site."""

    suffixes = ()
    permissions: ClassVar[dict[str, Any]] = {}
    author = None

    native_port = None

    def __init__(self, name: str, prefix: str | None = None, has_site: bool = True) -> None:
        self.name = self.title = name
        self.has_site = has_site
        self.site_prefix = f"/{name}" if prefix is None else prefix

    def attach(self, core: Any) -> None: ...

    def site(self, core: Any) -> Any:
        if not self.has_site:
            return None

        async def page(request: Any) -> PlainTextResponse:
            return PlainTextResponse(f"{self.name}:{request.path_params['rest']}")

        return Starlette(routes=[Route("/{rest:path}", page)])


def test_sites_live_below_their_prefix_and_the_rootless_one_comes_last() -> None:
    dialects: dict[str, Any] = {
        "alpha": SiteDialect("alpha", ""),
        "beta": SiteDialect("beta"),
        "gamma": SiteDialect("gamma", "/g/x"),
        "delta": SiteDialect("delta", has_site=False),
    }
    with Host(dialects=dialects) as host:
        client = TestClient(create_app(host, manage=False))
        assert client.get("/beta/a/b").text == "beta:a/b"
        assert client.get("/g/x/y").text == "gamma:y"
        assert client.get("/beta").text == "beta:", "it is sent to the prefix with its slash"
        assert client.get("/plugins/echo/").text == "alpha:plugins/echo/"
        assert client.get("/delta/x").text == "alpha:delta/x"
        assert client.get("/healthz").json()["status"] == "ok"
        assert "Jackfield" in client.get("/").text
        site = client.get("/beta/a")
        assert "content-security-policy" not in site.headers
        assert site.headers["x-content-type-options"] == "nosniff"


def test_errors_are_json_everywhere() -> None:
    with Host(dialects={}) as host:
        client = TestClient(create_app(host, manage=False))
        for path in ("/nope", "/api/nope", "/api/v1/nope", "/api/chat/nope"):
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert answer.json()["error"]["code"] == "not_found", path
        assert client.post("/healthz").status_code == 405


def test_the_platform_api_describes_itself() -> None:
    with Host(dialects={}) as host:
        client = TestClient(create_app(host, manage=False))
        described = client.get("/api/v1/openapi.json").json()
        assert described["info"]["title"] == "Jackfield"
        assert "/plugins" in described["paths"]
        assert client.get("/api/v1/docs").status_code == 404


def test_the_lifespan_starts_and_stops_the_host(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert served.host.wait_started(10)
        client = served.join("Ann")
        client.post("hi", "n")
        client.next("ack")
    with serving(tmp_path) as again:
        assert [m.body for m in again.room.history()] == ["hi"]


def test_a_stopping_server_says_when_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        client = served.join("Ann")
        served.room.close()
        bye = client.next("bye")
        assert (bye["code"], bye["retry"]) == ("restart", True)
        assert client.until_closed() == 1012


@pytest.mark.parametrize("prefix", ["/tv", "/a/b"])
def test_it_mounts_in_another_application(prefix: str) -> None:
    host = Host(Config(), dialects={})
    outer = Starlette(
        routes=[
            Route("/", lambda _request: PlainTextResponse("outer")),
            Mount(prefix, create_app(host, manage=False)),
        ]
    )
    with host, run(outer) as port:
        import httpx2

        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}")
        assert client.get("/").text == "outer"
        assert client.get(prefix).status_code in (307, 308)
        assert "viewer.css" in client.get(f"{prefix}/").text
        assert client.get(f"{prefix}/static/js/viewer.js").status_code == 200
        me = client.post(f"{prefix}/api/chat/register", json={"displayName": "Ann"}).json()
        address = f"ws://127.0.0.1:{port}{prefix}/api/chat/socket?token={me['accessToken']}"
        with connect(address) as socket:
            assert '"hello"' in str(socket.recv(10))
        client.close()
        assert host.services.get(Accounts).find("Ann")
