"""The IPTV pages in a real browser, and players, on a real ``jackfield serve``."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browser import chromium
from e2e.serving import serving
from provider_of_streams import Behaviour, Provider, numbers

pytestmark = pytest.mark.e2e

# A busy machine takes its time over hashing passwords.
expect.set_options(timeout=30_000)

WIDTHS = ((1280, 900), (390, 844))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.paths["/1.ts"] = Behaviour(stream=1)
    yield provider
    provider.close()


@pytest.fixture
def playlist(provider: Provider) -> Iterator[str]:
    """The address of a playlist with sixty entries, the first of which plays."""
    entries = "".join(
        f'#EXTINF:-1 tvg-id="c{n}" group-title="News",Channel {n:02} <b>\n{provider.url}/{n}.ts\n'
        for n in range(1, 61)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"#EXTM3U\n{entries}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/list.m3u"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(base: str, path: str, body: Any = None, token: str = "") -> Any:
    request = urllib.request.Request(
        base + path, None if body is None else json.dumps(body).encode()
    )
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def watch(url: str, enough: int, out: list[list[int]]) -> None:
    data = b""
    with urllib.request.urlopen(url, timeout=60) as answer:
        while len(data) < enough * 188:
            data += answer.read(18800)
    out.append([number for _, number in numbers(data[: len(data) // 188 * 188])])


def fits(page: Page) -> bool:
    script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(script))


def test_from_an_empty_installation_to_a_picture(
    tmp_path: Path, provider: Provider, playlist: str
) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    options = ("--only", "dispatcharr", "--site", f"dispatcharr={base.removeprefix('http://')}")
    with serving(tmp_path, *options), chromium() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{base}/accounts", timeout=90_000)
        expect(page.locator("h1")).to_have_text("Create the first administrator")
        page.fill("#username", "root")
        page.fill("#password", "correct horse")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Accounts")  # where one wanted to go
        user = {"username": "root", "password": "correct horse"}
        token = ask(base, "/api/accounts/token/", user)["access"]
        account = ask(base, "/api/m3u/accounts/", {"name": "P", "server_url": playlist}, token)

        page.reload()
        row = page.locator(f"tr[data-key='{account['id']}']")
        # A new account is looked at for its groups at once; the page hears of it.
        expect(row.locator("[data-status]")).to_have_text("pending setup", timeout=60_000)
        row.get_by_role("button", name="Refresh").click()
        expect(row.locator("[data-status]")).to_have_text("success", timeout=60_000)
        expect(page.locator("#message")).to_be_visible()

        page.goto(f"{base}/streams")
        expect(page.locator(".paging p").first).to_have_text("1–50 of 60 streams")
        expect(page.locator("tbody th").first).to_contain_text("Channel 01 <b>")
        page.keyboard.press("ArrowRight")
        expect(page.locator("tbody tr")).to_have_count(10)
        page.keyboard.press("/")
        page.keyboard.type("channel 07")
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr")).to_have_count(1)

        streams = ask(base, "/api/channels/streams/?search=Channel+01", token=token)["results"]
        made = {"stream_id": streams[0]["id"], "channel_number": 1}
        channel = ask(base, "/api/channels/channels/from-stream/", made, token)
        seen: list[list[int]] = []
        address = ask(base, "/lineup.json")[0]["URL"]
        assert address.endswith(channel["uuid"])
        viewers = [threading.Thread(target=watch, args=(address, 2000, seen)) for _ in range(3)]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join(60)
        assert len(seen) == 3
        assert all(got == list(range(got[0], got[0] + len(got))) for got in seen)
        assert provider.opened == {"/1.ts": 1}

        for width, height in WIDTHS:
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                for path in ("/", "/channels", "/streams", "/guide", "/accounts", "/events"):
                    page.goto(base + path)
                    assert fits(page), (path, width)
        page.click("#sign-out")
        expect(page.locator("h1")).to_have_text("Sign in")
        page.goto(f"{base}/channels")
        expect(page.locator("h1")).to_have_text("Sign in")
        assert faults == []
