"""A headless browser for tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium of this machine, or the one that playwright brought. Skips where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    found = os.environ.get("JACKFIELD_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        except Error as error:
            if found is not None:
                raise
            pytest.skip(
                f"no chromium: install the system package 'chromium', or run 'playwright install "
                f"chromium' ({error.message.splitlines()[0]})"
            )
        try:
            yield browser
        finally:
            browser.close()
