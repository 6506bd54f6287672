"""Draws the ServeMSX site's two pictures: ``python scripts/servemsx_logos.py`` (needs Chromium).

A socket board: a row of sockets, one of them plugged in.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parent.parent / "src/jackfield/dialects/servemsx/site/static"

MARK = """
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80" width="{size}" height="{size}">
  <rect x="4" y="4" width="72" height="72" rx="16" fill="#1d3557"/>
  <g fill="none" stroke="#a8dadc" stroke-width="4">
    <circle cx="24" cy="26" r="7"/><circle cx="56" cy="26" r="7"/><circle cx="24" cy="54" r="7"/>
  </g>
  <circle cx="56" cy="54" r="9" fill="#ffb703"/>
  <path d="M56 54C56 40 24 40 24 26" fill="none" stroke="#ffb703" stroke-width="5"
    stroke-linecap="round"/>
</svg>
"""
WIDE = """
<div style="display:flex;align-items:center;gap:22px;height:120px;padding:0 10px;
  font-family:'DejaVu Sans',sans-serif;color:#f1faee">{mark}
  <div><div style="font-size:46px;font-weight:700;letter-spacing:-1px">Jackfield</div>
  <div style="font-size:21px;color:#a8dadc">for Media Station X</div></div></div>
"""


def main() -> None:
    pictures = {
        "logo.png": (MARK.format(size=80), 80, 80),
        "logotype.png": (WIDE.format(mark=MARK.format(size=100)), 440, 120),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for name, (content, width, height) in pictures.items():
            page.set_viewport_size({"width": width, "height": height})
            page.set_content(f"<body style='margin:0;background:transparent'>{content}")
            page.screenshot(path=STATIC / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
