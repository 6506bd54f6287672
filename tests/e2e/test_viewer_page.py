"""The viewer page in a real browser: two people talk, on a phone and in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import chromium
from jackfield.plugins.events import PASS, Event, FilterResult
from jackfield.services.rate_limits import RateLimits
from jackfield.services.users import MODERATOR
from plugins.fakes import FunctionRuntime, running
from web.served import Served, serving

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as server:
        yield server


class Visits:
    """Opens pages, each with a memory of its own, and collects what goes wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self.problems: list[str] = []

    def open(self, url: str, **options: Any) -> Page:
        context = self._browser.new_context(**options)
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)
        page.goto(url)
        return page

    def join(self, served: Served, name: str, path: str = "/", **options: Any) -> Page:
        page = self.open(f"http://127.0.0.1:{served.port}{path}", **options)
        page.get_by_label("Your name").first.fill(name)
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_label("Message", exact=True)).to_be_visible()
        return page

    def _note(self, message: Any) -> None:
        # A refused connection is what reconnecting is about.
        if message.type == "error" and not re.search(
            r"WebSocket|ERR_CONNECTION|40\d|429", message.text
        ):
            self.problems.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    visits = Visits(browser)
    yield visits
    visits.close()
    assert visits.problems == []


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def message(page: Page, text: str) -> Any:
    return page.locator(".message", has=page.locator(".body", has_text=text))


# -- talking -----------------------------------------------------------------------------------


def test_two_people_talk(served: Served, visits: Visits) -> None:
    ann, bob = visits.join(served, "Ann"), visits.join(served, "Bob")
    expect(ann.locator("#empty")).to_be_visible()
    say(ann, "Hello **Bob** 👋 <b>x</b>")
    expect(message(bob, "Hello").locator("strong")).to_have_text("Bob")
    expect(message(bob, "Hello").locator(".body")).to_have_text("Hello Bob 👋 <b>x</b>")
    expect(message(bob, "Hello").locator(".name")).to_have_text("Ann")
    expect(message(ann, "Hello")).not_to_have_class(re.compile("pending"))
    say(bob, "Hi!")
    expect(message(ann, "Hi!")).to_be_visible()
    expect(ann.locator("#people-count")).to_have_text("2")
    expect(ann.locator(".message")).to_have_count(2)
    expect(ann.locator("#empty")).to_be_hidden()
    expect(ann.get_by_text("Today").filter(visible=True)).to_have_count(1)


