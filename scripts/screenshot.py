"""Take docs/images/chat.png anew: two people, a greeter and a word filter in a real host's chat.

    .venv/bin/python scripts/screenshot.py

Needs Chromium: the system's, or the one that ``playwright install chromium`` brings.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "chat.png"
MOST_BYTES = 100_000
expect.set_options(timeout=30_000)
SIZE = {"width": 1080, "height": 620}


def jackfield(data: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "jackfield", "--data", str(data), *words], check=True, cwd=ROOT
    )


def wait_for_address(data: Path) -> str:
    """Where the host serves, once it does."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return f"http://127.0.0.1:{json.loads((data / 'run.json').read_bytes())['port']}/"
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    raise SystemExit("the host did not start")


def join(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Your name").first.fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_label("Message", exact=True)).to_be_visible()


def say(page: Page, text: str, answer: str = "") -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".message .body", has_text=answer or text).last).to_be_visible()


def take(address: str) -> None:
    programs = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("JACKFIELD_CHROMIUM") or next(
        filter(None, map(shutil.which, programs)), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            ada = browser.new_context(viewport=SIZE, locale="en-GB").new_page()
            linus = browser.new_context(viewport=SIZE, locale="en-GB").new_page()
            join(ada, address, "Ada")
            join(linus, address, "Linus")
            expect(ada.locator(".message .body", has_text="welcome, Linus!")).to_be_visible()
            say(ada, "hello everyone", "hello, Ada!")
            say(linus, "hey Ada, did you fix that darn plugin?", "****")
            say(ada, "Yes! It is at https://example.org", "Yes!")
            expect(ada.locator(".message .body", has_text="hello, Linus!")).to_be_visible()
            expect(ada.locator(".message.pending")).to_have_count(0)
            ada.mouse.move(0, 0)  # away from the messages, which light up below it
            ada.screenshot(path=PICTURE)
        finally:
            browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        jackfield(data, "engine", "compile")
        for plugin in ("greeter", "word-filter"):
            jackfield(data, "install", f"examples/owncast/{plugin}")
            jackfield(data, "enable", plugin, "--grant", "all")
        serve = [sys.executable, "-m", "jackfield", "--data", str(data), "serve", "--port", "0"]
        host = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
        try:
            address = wait_for_address(data)
            time.sleep(3)  # the plugins start in the background
            take(address)
        finally:
            host.terminate()
            host.wait()
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size:,} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"the picture is above {MOST_BYTES:,} bytes: make it smaller")


if __name__ == "__main__":
    main()
