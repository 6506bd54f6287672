"""The ServeMSX operator's page in a real browser, on a real ``jackfield serve``."""

from __future__ import annotations

import io
import socket
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.browser import chromium
from e2e.serving import serving

pytestmark = pytest.mark.e2e

SCRIPT = 'srv := import("server")\nsrv.write("<h1>", srv.plugin, "</h1>")\n'


def package(path: Path) -> Path:
    data = SCRIPT.encode()
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("main.tengo")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
        manifest = b'{"Label": "Web <radio>"}'
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        archive.addfile(info, io.BytesIO(manifest))
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#choose")
    chooser.value.set_files(file)


def test_an_operator_installs_and_removes_a_plugin(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    port = free_port()
    address = f"127.0.0.1:{port}"
    options = ("--only", "servemsx", "--site", f"servemsx={address}", "--home", f"servemsx={home}")
    with serving(tmp_path / "data", *options), chromium() as browser:
        page = browser.new_context(locale="en-US", color_scheme="dark").new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.goto(f"http://{address}/")
        expect(page.locator("#none")).to_be_visible()
        expect(page.locator("#open")).to_have_attribute(
            "href", f"http://msx.benzac.de/?start=menu:http://{address}/msx/menu.json"
        )

        (tmp_path / "radio.999.tgz").write_bytes(b"")
        choose(page, tmp_path / "radio.999.tgz")
        expect(page.locator("#message")).to_contain_text("newer engine version")

        choose(page, package(tmp_path / "radio.200.tgz"))
        page.click("#ask-yes")
        expect(page.locator("#message")).to_have_text("“radio” is installed.")
        expect(page.locator("#list .label")).to_have_text("Web <radio>")
        assert (home / "plugins/radio/main.tengo").exists()

        page.fill("#field-Video", str(tmp_path))
        page.press("#field-Video", "Enter")
        expect(page.locator("#message")).to_have_text("Done.")
        assert (home / "video").readlink() == tmp_path

        page.fill("#field-Music", "/no/such/folder")
        page.press("#field-Music", "Enter")
        expect(page.locator("#message")).to_contain_text("Error 500")
        expect(page.locator("#message")).to_contain_text("stat /no/such/folder")

        page.select_option("#language", "ru")
        expect(page.locator("#plugins-title")).to_have_text("Плагины")
        page.reload()
        expect(page.locator("#plugins-title")).to_have_text("Плагины")

        page.focus("#list .remove")
        page.keyboard.press("Enter")
        expect(page.locator("#ask-no")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#ask")).not_to_be_visible()
        assert (home / "plugins/radio").exists(), "nothing happens without a yes"
        expect(page.locator("#list .remove")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#ask-no")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#ask-yes")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#none")).to_be_visible()
        assert not (home / "plugins/radio").exists()
        assert [p for p in problems if "500" not in p] == []