def test_a_name_that_is_taken_is_explained(served: Served, visits: Visits) -> None:
    visits.join(served, "Ann")
    page = visits.open(f"http://127.0.0.1:{served.port}/")
    page.get_by_label("Your name").first.fill("ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_have_text("the name 'ann' is taken")
    page.get_by_label("Your name").first.fill("Cem")
    page.keyboard.press("Enter")
    expect(page.locator("#me-name")).to_have_text("Cem")


def test_one_is_still_oneself_after_a_reload(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann")
    say(ann, "before")
    expect(message(ann, "before")).to_be_visible()
    ann.reload()
    expect(ann.locator("#me-name")).to_have_text("Ann")
    expect(message(ann, "before")).to_be_visible()


def test_the_newest_message_stays_in_view_while_the_page_around_it_changes(
    served: Served, visits: Visits
) -> None:
    served.room.limits = RateLimits(
        dict.fromkeys(("plugin", "post", "request", "register", "rename"), "10000/second")
    )
    ann = visits.join(served, "Ann", viewport={"width": 900, "height": 400})
    for number in range(30):
        served.room.send_as_bot("b", "B", f"number {number:03}")
    expect(message(ann, "number 029")).to_be_in_viewport(ratio=1)
    # In one frame the list scrolls and what is below it grows, as after a reload: first the history
    # comes, then the composer, a hint, and what plugins add.
    ann.evaluate(
        """() => {
            document.querySelector("#scroller").scrollTop -= 10;
            document.querySelector("#composer").style.paddingTop = "120px";
        }"""
    )
    ann.wait_for_timeout(200)
    expect(message(ann, "number 029")).to_be_in_viewport(ratio=1)
    expect(ann.locator("#jump")).to_be_hidden()
    ann.locator("#scroller").evaluate("scroller => (scroller.scrollTop = 0)")
    expect(ann.locator("#jump")).to_be_visible()


def test_lines_with_shift_enter_and_long_words_wrap(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann", **PHONE)
    box = ann.get_by_label("Message", exact=True)
    box.fill("one")
    ann.keyboard.press("Shift+Enter")
    ann.keyboard.type("two")
    expect(box).to_have_value("one\ntwo")
    ann.keyboard.press("Enter")
    say(ann, "w" * 500)
    expect(message(ann, "www")).to_be_visible()
    assert ann.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert ann.evaluate("document.getElementById('scroller').scrollWidth <= innerWidth")


def test_too_long_a_message_cannot_be_sent(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann")
    ann.get_by_label("Message", exact=True).fill("x" * 2003)
    expect(ann.locator("#counter")).to_have_text("3 characters too many")
    expect(ann.get_by_role("button", name="Send")).to_be_disabled()
    ann.get_by_label("Message", exact=True).fill("👋" * 2000)
    expect(ann.get_by_role("button", name="Send")).to_be_enabled()


def test_a_dropped_message_says_why_and_can_be_edited(served: Served, visits: Visits) -> None:
    def judge(event: Event) -> FilterResult:
        bad = "spam" in event.payload["body"]
        return FilterResult("drop", reason="no spam here") if bad else PASS

    runtime = FunctionRuntime(filters={"chat.message.received": 1}, on_filter=judge)
    served.host.dispatcher.attach(running("calm", runtime))
    ann, bob = visits.join(served, "Ann"), visits.join(served, "Bob")
    say(ann, "spam")
    expect(ann.get_by_role("alert").filter(has_text="Not sent")).to_have_text(
        re.compile(r"Not sent: no spam here \(calm\)")
    )
    ann.get_by_role("button", name="Edit").click()
    expect(ann.get_by_label("Message", exact=True)).to_have_value("spam")
    say(ann, "ham")
    expect(message(bob, "ham")).to_be_visible()
    expect(bob.locator(".message")).to_have_count(1)
    expect(ann.locator(".message")).to_have_count(1)


def test_bots_system_and_private_words_look_different(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann")
    served.room.send_as_bot("greeter", "Greeter", "welcome")
    served.room.send_action("greeter", "Greeter", "waves")
    served.room.send_system("greeter", "<b>The show begins</b>")
    served.room.send_to("greeter", served.room.clients()[0].id, "psst")
    expect(message(ann, "welcome").locator(".badge")).to_have_text("bot")
    expect(message(ann, "waves")).to_have_class(re.compile("action"))
    expect(message(ann, "The show begins").locator("b")).to_be_visible()
    expect(message(ann, "psst")).to_contain_text("Only you see this, from greeter")


def test_a_new_name_and_colour(served: Served, visits: Visits) -> None:
    ann, bob = visits.join(served, "Ann"), visits.join(served, "Bob")
    say(ann, "hi")
    ann.locator("#me-button").click()
    ann.locator("#rename-name").fill("bob")
    ann.keyboard.press("Enter")
    expect(ann.locator("#rename-error")).to_contain_text("taken")
    ann.locator("#rename-name").fill("Anna")
    ann.keyboard.press("Enter")
    expect(ann.locator("#me")).to_be_hidden()
    expect(ann.locator("#me-name")).to_have_text("Anna")
    expect(message(bob, "hi").locator(".name")).to_have_text("Anna")
    expect(bob.get_by_text("Ann is now Anna")).to_be_visible()
    ann.locator("#me-button").click()
    ann.get_by_label("Colour 4").check(force=True)
    expect(message(bob, "hi").locator(".name")).to_have_class(re.compile("c3"))
    ann.keyboard.press("Escape")
    expect(ann.locator("#me")).to_be_hidden()


def test_older_messages_come_on_demand(served: Served, visits: Visits) -> None:
    served.room.limits = RateLimits(
        dict.fromkeys(("plugin", "post", "request", "register", "rename"), "10000/second")
    )
    for number in range(120):
        served.room.send_as_bot("b", "B", f"number {number:03}")
    ann = visits.join(served, "Ann")
    expect(message(ann, "number 119")).to_be_in_viewport()
    expect(ann.locator(".message")).to_have_count(50)
    ann.get_by_role("button", name="Show older").click()
    expect(ann.locator(".message")).to_have_count(100)
    ann.get_by_role("button", name="Show older").click()
    expect(ann.locator(".message")).to_have_count(120)
    expect(ann.get_by_role("button", name="Show older")).to_be_hidden()
    texts = ann.locator(".message .body").all_inner_texts()
    assert texts == [f"number {number:03}" for number in range(120)]
    served.room.send_as_bot("b", "B", "news")
    expect(ann.locator("#jump")).to_have_text("1 new message")
    expect(message(ann, "news")).to_have_class(re.compile("unread"))
    ann.locator("#jump").click()
    expect(message(ann, "news")).to_be_in_viewport()
    expect(ann.locator("#jump")).to_be_hidden()


# -- moderation --------------------------------------------------------------------------------


def test_moderators_hide_and_ban_from_the_page(served: Served, visits: Visits) -> None:
    mod, bob, cem = (visits.join(served, name) for name in ("Mod", "Bob", "Cem"))
    say(bob, "rude")
    expect(message(mod, "rude")).to_be_visible()
    expect(mod.get_by_role("button", name="Moderate message")).to_have_count(0)
    served.accounts.promote(served.accounts.find("Mod").id, MODERATOR)
    message(mod, "rude").hover()
    mod.get_by_role("button", name="Moderate message by Bob").click()
    mod.get_by_role("menuitem", name="Hide this message").click()
    expect(message(cem, "rude")).to_have_count(0)
    expect(message(mod, "rude")).to_have_class(re.compile("hidden-message"))
    message(mod, "rude").hover()
    mod.get_by_role("button", name="Moderate message by Bob").click()
    mod.keyboard.press("Enter")
    expect(message(cem, "rude")).to_be_visible()
    mod.locator("#people-button").click()
    mod.get_by_role("button", name="Moderate Bob").click()
    mod.get_by_role("menuitem", name="Ban Bob…").click()
    expect(mod.get_by_role("dialog")).to_contain_text("Ban Bob?")
    mod.get_by_role("button", name="Ban", exact=True).click()
    expect(bob.get_by_text("You are banned from this chat.")).to_be_visible()
    expect(bob.get_by_label("Message", exact=True)).to_be_hidden()
    expect(message(cem, "rude")).to_have_count(0)


def test_a_kicked_person_may_come_back(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann")
    served.room.kick(served.room.clients()[0].id)
    ann.get_by_role("button", name="Come back").click()
    expect(ann.get_by_label("Message", exact=True)).to_be_visible()


def test_the_link_of_the_greeting_makes_an_administrator(served: Served, visits: Visits) -> None:
    claim = served.accounts.tokens.create_claim()
    page = visits.join(served, "Boss", f"/#claim={claim}")
    expect(page.get_by_text("You are the administrator of this server now.")).to_be_visible()
    assert "claim" not in page.url
    say(page, "hi")
    expect(message(page, "hi").locator(".badge")).to_have_text("admin")


# -- losing the connection ---------------------------------------------------------------------


def test_a_restart_loses_nothing(browser: Browser, tmp_path: Path, visits: Visits) -> None:
    with serving(tmp_path) as served:
        port = served.port
        ann, bob = visits.join(served, "Ann"), visits.join(served, "Bob")
        say(ann, "before the restart")
        expect(message(bob, "before")).to_be_visible()
    expect(ann.locator("#banner")).to_contain_text("The connection is lost")
    say(ann, "written without connection")
    expect(message(ann, "written")).to_have_class(re.compile("pending"))
    with serving(tmp_path, port=port):
        expect(message(bob, "written")).to_be_visible(timeout=30_000)
        expect(message(ann, "written")).not_to_have_class(re.compile("pending"))
        expect(ann.locator("#banner")).to_be_hidden()
        for page in (ann, bob):
            texts = page.locator(".message .body").all_inner_texts()
            assert texts == ["before the restart", "written without connection"]


def test_a_server_that_forgot_us_asks_for_a_name(
    browser: Browser, tmp_path: Path, visits: Visits
) -> None:
    with serving(tmp_path / "one") as served:
        port = served.port
        ann = visits.join(served, "Ann")
    with serving(tmp_path / "two", port=port):
        expect(ann.locator("#join-error")).to_contain_text("does not know you", timeout=30_000)
        expect(ann.locator("#join-name")).to_have_value("Ann")
        ann.get_by_role("button", name="Join").click()
        expect(ann.get_by_label("Message", exact=True)).to_be_visible()


# -- how it looks ------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [True, False])
def test_everything_can_be_read(
    served: Served, visits: Visits, scheme: str, phone: bool, tmp_path: Path
) -> None:
    ann = visits.join(served, "Ann", color_scheme=scheme, **(PHONE if phone else {}))
    for color in range(8):
        bot = served.accounts.bot(f"b{color}", f"Colour {color}")
        served.accounts.set_color(bot.id, color)
        served.room.send_as_bot(
            f"b{color}", f"Colour {color}", "a [link](https://example.org) `code`"
        )
    served.room.send_system("b1", "System")
    expect(message(ann, "System")).to_be_visible()
    expect(message(ann, "a link")).to_have_count(8)
    low = ann.evaluate(CONTRAST)
    assert low == []
    if phone:
        assert ann.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = ann.evaluate(
            """[...document.querySelectorAll('button, input, textarea')]
                .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 30)
                .map((e) => e.outerHTML)"""
        )
        assert small == []
    shot = ann.screenshot(path=tmp_path / "page.png")
    assert len(shot) > 10_000


def test_all_can_be_done_with_the_keyboard(served: Served, visits: Visits) -> None:
    ann = visits.join(served, "Ann")
    expect(ann.get_by_label("Message", exact=True)).to_be_focused()
    reached: list[str] = []
    for _ in range(8):
        ann.keyboard.press("Tab")
        reached.append(
            ann.evaluate("document.activeElement.id || document.activeElement.className")
        )
    assert {"skip", "people-button", "me-button", "scroller", "composer-text"} <= set(reached)
    ann.locator("#people-button").focus()
    ann.keyboard.press("Enter")
    expect(ann.locator("#people")).to_be_visible()
    ann.keyboard.press("Escape")
    expect(ann.locator("#people")).to_be_hidden()


def test_assistive_technology_hears_news_and_no_history(served: Served, visits: Visits) -> None:
    served.room.send_as_bot("b", "B", "old")
    ann = visits.join(served, "Ann")
    log = ann.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text("old")


CONTRAST = """() => {
  const parse = (text) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color[3] > 0.95) return color;
    }
    return [255, 255, 255, 1];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest('.unseen, script, noscript, :disabled, .skip')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent}`);
  }
  return low;
}"""
