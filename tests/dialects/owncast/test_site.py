"""Owncast's HTTP surface over a real socket. Source: owncast spec 4."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from dialects.owncast.conftest import OpenHost, PluginHost
from jackfield.dialects.owncast.site import site
from jackfield.services.accounts import Accounts
from jackfield.services.sse import EventStreams
from jackfield.services.users import ADMIN

pytestmark = pytest.mark.sandbox


class Client:
    """Talks to the site, one connection a request."""

    def __init__(self, port: int) -> None:
        self.port = port

    def open(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Any:
        """The answer while it comes; close() it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, {**names, "Connection": "close"})
        return connection.getresponse()

    def get(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Any:
        """The whole answer: status, headers by lower-cased name, body."""
        with self.open(path, method, body, **headers) as answer:
            return answer.status, dict(answer.getheaders()), answer.read()


Serve = Callable[[PluginHost], Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    stops: list[Callable[[], None]] = []

    def start(plugins: PluginHost) -> Client:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            site(plugins.host.core), log_level="warning", lifespan="off",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join()
            listener.close()

        stops.append(stop)
        return Client(listener.getsockname()[1])

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def real(open_host: OpenHost) -> PluginHost:
    return open_host(real=True)


ECHO = (
    "import json\n"
    "@plugin.on_http_request\n"
    "def f(req):\n"
    "    return {'status': 202, 'body': json.dumps(req.raw)}\n"
)


def test_a_request_goes_through(real: PluginHost, serve: Serve) -> None:
    real.add(ECHO, "http.serve")
    status, headers, body = serve(real).get(
        "/plugins/bot/a%20b/?x=1&x=2&accessToken=t", "POST", b"hi", X_Foo="y", Cookie="c=1"
    )
    seen = json.loads(body)
    assert status == 202
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/a b", "hi")
    assert seen["query"] == {"x": "1"}
    assert seen["headers"]["X-Foo"] == "y"
    assert not {"Cookie", "Host", "Authorization"} & set(seen["headers"])
    assert seen["remoteAddr"].startswith("127.0.0.1:")
    assert seen["authenticated"] is False


def test_viewers_and_operators_are_known_and_their_tokens_are_not(
    real: PluginHost, serve: Serve
) -> None:
    real.add(ECHO, "http.serve", admin={"pages": {"/admin": {"title": "A"}}})
    accounts = real.host.services.get(Accounts)
    user, secret = accounts.register("ann")
    _, operator = accounts.tokens.create("op", (ADMIN,))
    client = serve(real)
    for more in ({"Authorization": f"Bearer {secret}"}, {}):
        path = "/plugins/bot/x" + ("" if more else f"?accessToken={secret}")
        seen = json.loads(client.get(path, **more)[2])
        assert (seen["user"]["id"], seen["authenticated"]) == (user.id, False)
        assert secret not in json.dumps(seen)
    assert client.get("/plugins/bot/admin")[0] == 401
    assert client.get("/plugins/bot/admin", Authorization=f"Bearer {secret}")[0] == 401
    basic = "Basic " + base64.b64encode(f"x:{operator}".encode()).decode()
    status, _, body = client.get("/plugins/bot/admin/api", Authorization=basic)
    assert (status, json.loads(body)["authenticated"]) == (202, True)
    assert basic.encode() not in body
    revoked = json.loads(client.get("/plugins/bot/x", Authorization="Bearer jfa_gone")[2])
    assert "Authorization" not in revoked["headers"]
    foreign = json.loads(client.get("/plugins/bot/x", Authorization="Bearer ghp_x")[2])
    assert foreign["headers"]["Authorization"] == "Bearer ghp_x"


def test_files(real: PluginHost, serve: Serve) -> None:
    real.add(
        ECHO,
        "http.serve",
        files={"public/a.txt": "0123456789", "public/admin/x.html": "<head></head>x"},
        admin={"pages": {"/admin": {"title": "A"}}},
    )
    client = serve(real)
    status, headers, body = client.get("/plugins/bot/a.txt")
    assert (status, body, headers["content-type"]) == (
        200,
        b"0123456789",
        "text/plain; charset=utf-8",
    )
    assert client.get("/plugins/bot/a.txt", Range="bytes=2-4")[::2] == (206, b"234")
    not_modified = client.get("/plugins/bot/a.txt", If_None_Match=headers["etag"])
    assert not_modified[0] in (200, 304)
    assert client.get("/plugins/bot/a.txt", "HEAD")[::2] == (200, b"")
    assert client.get("/plugins/bot/..%2f..%2fplugin.manifest.json")[0] == 202  # to the code
    accounts = real.host.services.get(Accounts)
    _, operator = accounts.tokens.create("op", (ADMIN,))
    _, _, page = client.get("/plugins/bot/admin/x.html", Authorization=f"Bearer {operator}")
    assert b"/styles/plugin.css" in page
    assert client.get("/styles/plugin.css")[1]["content-type"].startswith("text/css")


def test_a_plugin_without_a_slash_is_sent_to_its_root(real: PluginHost, serve: Serve) -> None:
    real.add(ECHO, "http.serve")
    status, headers, _ = serve(real).get("/plugins/bot")
    assert (status, headers["location"]) == (301, "/plugins/bot/")


def test_redirects_know_where_the_application_is_mounted(real: PluginHost) -> None:
    import asyncio

    real.add(ECHO, "http.serve", files={"public/sub/index.html": "x"})
    started: list[Any] = []

    async def ask(path: str, root: str) -> str:
        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            started.append(message)

        scope = {
            "type": "http", "method": "GET", "path": root + path, "raw_path": path.encode(),
            "root_path": root, "query_string": b"", "headers": [(b"host", b"h")], "scheme": "http",
            "client": ("192.0.2.1", 1), "server": ("h", 80),
        }  # fmt: skip
        started.clear()
        await site(real.host.core)(scope, receive, send)
        return dict(started[0]["headers"])[b"location"].decode()

    assert asyncio.run(ask("/plugins/bot/sub", "")) == "/plugins/bot/sub/"
    assert asyncio.run(ask("/plugins/bot/sub", "/tv")) == "/tv/plugins/bot/sub/"
    assert asyncio.run(ask("/plugins/bot", "/tv")) in (
        "/tv/plugins/bot/",
        "http://h/tv/plugins/bot/",
    )


def test_a_body_above_the_cap(real: PluginHost, serve: Serve) -> None:
    real.add(ECHO, "http.serve")
    assert serve(real).get("/plugins/bot/x", "POST", b"x" * 2_000_000)[0] == 413


def test_what_is_not_there(real: PluginHost, serve: Serve) -> None:
    client = serve(real)
    for path in ("/plugins/none/", "/plugins/none/x", "/api/plugins/none/icon", "/nothing"):
        assert client.get(path)[0] == 404
    assert client.get("/api/plugins/actions", "POST")[0] == 405


def test_an_event_stream(real: PluginHost, serve: Serve) -> None:
    heard = threading.Event()
    real.host.registry.log_watcher = lambda _, line: (
        heard.set() if line.text.startswith("gone") else None
    )
    real.add(
        "@plugin.on_sse_connect\n"
        "def come(e):\n"
        "    owncast.sse.send(e.channel, 'hello', {'n': e.connection_id})\n"
        "@plugin.on_sse_disconnect\n"
        "def go(e):\n"
        "    print('gone', e.channel)\n",
        "http.sse",
    )
    answer = serve(real).open("/plugins/bot/_sse/goals")
    assert (answer.status, answer.getheader("content-type")) == (
        200,
        "text/event-stream; charset=utf-8",
    )
    assert answer.readline() == b": connected\n"
    assert answer.readline() == b"\n"
    assert answer.readline() == b"event: hello\n"
    assert answer.readline().startswith(b'data: {"n": ')
    assert answer.readline() == b"\n"
    real.host.services.get(EventStreams).send("bot", "goals", "", "a\nb")
    assert [answer.readline() for _ in range(3)] == [b"data: a\n", b"data: b\n", b"\n"]
    answer.close()
    hub = real.host.services.get(EventStreams)
    deadline = time.monotonic() + 30
    while not heard.is_set() and time.monotonic() < deadline:
        hub.send("bot", "goals", "", "is anybody there?")  # a closed socket shows when written to
        heard.wait(0.1)
    assert heard.is_set()
    assert hub.count("bot") == 0  # type: ignore[attr-defined]


def test_disabling_ends_the_streams(real: PluginHost, serve: Serve) -> None:
    real.add("", "http.sse")
    answer = serve(real).open("/plugins/bot/_sse/x")
    assert answer.readline() == b": connected\n"
    real.host.registry.disable("bot")
    assert answer.read() == b"\n"
    answer.close()


def test_what_plugins_add_to_the_page(real: PluginHost, serve: Serve) -> None:
    real.add(
        "owncast.actions.add({'title': 'Later', 'html': 'x'})\n"
        "@plugin.on_page_styles\ndef css(): return '.dynamic {}'\n"
        "@plugin.on_page_scripts\ndef js(): return 'dynamic()'\n"
        "@plugin.on_tab_content('live')\ndef tab(req): return '<p>live'\n",
        "ui.modify",
        files={
            "assets/a.css": ".a {}",
            "assets/a.js": "a()",
            "assets/page.html": "<p>page",
            "assets/tab.html": "<p>tab",
            "icon.png": b"\x89PNG",
        },
        styles=["a.css"],
        scripts=["a.js"],
        extraPageContent={"slug": "intro", "content": "page.html"},
        tabs={"live": {"title": "Live"}, "fixed": {"title": "Fixed", "content": "tab.html"}},
        actions=[{"title": "Shop", "url": "https://shop.example/"}],
    )
    real.add(
        "@plugin.on_page_styles\ndef css(): 1 / 0\n", "ui.modify", slug="broken",
        styles=["x.css"], files={"assets/x.css": ".x {}\n"},
    )  # fmt: skip
    client = serve(real)
    config = json.loads(client.get("/api/config")[2])
    dash = "\N{EM DASH}"
    assert config["customStyles"] == (
        f"/* plugin: bot {dash} a.css */\n.a {{}}\n"
        f"/* plugin: broken {dash} x.css */\n.x {{}}\n"
        f"/* plugin: bot {dash} dynamic */\n.dynamic {{}}\n"
    )
    assert config["extraPageContent"] == "<!-- plugin: bot intro -->\n<p>page\n"
    assert config["pluginTabs"] == [
        {"slug": "bot/fixed", "pluginSlug": "bot", "title": "Fixed", "html": "<p>tab"},
        {"slug": "bot/live", "pluginSlug": "bot", "title": "Live", "html": "<p>live"},
    ]
    assert [action["title"] for action in config["externalActions"]] == ["Shop", "Later"]
    assert [a["title"] for a in json.loads(client.get("/api/plugins/actions")[2])] == ["Shop"]
    script = client.get("/customjavascript")[2].decode()
    assert script.startswith(f"// plugin: bot {dash} a.js\ntry {{\na()\n}} catch (error) {{")
    assert 'console.error("plugin bot:", error)' in script
    assert "dynamic()" in script
    status, headers, body = client.get("/api/plugins/bot/icon")
    assert (status, body, headers["content-type"]) == (200, b"\x89PNG", "image/png")
