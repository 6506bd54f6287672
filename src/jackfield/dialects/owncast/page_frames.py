"""What plugins add to the viewer's page, as documents of their own that the page frames.

In Owncast a plugin's HTML and scripts are put into the page itself, where they could read a
viewer's token. Here each plugin's part is a document with an origin that nobody shares (see
:mod:`jackfield.plugins.page_isolation`), shown in a frame. It is made for one viewer, so it lies at
an address that cannot be guessed, for a short time: the address itself tells nothing of the viewer
to the scripts that run there.
"""

from __future__ import annotations

import html
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from jackfield.dialects.owncast.composition import Composition

MAX_FRAMES = 2000
SECONDS = 120.0
"""How long a document waits to be fetched."""

ADDRESS = "/api/page/frames"

_SIZE_SCRIPT = """\
<script>
(() => {
  const page = document.documentElement;
  const tell = () => parent.postMessage(
    { jackfield: "height", height: Math.ceil(page.getBoundingClientRect().height) }, "*");
  new ResizeObserver(tell).observe(page);
  addEventListener("load", tell);
})();
</script>
"""
"""Tells the page how tall the content is, so that the frame can be."""

_END = re.compile(r"</(?=style|script)", re.IGNORECASE)
"""What would end the element in which a style sheet or a script stands."""

_BASE_CSS = """\
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
img, video { max-width: 100%; }
"""


class PageFrames:
    """Documents that wait to be framed. Thread-safe.

    :param clock: seconds that only grow.
    """

    def __init__(
        self, composition: Composition, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._composition = composition
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def page(self, user: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the page shows: ``styles`` for itself, ``panels`` and ``tabs`` to frame, and
        ``actions``, its buttons.

        A panel is a plugin's extra content with its scripts; ``quiet`` says that there is nothing
        to see in it but what scripts make. An action has ``frame`` where it brings its own HTML.
        """
        composition = self._composition
        styles, scripts = composition.styles_of(), composition.scripts_of()
        content = composition.content_of(user)
        panels = [
            {
                "plugin": slug,
                "title": composition.name_of(slug),
                "frame": self._keep(
                    _document(
                        composition.name_of(slug),
                        styles.get(slug, ""),
                        content.get(slug, ""),
                        scripts.get(slug, ""),
                    )
                ),
                "quiet": slug not in content,
            }
            for slug in sorted({*content, *scripts})
        ]
        tabs = [
            {
                "plugin": tab["pluginSlug"],
                "slug": tab["slug"],
                "title": tab["title"],
                "frame": self._keep(
                    _document(tab["title"], styles.get(tab["pluginSlug"], ""), tab["html"], "")
                ),
            }
            for tab in composition.tabs(user)
        ]
        actions = []
        for action in composition.all_actions():
            shown = {key: value for key, value in action.items() if key != "html"}
            if action.get("html"):
                shown["frame"] = self._keep(_document(action["title"], "", action["html"], ""))
            actions.append(shown)
        return {
            "styles": "".join(styles.values()),
            "panels": panels,
            "tabs": tabs,
            "actions": actions,
        }

    def _keep(self, document: str) -> str:
        name = secrets.token_urlsafe(24)
        now = self._clock()
        with self._lock:
            while self._waiting and (
                len(self._waiting) >= MAX_FRAMES
                or next(iter(self._waiting.values()))[0] < now - SECONDS
            ):
                self._waiting.popitem(last=False)
            self._waiting[name] = (now, document)
        return f"{ADDRESS}/{name}"

    def take(self, name: str) -> str | None:
        """A document; ``None`` when it is not there any more."""
        with self._lock:
            found = self._waiting.get(name)
        if found is None or found[0] < self._clock() - SECONDS:
            return None
        return found[1]


def _document(title: str, styles: str, content: str, scripts: str) -> str:
    """A whole page of these parts. None of them can end the element that it stands in, but what
    they do inside is theirs: nothing else is in the document."""
    style, code = (_END.sub(r"<\\/", text) for text in (styles, scripts))
    script = f"<script>\n{code}</script>\n" if code else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{html.escape(title)}</title>\n<base target="_blank">\n'
        f"<style>\n{_BASE_CSS}</style>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{content}\n{_SIZE_SCRIPT}{script}</body>\n</html>\n"
    )
