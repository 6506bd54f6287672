"""What all plugins together add to the viewer's page.

Source: owncast spec 4.4 (formats), 1.3 (order).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from jackfield.dialects.owncast.actions import added_actions
from jackfield.dialects.owncast.slots import asset_text
from jackfield.plugins.dialect import Core, PluginFailure, Running
from jackfield.services.kv import KeyValue

DIALECT = "owncast"
PERMISSION = "ui.modify"
_DASH = "\N{EM DASH}"


class Composition:
    """Asks every running plugin for its part. One that fails is left out; its log says why."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def actions(self) -> list[dict[str, Any]]:
        """The buttons of the manifests."""
        return [action for running in self._allowed() for action in running.spec.details["actions"]]

    def all_actions(self) -> list[dict[str, Any]]:
        """Those of the manifests, each plugin's followed by those it added while it ran."""
        kv = self._core.services.find(KeyValue)
        actions: list[dict[str, Any]] = []
        for running in self._allowed():
            actions += running.spec.details["actions"]
            if kv is not None:
                actions += added_actions(kv, running.spec.slug)
        return actions

    def styles(self) -> str:
        """All style sheets: every plugin's files, then what every plugin's code makes."""
        parts = [(self._fixed_css(running), self._made_css(running)) for running in self._allowed()]
        return "".join([fixed for fixed, _ in parts] + [made for _, made in parts])

    def styles_of(self) -> dict[str, str]:
        """The style sheets of each plugin that has any, by slug."""
        found = {
            running.spec.slug: self._fixed_css(running) + self._made_css(running)
            for running in self._allowed()
        }
        return {slug: css for slug, css in found.items() if css}

    def _fixed_css(self, running: Running) -> str:
        return "".join(
            _css(running, _file(address), _asset(running, address))
            for address in running.spec.details["styles"]
        )

    def _made_css(self, running: Running) -> str:
        content = self._render(running, "styles", {})
        return _css(running, "dynamic", content) if content else ""

    def scripts(self) -> str:
        """All scripts, plugin by plugin, each so that its errors stop no other."""
        return "".join(self.scripts_of().values())

    def scripts_of(self) -> dict[str, str]:
        """The scripts of each plugin that has any, by slug."""
        found = {}
        for running in self._allowed():
            parts = [
                _script(running, _file(address), _asset(running, address))
                for address in running.spec.details["scripts"]
            ]
            if content := self._render(running, "scripts", {}):
                parts.append(_script(running, "dynamic", content))
            if parts:
                found[running.spec.slug] = "".join(parts)
        return found

    def page_content(self, user: Mapping[str, Any] | None = None) -> str:
        """The HTML that goes before the page's own text."""
        return "".join(self.content_of(user).values())

    def content_of(self, user: Mapping[str, Any] | None = None) -> dict[str, str]:
        """The HTML for the page of each plugin that has any, by slug."""
        found = {}
        for running in self._allowed():
            content = running.spec.details["extraPageContent"]
            if content is None:
                continue
            slot = content.get("slug", "")
            html = self._render(running, f"page/{slot}", {"user": user})
            if html:
                mark = f"{running.spec.slug} {slot}".strip()
                found[running.spec.slug] = f"<!-- plugin: {mark} -->\n{html}\n"
        return found

    def name_of(self, slug: str) -> str:
        """What people call that plugin."""
        running = self._core.plugins.running(slug)
        return slug if running is None else running.spec.name

    def tabs(self, user: Mapping[str, Any] | None = None) -> list[dict[str, str]]:
        """The tabs with their HTML."""
        tabs = []
        for running in self._allowed():
            slug = running.spec.slug
            for tab in running.spec.details["tabs"]:
                html = self._render(running, f"tab/{tab['slug']}", {"user": user})
                if html is not None:
                    tabs.append(
                        {
                            "slug": f"{slug}/{tab['slug']}",
                            "pluginSlug": slug,
                            "title": tab["title"],
                            "html": html,
                        }
                    )
        return tabs

    def _allowed(self) -> list[Running]:
        return [
            running
            for running in self._core.plugins.all_running(DIALECT)
            if PERMISSION in running.context.grants
        ]

    def _render(self, running: Running, slot: str, context: Mapping[str, Any]) -> str | None:
        render: Callable[[], str] = lambda: running.runtime.render(slot, context)  # noqa: E731
        try:
            return self._core.events.call(running.spec.slug, "render", render)
        except PluginFailure:
            return None


def _asset(running: Running, address: str) -> str:
    return asset_text(running.spec, running.context.root, address)


def _file(address: str) -> str:
    return address.split("/", 3)[-1]


def _css(running: Running, file: str, content: str) -> str:
    end = "" if content.endswith("\n") else "\n"
    return f"/* plugin: {running.spec.slug} {_DASH} {file} */\n{content}{end}"


def _script(running: Running, file: str, content: str) -> str:
    slug = running.spec.slug
    end = "" if content.endswith("\n") else "\n"
    said = json.dumps(f"plugin {slug}:")
    return (
        f"// plugin: {slug} {_DASH} {file}\n"
        f"try {{\n{content}{end}}} catch (error) {{ console.error({said}, error); }}\n"
    )
