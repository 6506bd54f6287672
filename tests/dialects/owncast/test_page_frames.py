"""What plugins add to the page, as documents to frame."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.owncast.conftest import PluginHost
from jackfield.dialects.owncast.composition import Composition
from jackfield.dialects.owncast.page_frames import ADDRESS, MAX_FRAMES, SECONDS, PageFrames
from jackfield.plugins.dialect import Core

pytestmark = pytest.mark.sandbox

CODE = """
@plugin.on_tab_content("who")
def who(req):
    return f"<p>{req.user.display_name if req.user else 'nobody'}</p>"

@plugin.on_page_styles
def styles():
    return "p { color: red } </style><script>alert(1)</script>"

@plugin.on_page_scripts
def scripts():
    return "document.title = '</script><b>'; // </SCRIPT"

owncast.actions.clear()
"""
UI: dict[str, Any] = {
    "tabs": {"who": {"title": "Who <am> I"}},
    "extraPageContent": "extra.html",
    "actions": [
        {"title": "Site", "url": "https://x.example/"},
        {"title": "Own", "html": "<p>own</p>"},
    ],
    "styles": ["a.css"],
    "scripts": ["a.js"],
    "files": {
        "assets/extra.html": "<h2>Extra</h2>",
        "assets/a.css": "h2 { margin: 0 }",
        "assets/a.js": "console.log('a')",
    },
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def frames(plugins: PluginHost, clock: Clock) -> PageFrames:
    return frames_of(plugins.host.core, clock)


def frames_of(core: Core, clock: Clock) -> PageFrames:
    return PageFrames(Composition(core), clock)


def document(frames: PageFrames, address: str) -> str:
    assert address.startswith(f"{ADDRESS}/")
    found = frames.take(address.removeprefix(f"{ADDRESS}/"))
    assert found is not None
    return found


def test_a_host_without_plugins_adds_nothing(frames: PageFrames) -> None:
    assert frames.page(None) == {"styles": "", "panels": [], "tabs": [], "actions": []}


def test_each_part_is_a_document_of_its_own(plugins: PluginHost, frames: PageFrames) -> None:
    plugins.add(CODE, "ui.modify", "http.serve", **UI)
    page = frames.page({"id": "u", "displayName": "Ann"})
    assert "h2 { margin: 0 }" in page["styles"]

    (panel,) = page["panels"]
    assert (panel["plugin"], panel["title"], panel["quiet"]) == ("bot", "Bot", False)
    shown = document(frames, panel["frame"])
    assert "<h2>Extra</h2>" in shown
    assert "h2 { margin: 0 }" in shown
    assert "console.log('a')" in shown

    (tab,) = page["tabs"]
    assert (tab["slug"], tab["title"]) == ("bot/who", "Who <am> I")
    shown = document(frames, tab["frame"])
    assert "<p>Ann</p>" in shown
    assert "<title>Who &lt;am&gt; I</title>" in shown
    assert "console.log('a')" not in shown

    site, own = page["actions"]
    assert site == {"title": "Site", "url": "https://x.example/"}
    assert "html" not in own
    assert "<p>own</p>" in document(frames, own["frame"])


def test_no_part_ends_the_element_that_it_stands_in(
    plugins: PluginHost, frames: PageFrames
) -> None:
    plugins.add(CODE, "ui.modify", "http.serve", **UI)
    shown = document(frames, frames.page(None)["panels"][0]["frame"])
    assert shown.lower().count("</style>") == 2
    assert shown.lower().count("</script>") == 2  # the one for the height, and the plugin's
    assert "<\\/style><script>alert(1)" in shown
    assert "'<\\/script><b>'" in shown
    assert "<\\/SCRIPT" in shown


def test_scripts_alone_are_a_quiet_panel(plugins: PluginHost, frames: PageFrames) -> None:
    plugins.add("", "ui.modify", scripts=["a.js"], files={"assets/a.js": "console.log('only')"})
    (panel,) = frames.page(None)["panels"]
    assert panel["quiet"] is True
    assert "console.log('only')" in document(frames, panel["frame"])


def test_what_was_not_granted_is_not_there(plugins: PluginHost, frames: PageFrames) -> None:
    plugins.add(CODE.replace("owncast.actions.clear()", ""), "ui.modify", grant=[], **UI)
    assert frames.page(None)["panels"] == []
    assert frames.page(None)["tabs"] == []


def test_a_document_waits_a_while(plugins: PluginHost, frames: PageFrames, clock: Clock) -> None:
    plugins.add("", "ui.modify", scripts=["a.js"], files={"assets/a.js": "1"})
    name = frames.page(None)["panels"][0]["frame"].rpartition("/")[2]
    clock.now += SECONDS
    assert frames.take(name) is not None
    clock.now += 1
    assert frames.take(name) is None
    assert frames.take("never") is None


def test_documents_that_nobody_fetches_are_forgotten(
    plugins: PluginHost, frames: PageFrames, clock: Clock
) -> None:
    plugins.add("", "ui.modify", scripts=["a.js"], files={"assets/a.js": "1"})
    names = [frames.page(None)["panels"][0]["frame"].rpartition("/")[2] for _ in range(3)]
    assert len(set(names)) == 3
    for _ in range(MAX_FRAMES - 2):
        frames._keep("x")
    assert frames.take(names[0]) is None
    assert frames.take(names[2]) is not None
    clock.now += SECONDS + 1
    frames._keep("x")
    assert len(frames._waiting) == 1
