"""``plugin.manifest.json`` → :class:`PluginSpec`.

One reader for all eras of the format: lists and objects for tabs and admin pages, text and object
for ``extraPageContent``. The rules are applied in the original's order, so that of several
mistakes the same one is named (owncast spec 1.4).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from jackfield.dialects.owncast import manifest_json, manifest_paths
from jackfield.dialects.owncast.manifest_json import Node, describe
from jackfield.dialects.owncast.manifest_model import SETTING_TYPES, Manifest
from jackfield.dialects.owncast.manifest_paths import SLUG, SLUG_RULE, PathRefused, derive_slug
from jackfield.dialects.owncast.permissions import PERMISSIONS

API = "1"
CATEGORIES = frozenset(
    {
        "admin-utilities",
        "analytics",
        "authentication",
        "chat-bots",
        "chat-filters",
        "examples",
        "games",
        "integrations",
        "moderation",
        "notifications",
        "other",
        "overlays",
        "themes",
        "video",
    }
)
_UI = "ui.modify"
_EITHER = "a list or an object"
_NO_CONTENT = (
    "expected 'content', a file of assets/, or 'slug', for which the code makes the content; "
    "found neither"
)

MAX_TEXT = {"name": 200, "version": 100, "bot.displayName": 200}
"""Characters that texts may have which are shown wherever the plugin is."""


def read_manifest(data: bytes, *, plugin: str) -> Manifest:
    """Read a manifest and apply every rule.

    :param plugin: what to call the plugin in messages, until its slug is known.
    :raises ManifestError: naming the field, what was found and what was expected.
    """
    return _Reader(manifest_json.parse(data, plugin=plugin)).read()


class _Reader:
    """Reads one manifest. All types are checked first, then the rules, in order."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.slug = ""
        self.warnings: list[str] = []

    def read(self) -> Manifest:
        node = self.node
        declared = node.texts("permissions")
        network = node.node("network")
        hosts = network.texts("allowedHosts") if network else []
        bot = node.node("bot")
        config = self._config_types()
        pages, actions = self._admin_page_types(), self._action_types()
        styles, scripts = node.texts("styles"), node.texts("scripts")
        content, tabs = self._content_types(), self._tab_types()
        texts = {
            name: node.text(name)
            for name in ("api", "name", "slug", "version", "description", "category")
        }
        bot_name = bot.text("displayName") if bot else ""

        self._identity(texts, bot_name)
        self._config_keys(config)
        self._admin_pages(pages)
        self._hosts(declared, hosts)
        modifies = _UI in declared
        serves = "http.serve" in declared
        self._actions(actions, modifies=modifies, serves=serves)
        styles = self._files("styles", styles, ".css", modifies=modifies)
        scripts = self._files("scripts", scripts, ".js", modifies=modifies)
        extra = self._extra_content(content, modifies=modifies)
        tabs = self._tabs(tabs, modifies=modifies)
        self._warn(declared, texts["category"])
        return Manifest(
            slug=self.slug,
            name=texts["name"],
            version=texts["version"],
            description=texts["description"],
            author=_text_if_any(node, "author"),
            homepage=_text_if_any(node, "homepage"),
            category=texts["category"],
            bot=bot_name or texts["name"],
            permissions=tuple(declared),
            allowed_hosts=tuple(hosts),
            config=config,
            admin_pages=[{k: v for k, v in page.items() if v} for page in pages],
            actions=[{k: v for k, v in action.items() if v} for action in actions],
            styles=styles,
            scripts=scripts,
            extra_page_content=extra,
            tabs=tabs,
            warnings=self.warnings,
        )

    # Types: rule 1

    def _config_types(self) -> dict[str, dict[str, Any]]:
        config = {}
        outer = self.node.node("config")
        for key, entry in outer.members() if outer else ():
            config[key] = {
                "type": entry.text("type"),
                "default": entry.get("default"),
                "description": entry.text("description"),
            }
        return config

    def _admin_page_types(self) -> list[dict[str, str]]:
        admin = self.node.node("admin")
        if admin is None:
            return []
        if isinstance(admin.get("pages"), dict):
            pages = []
            for path, page in admin.named("pages"):
                self._ignored(page, "path")
                texts = {"title": page.text("title"), "icon": page.text("icon")}
                pages.append({"at": page.field, "path": path, **texts})
            return pages
        return [
            {"at": page.field, **{name: page.text(name) for name in ("path", "title", "icon")}}
            for page in admin.nodes("pages", _EITHER)
        ]

    def _action_types(self) -> list[dict[str, Any]]:
        names = ("title", "url", "html", "icon", "color", "description")
        return [
            {
                **{name: action.text(name) for name in names},
                "openExternally": action.flag("openExternally"),
            }
            for action in self.node.nodes("actions")
        ]

    def _content_types(self) -> dict[str, str] | None:
        value = self.node.get("extraPageContent")
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return {"slug": "", "content": value}
        if not isinstance(value, dict):
            self.node.expected("text or an object", value, "extraPageContent")
        content = self.node.inner(value, "extraPageContent")
        return {"slug": content.text("slug"), "content": content.text("content")}

    def _tab_types(self) -> list[dict[str, str]]:
        if isinstance(self.node.get("tabs"), dict):
            tabs = []
            for slug, tab in self.node.named("tabs"):
                self._ignored(tab, "slug")
                texts = {"title": tab.text("title"), "content": tab.text("content")}
                tabs.append({"at": tab.field, "slug": slug, **texts})
            return tabs
        return [
            {"at": tab.field, **{name: tab.text(name) for name in ("slug", "title", "content")}}
            for tab in self.node.nodes("tabs", _EITHER)
        ]

    def _ignored(self, node: Node, name: str) -> None:
        if node.get(name) is not None:
            self.warnings.append(f"{node.at(name)} is ignored: the member's name says it already")

    # Rules 2 to 13

    def _identity(self, texts: dict[str, str], bot_name: str) -> None:
        node = self.node
        if texts["api"] != API:
            value = node.get("api")
            found = "nothing" if value is None else describe(value)
            node.fail(f"expected the text {API!r}, found {found}", "api")
        for name in ("name", "version"):
            self._need_text(name, texts[name], node)
            self._shown(name, texts[name])
        self._shown("bot.displayName", bot_name)
        slug = texts["slug"] or derive_slug(texts["name"])
        if not SLUG.match(slug):
            if texts["slug"]:
                node.fail(f"{slug!r} is not a slug; expected {SLUG_RULE}", "slug")
            node.fail(
                f"the name {texts['name']!r} makes no valid slug",
                "slug",
                hint=f"set one: {SLUG_RULE}",
            )
        self.slug = node.plugin = slug

    def _need_text(self, name: str, value: str, node: Node, where: str = "") -> None:
        """Refuse a text that is missing, empty or blank."""
        if not value.strip():
            found = "nothing" if node.get(name) is None else "an empty text"
            self.node.fail(f"expected a text, found {found}", where or name)

    def _shown(self, name: str, value: str) -> None:
        """Refuse a text that would spoil a list, a log or a terminal in which it stands."""
        if len(value) > MAX_TEXT[name]:
            self.node.fail(
                f"expected at most {MAX_TEXT[name]} characters, found {len(value)}", name
            )
        for character in value:
            if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
                self.node.fail(
                    f"expected one line of text, found the control character {character!a}", name
                )

    def _config_keys(self, config: dict[str, dict[str, Any]]) -> None:
        for key, entry in config.items():
            if key.startswith("__"):
                self.node.fail("a setting's name must not begin with '__'", f"config.{key}")
            kind, default = entry["type"], entry["default"]
            if kind not in SETTING_TYPES:
                self.warnings.append(
                    f"config.{key}.type: {kind!r} is not known, any JSON value is taken; known: "
                    + ", ".join(SETTING_TYPES)
                )
            elif default is not None and not _fits(kind, default):
                self.warnings.append(
                    f"config.{key}.default: expected a {kind}, found {describe(default)}"
                )

    def _admin_pages(self, pages: list[dict[str, str]]) -> None:
        for page in pages:
            where = page.pop("at")
            for name in ("title", "path"):
                if not page[name]:
                    self.node.fail("expected a text, found nothing", f"{where}.{name}")
            if not page["path"].startswith("/"):
                found = describe(page["path"])
                self.node.fail(
                    f"expected a path that begins with '/', found {found}", f"{where}.path"
                )

    def _hosts(self, declared: Iterable[str], hosts: list[str]) -> None:
        name = "network.allowedHosts"
        if "network.fetch" in declared and not hosts:
            self.node.fail(
                "expected the hosts that the permission 'network.fetch' is asked for, found none",
                name,
                hint='list the hosts, such as ["api.example.com", "*.example.org"]',
            )
        for index, host in enumerate(hosts):
            if not host.strip():
                self.node.fail("is blank; expected a host name or pattern", f"{name}[{index}]")
            try:
                manifest_paths.host_patterns(host)
            except PathRefused as refused:
                self.node.fail(str(refused), f"{name}[{index}]")
            if "/" in host or re.search(r":\d+\Z", host):
                self.warnings.append(
                    f"{name}[{index}]: {host!r} never matches: only the host's name is compared, "
                    "without scheme, port and path"
                )

    def _actions(self, actions: list[dict[str, Any]], *, modifies: bool, serves: bool) -> None:
        self._need_ui("actions", actions, modifies)
        for index, action in enumerate(actions):
            where = f"actions[{index}]"
            if not action["title"]:
                self.node.fail("expected a text, found nothing", f"{where}.title")
            if bool(action["url"]) == bool(action["html"]):
                found = "both" if action["url"] else "neither"
                self.node.fail(f"expected exactly one of 'url' and 'html', found {found}", where)
            for name in filter(action.get, ("url", "icon")):
                action[name] = self._address(
                    f"{where}.{name}", manifest_paths.page, action[name], serves=serves
                )

    def _files(self, name: str, paths: list[str], suffix: str, *, modifies: bool) -> list[str]:
        self._need_ui(name, paths, modifies)
        return [self._asset(f"{name}[{i}]", path, suffix) for i, path in enumerate(paths)]

    def _extra_content(
        self, content: dict[str, str] | None, *, modifies: bool
    ) -> dict[str, str] | None:
        if content is None:
            return None
        name = "extraPageContent"
        self._need_ui(name, content, modifies)
        if content["content"]:
            content["content"] = self._asset(f"{name}.content", content["content"], ".html")
        if not content["slug"].strip() and not content["content"]:
            self.node.fail(
                _NO_CONTENT,
                f"{name}.slug",
            )
        if content["slug"].strip():
            self._check_slug(content["slug"], f"{name}.slug")
        return {key: value for key, value in content.items() if value.strip()}

    def _tabs(self, tabs: list[dict[str, str]], *, modifies: bool) -> list[dict[str, str]]:
        self._need_ui("tabs", tabs, modifies)
        seen: dict[str, set[str]] = {"title": set(), "slug": set()}
        for tab in tabs:
            where = tab.pop("at")
            if not tab["title"].strip():
                self.node.fail("expected a text, found nothing", f"{where}.title")
            if not tab["slug"]:
                if not tab["content"]:
                    self.node.fail(
                        _NO_CONTENT,
                        f"{where}.slug",
                    )
                tab["slug"] = derive_slug(tab["title"])
                if not SLUG.match(tab["slug"]):
                    self.node.fail(
                        f"the title {tab['title']!r} makes no valid slug",
                        f"{where}.slug",
                        hint=f"set one: {SLUG_RULE}",
                    )
            self._check_slug(tab["slug"], f"{where}.slug")
            for name, known in seen.items():
                if tab[name] in known:
                    self.node.fail(f"{tab[name]!r} is taken by another tab", f"{where}.{name}")
                known.add(tab[name])
            if tab["content"]:
                tab["content"] = self._asset(f"{where}.content", tab["content"], ".html")
        return [{key: value for key, value in tab.items() if value} for tab in tabs]

    def _need_ui(self, name: str, given: object, modifies: bool) -> None:
        if given and not modifies:
            self.node.fail(
                f"needs the permission {_UI!r}, which is not asked for",
                name,
                hint=f'add "{_UI}" to "permissions"',
            )

    def _check_slug(self, slug: str, name: str) -> None:
        if not SLUG.match(slug):
            self.node.fail(f"expected {SLUG_RULE}, found {describe(slug)}", name)

    def _asset(self, name: str, path: str, suffix: str) -> str:
        return self._address(name, manifest_paths.asset, path, suffix=suffix)

    def _address(self, name: str, rule: Callable[..., str], path: str, **more: Any) -> str:
        try:
            return rule(path, self.slug, **more)
        except PathRefused as refused:
            self.node.fail(str(refused), name)

    def _warn(self, declared: Iterable[str], category: str) -> None:
        for name in dict.fromkeys(declared):
            if name not in PERMISSIONS:
                self.warnings.append(f"permissions: {name!r} is not known and is ignored")
        if category and category not in CATEGORIES:
            self.warnings.append(
                f"category: {category!r} is not known; known: {', '.join(sorted(CATEGORIES))}"
            )


def _fits(kind: str, value: Any) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _text_if_any(node: Node, name: str) -> str:
    # The original ignores these, so no type of theirs is a mistake.
    value = node.get(name)
    return value if isinstance(value, str) else ""
