"""What plugins add to the viewer's page, in a real browser; and the door that one keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from dialects.owncast.projects import project
from e2e.browser import chromium
from jackfield.host import installed_dialects
from web.served import SECONDS, Served, serving

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

EXAMPLES = Path(__file__).parents[2] / "examples/owncast"
CODE = """
from owncast_plugin import plugin

@plugin.on_tab_content("who")
def who(req):
    return f"<p id=who>{req.user.display_name if req.user else 'nobody'}</p>"

@plugin.on_page_styles
def styles():
    return ".brand span { color: rgb(1, 2, 3) }"
"""
TRY = """
const tried = (act) => { try { return String(act()); } catch (error) { return error.name; } };
const told = document.createElement("ul");
for (const [name, act] of Object.entries({
  origin: () => self.origin,
  storage: () => localStorage.getItem("secret"),
  cookie: () => document.cookie,
  page: () => parent.document.title,
})) {
  const line = document.createElement("li");
  line.id = name;
  line.textContent = tried(act);
  told.append(line);
}
document.body.append(told);
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = project(
        tmp_path_factory.mktemp("parts") / "bot",
        {
            "src/plugin.py": CODE,
            "assets/try.js": TRY,
            "public/own.html": "<!doctype html><h1>Own page</h1>",
        },
        slug="bot",
        name="Bot",
        permissions=["ui.modify", "http.serve"],
        tabs={"who": {"title": "Who"}},
        scripts=["try.js"],
        actions=[
            {"title": "Note", "html": "<h1 id=note>A note</h1>"},
            {"title": "Own page", "url": "/own.html"},
        ],
    )
    with serving(dialects=installed_dialects(("owncast",))) as server:
        for source, slug in (
            (folder, "bot"), (EXAMPLES / "studio-board", "studio-board"),
            (EXAMPLES / "front-door", "front-door"),
        ):  # fmt: skip
            server.host.registry.install(source)
            if slug != "front-door":
                state = server.host.registry.enable(slug, "all")
                assert state.state == "running", state.last_error
        yield server


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(SECONDS * 1000)
    expect.set_options(timeout=SECONDS * 1000)
    page = context.new_page()
    page.goto(address(served))
    yield page
    context.close()


def address(served: Served, path: str = "/") -> str:
    return f"http://127.0.0.1:{served.port}{path}"


def test_panels_tabs_styles_and_buttons_are_shown(page: Page) -> None:
    board = page.frame_locator("iframe[title='Studio Board']")
    expect(board.locator(".board")).to_contain_text("Welcome to the studio.")
    # Its script runs beside its content, its styles apply.
    expect(board.locator("time")).not_to_have_text("now")
    assert board.locator(".board").evaluate("e => getComputedStyle(e).paddingLeft") == "12.8px"
    expect(page.get_by_role("tab")).to_have_text(["Who", "Now"])
    expect(page.locator(".brand span")).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.get_by_role("button", name="Note")).to_be_visible()


def test_a_frame_is_as_tall_as_what_is_in_it(page: Page) -> None:
    frame = page.locator("iframe[title='Studio Board']")
    inside = page.frame_locator("iframe[title='Studio Board']").locator("html")
    expect(frame).to_have_attribute(
        "height", str(inside.evaluate("e => Math.ceil(e.getBoundingClientRect().height)"))
    )


def test_tabs_are_switched_and_made_for_the_viewer(page: Page) -> None:
    who = page.frame_locator("iframe[title='Who']").locator("#who")
    expect(who).to_have_text("nobody")
    page.get_by_label("Your name").first.fill("Ann")
    page.get_by_role("button", name="Join").click()
    expect(who).to_have_text("Ann")
    page.get_by_role("tab", name="Now").click()
    now = page.frame_locator("iframe[title='Now']")
    expect(now.locator("dl")).to_contain_text("nothing at the moment")
    expect(page.get_by_role("tab", name="Now")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(who).to_have_text("Ann")


def test_scripts_reach_nothing_of_the_page(page: Page) -> None:
    page.evaluate("localStorage.setItem('secret', 'token'); document.cookie = 'secret=token'")
    page.reload()
    frame = page.frame_locator("iframe[title='Bot']")
    expect(frame.locator("#origin")).to_have_text("null")
    for name in ("storage", "cookie", "page"):
        expect(frame.locator(f"#{name}")).to_have_text("SecurityError")


def test_buttons_open_what_they_are_for(page: Page) -> None:
    page.get_by_role("button", name="Note").click()
    dialog = page.locator("#parts-dialog")
    expect(page.frame_locator("#parts-dialog iframe").locator("#note")).to_have_text("A note")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Own page").click()
    inside = page.frame_locator("#parts-dialog iframe").locator("h1")
    expect(inside).to_have_text("Own page")
    assert inside.evaluate("() => self.origin") == "null"


def test_nothing_complains(page: Page) -> None:
    said: list[str] = []
    note = lambda message: said.append(message.text)  # noqa: E731
    page.on("console", lambda message: note(message) if serious(message) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    expect(page.frame_locator("iframe[title='Who']").locator("#who")).to_be_visible()
    assert said == []


def serious(message: ConsoleMessage) -> bool:
    return message.type in ("error", "warning")


def test_the_door_asks_and_then_knows_the_viewer(served: Served, page: Page) -> None:
    registry = served.host.registry
    registry.set_settings("front-door", {"password": "sesame"})
    assert registry.enable("front-door", "all").state == "running"
    try:
        page.goto(address(served, "/?x=1"))
        expect(page).to_have_url(address(served, "/plugins/front-door/?return_to=/%3Fx%3D1"))
        page.get_by_label("Your name").fill("Zoe")
        page.get_by_label("Password").fill("guess")
        page.get_by_role("button", name="Come in").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        page.get_by_label("Password").fill("sesame")
        page.get_by_role("button", name="Come in").click()
        expect(page).to_have_url(address(served, "/?x=1"))
        # In the chat without being asked for a name again, and known to plugins.
        expect(page.locator("#me-name")).to_have_text("Zoe")
        expect(page.locator("#composer")).to_be_visible()
        expect(page.frame_locator("iframe[title='Who']").locator("#who")).to_have_text("Zoe")
    finally:
        registry.disable("front-door")
