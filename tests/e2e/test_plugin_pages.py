"""A plugin's pages in a real browser: apart from the host's, and whole in themselves."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dialects.owncast.projects import project
from e2e.browser import chromium
from jackfield.host import installed_dialects
from jackfield.services.users import ADMIN
from web.served import SECONDS, Served, serving

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

CODE = """
import json
from owncast_plugin import owncast, plugin

PAGE = "<!doctype html><head></head><p id=made>made</p><script src='%s'></script>"

@plugin.post("/say")
def say(req):
    text = json.loads(req.body)["text"]
    owncast.sse.send("news", "said", text)
    return {"status": 200, "body": text.upper()}

@plugin.get("/made")
def made(req):
    return {"headers": {"Content-Type": "text/html", "Set-Cookie": "mine=1; Path=/"},
            "body": PAGE % "try.js"}

@plugin.get("/admin")
def admin(req):
    return {"headers": {"Content-Type": "text/html"}, "body": PAGE % "../try.js"}

@plugin.get("/admin/who")
def who(req):
    return {"body": "operator" if req.authenticated else "nobody"}
"""

TRY = """
window.tried = (act) => { try { return String(act()); } catch (error) { return error.name; } };
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = project(
        tmp_path_factory.mktemp("pages") / "bot",
        {
            "src/plugin.py": CODE,
            "public/index.html": "<!doctype html><head></head><script src=try.js></script><p>hi",
            "public/module.html": "<!doctype html><script type=module src=module.js></script><p>hi",
            "public/module.js": "document.title = 'module ran';",
            "public/try.js": TRY,
        },
        slug="bot",
        name="Bot",
        permissions=["http.serve", "http.sse"],
        admin={"pages": {"/admin": {"title": "A"}}},
    )
    with serving(dialects=installed_dialects(("owncast",))) as server:
        server.host.registry.install(folder)
        state = server.host.registry.enable("bot", "all")
        assert state.state == "running", state.last_error
        yield server


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page of somebody who joined the chat, so that there is a token to steal."""
    context = browser.new_context()
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    page.goto(address(served, "/"))
    page.evaluate("localStorage.setItem('secret', 'token'); document.cookie = 'secret=token'")
    yield page
    context.close()


def address(served: Served, path: str) -> str:
    return f"http://127.0.0.1:{served.port}{path}"


def tried(page: Page, act: str) -> Any:
    return page.evaluate(f"tried(() => {act})")


@pytest.mark.parametrize("path", ["/plugins/bot/", "/plugins/bot/made"])
def test_a_plugins_page_can_read_nothing_of_the_host(served: Served, page: Page, path: str) -> None:
    assert page.evaluate("localStorage.getItem('secret')") == "token"
    page.goto(address(served, path))
    assert page.evaluate("self.origin") == "null"
    assert tried(page, "localStorage.getItem('secret')") == "SecurityError"
    assert tried(page, "sessionStorage.length") == "SecurityError"
    assert tried(page, "document.cookie") == "SecurityError"
    assert tried(page, "indexedDB.open('x')") == "SecurityError"


def test_nor_through_a_frame_or_a_window(served: Served, page: Page) -> None:
    page.goto(address(served, "/plugins/bot/"))
    page.evaluate(
        "new Promise((done) => { const frame = document.createElement('iframe'); frame.src = '/';"
        "frame.onload = done; frame.onerror = done; frame.name = 'host';"
        "document.body.append(frame); })"
    )
    inside = "document.querySelector('iframe')"
    assert tried(page, f"{inside}.contentWindow.localStorage") == "SecurityError"
    assert tried(page, f"{inside}.contentDocument") == "null"
    with page.expect_popup() as opening:
        page.evaluate("window.opened = window.open('/')")
    opening.value.wait_for_load_state()
    assert opening.value.evaluate("self.origin") == address(served, "")
    assert tried(page, "window.opened.localStorage") == "SecurityError"
    with page.expect_popup() as opening:
        page.evaluate("window.blank = window.open('about:blank')")
    assert opening.value.evaluate("self.origin") == "null"


def test_nor_by_asking_the_host_with_the_visitors_cookies(served: Served, page: Page) -> None:
    page.goto(address(served, "/plugins/bot/"))
    for path in ("/api/viewer", "/"):
        asked = f"fetch('{path}', {{credentials: 'include'}}).then(() => 'read', (e) => e.name)"
        assert page.evaluate(asked) == "TypeError"
    joined = page.evaluate(
        "new Promise((done) => { const socket = new WebSocket("
        f"'ws://127.0.0.1:{served.port}/api/chat/socket', 'jackfield.chat.v1');"
        "socket.onopen = () => done('open'); socket.onerror = () => done('refused'); })"
    )
    assert joined == "refused"


def test_its_own_script_reaches_its_own_plugin(served: Served, page: Page) -> None:
    page.goto(address(served, "/plugins/bot/made"))
    expect(page.locator("#made")).to_be_visible()
    said = page.evaluate(
        """new Promise((done, fail) => {
            const news = new EventSource("_sse/news");
            news.onerror = () => fail(new Error("no stream"));
            let answer;
            setTimeout(() => fail(new Error("nothing came")), 10_000);
            news.addEventListener("said", async (event) => {
                news.close();
                done([(await answer), event.data]);
            });
            news.onopen = () => {
                answer = fetch("say", {
                    method: "POST",
                    headers: {"Content-Type": "application/json", "X-Mine": "1"},
                    body: JSON.stringify({text: "hello"}),
                }).then((response) => response.ok ? response.text() : fail(new Error("refused")));
                answer.catch(fail);
            };
        })"""
    )
    assert said == ["HELLO", "hello"]


def test_modules_load(served: Served, page: Page) -> None:
    page.goto(address(served, "/plugins/bot/module.html"))
    expect(page).to_have_title("module ran")


def test_a_page_for_operators_reaches_its_guarded_paths(browser: Browser, served: Served) -> None:
    _, operator = served.accounts.tokens.create("op", (ADMIN,))
    context = browser.new_context(http_credentials={"username": "operator", "password": operator})
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    page.goto(address(served, "/plugins/bot/admin/"))
    assert page.evaluate("self.origin") == "null"
    assert operator not in page.content()
    by_xhr = (
        "new Promise((done) => { const x = new XMLHttpRequest(); x.open('GET', 'who');"
        "x.onload = () => done(x.responseText); x.send(); })"
    )
    by_fetch = "fetch('who').then((r) => r.text())"
    by_request = "fetch(new Request('/plugins/bot/admin/who')).then((r) => r.text())"
    for ask in (by_fetch, by_request, by_xhr):
        assert page.evaluate(ask) == "operator"
    ticket = page.evaluate("document.querySelector('script').dataset.ticket")
    assert ticket not in page.evaluate(
        "fetch('/api/viewer?x=1').then((r) => r.url, (e) => e.message)"
    )
    context.close()
    basic = "Basic " + base64.b64encode(f"x:{ticket}".encode()).decode()
    for headers in ({"authorization": basic}, {"authorization": f"Bearer {ticket}"}):
        assert served.http.get("/api/v1/plugins", headers=headers).status_code == 401
    assert served.http.get("/plugins/bot/admin/who").status_code == 401
    assert served.http.get(f"/plugins/bot/admin/who?accessToken={ticket}").text == "operator"
