"""The rules of the manifest, and that every era's form is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.owncast.manifest import CATEGORIES, read_manifest
from jackfield.dialects.owncast.manifest_model import Manifest
from jackfield.errors import ManifestError
from jackfield.plugins.permissions import Grants, Permission

LEAST = {"api": "1", "name": "My Bot", "version": "1.0"}


def read(**members: Any) -> Manifest:
    value = {k: v for k, v in {**LEAST, **members}.items() if v is not ...}
    return read_manifest(json.dumps(value).encode(), plugin="my-bot.ocpkg")


def refuse(**members: Any) -> ManifestError:
    with pytest.raises(ManifestError) as error:
        read(**members)
    assert error.value.file == "plugin.manifest.json"
    assert error.value.plugin
    return error.value


class TestIdentity:
    def test_the_least(self) -> None:
        manifest = read()
        assert (manifest.slug, manifest.name, manifest.bot) == ("my-bot", "My Bot", "My Bot")
        spec = manifest.to_spec()
        assert (spec.dialect, spec.permissions, spec.warnings) == ("owncast", (), ())
        assert not spec.settings

    @pytest.mark.parametrize("api", [..., None, "2", "1.0", ""])
    def test_api(self, api: Any) -> None:
        error = refuse(api=api)
        assert error.field == "api"
        assert "expected the text '1'" in error.message

    @pytest.mark.parametrize("name", ["name", "version"])
    @pytest.mark.parametrize(
        ("value", "found"),
        [(..., "nothing"), (None, "nothing"), ("", "an empty text"), ("  ", "an empty text")],
    )
    def test_required(self, name: str, value: Any, found: str) -> None:
        error = refuse(**{name: value})
        assert error.field == name
        assert error.message == f"expected a text, found {found}"

    @pytest.mark.parametrize(("name", "most"), [("name", 200), ("version", 100)])
    def test_what_is_shown_everywhere_is_short(self, name: str, most: int) -> None:
        assert getattr(read(slug="a", **{name: "x" * most}), name) == "x" * most
        error = refuse(slug="a", **{name: "x" * (most + 1)})
        assert error.field == name
        assert error.message == f"expected at most {most} characters, found {most + 1}"

    @pytest.mark.parametrize("text", ["a\nb", "a\x00", "\x1b[31mred", "a\u2028b", "a\x85b"])
    @pytest.mark.parametrize("name", ["name", "version"])
    def test_what_is_shown_everywhere_commands_no_terminal(self, name: str, text: str) -> None:
        error = refuse(slug="a", **{name: text})
        assert error.field == name
        assert "found the control character '\\" in error.message

    def test_the_bots_name_is_shown_everywhere_too(self) -> None:
        assert refuse(bot={"displayName": "a\n"}).field == "bot.displayName"
        assert refuse(bot={"displayName": "x" * 201}).field == "bot.displayName"
        name = "\N{FAMILY} \N{ARABIC LETTER MEEM} \N{ZERO WIDTH JOINER}"
        assert read(bot={"displayName": name}).bot == name

    def test_of_several_mistakes_the_first_rule_is_named(self) -> None:
        assert refuse(api="2", name="", slug="!", permissions=1).field == "permissions"
        assert refuse(api="2", name="", slug="!").field == "api"
        assert refuse(name="", slug="!").field == "name"
        assert refuse(slug="!", config={"__a": {}}).field == "slug"

    @pytest.mark.parametrize("slug", ["a", "a-b-9", "a" * 64, "a-"])
    def test_slugs(self, slug: str) -> None:
        assert read(slug=slug).slug == slug

    @pytest.mark.parametrize("slug", ["A", "9a", "-a", "a_b", "a" * 65, "a b", "a\n", "é"])
    def test_no_slugs(self, slug: str) -> None:
        error = refuse(slug=slug)
        assert error.field == "slug"
        assert "lower-case letter" in str(error)

    @pytest.mark.parametrize(
        ("name", "slug"),
        [("My Bot", "my-bot"), ("  A!!B  ", "a-b"), ("Café Bot", "caf-bot"), ("X", "x")],
    )
    def test_slug_from_name(self, name: str, slug: str) -> None:
        assert read(name=name, slug="").slug == slug

    @pytest.mark.parametrize("name", ["9 lives", "日本", "!!!"])
    def test_a_name_that_makes_no_slug(self, name: str) -> None:
        error = refuse(name=name)
        assert error.field == "slug"
        assert error.hint is not None

    def test_messages_name_the_archive_until_the_slug_is_known(self) -> None:
        assert refuse(name="").plugin == "my-bot.ocpkg"
        assert refuse(styles=["a.css"]).plugin == "my-bot"


class TestForm:
    def test_names_of_members_match_in_any_case(self) -> None:
        value = {"API": "1", "Name": "a", "VERSION": "1", "BOT": {"displayname": "Bob"}}
        assert read_manifest(json.dumps(value).encode(), plugin="x").bot == "Bob"

    def test_the_last_of_alike_members_wins(self) -> None:
        data = b'{"api": "1", "version": "1", "name": "a", "Name": "b"}'
        assert read_manifest(data, plugin="x").name == "b"

    @pytest.mark.parametrize(
        ("data", "member"),
        [
            (b'{"api": "1", "version": "1", "name": "a", "name": "a"}', "name"),
            (b'{"api": "1", "tabs": {"a": {"title": "A"}, "a": {"title": "B"}}}', "a"),
            (b'{"api": "1", "admin": {"pages": {"/x": {}, "/x": {}}}}', "/x"),
        ],
    )
    def test_a_member_that_is_there_twice_is_named(self, data: bytes, member: str) -> None:
        with pytest.raises(ManifestError, match="is there twice in one object") as error:
            read_manifest(data, plugin="x")
        assert error.value.field == member

    @pytest.mark.parametrize(
        "text", ['{"name": "a\\ud800"}', '{"\\udc00": 1}', '{"a": [["\\udfff"]]}']
    )
    def test_half_a_character_is_no_text(self, text: str) -> None:
        with pytest.raises(ManifestError, match=r"has \\ud[8cf]\w\w after .+ half a character"):
            read_manifest(text.encode(), plugin="x")

    def test_a_character_of_two_halves_is_one(self) -> None:
        assert read(name="Bot \N{ROBOT FACE}").name == "Bot \N{ROBOT FACE}"

    def test_unknown_members_and_byte_order_mark(self) -> None:
        data = b"\xef\xbb\xbf" + json.dumps({**LEAST, "commands": 1, "future": {}}).encode()
        assert read_manifest(data, plugin="x").slug == "my-bot"

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "is empty"),
            (b" \n", "is empty"),
            (b"{", "expected a member's name in double quotes"),
            (b"{", "at line 1, column 2"),
            (b'{"a": 1,}', "comma"),
            (b'{"a": }', "expected a value at line 1, column 7"),
            (b'{"a": 1} {}', "expected nothing more after the object at line 1, column 10"),
            (b'{"a" 1}', "expected a colon at line 1"),
            (b"\xff", "is not UTF-8 text (byte 0)"),
            (b"[]", "expected an object, found a list"),
            (b'{"api": NaN}', "NaN"),
            (b"[" * 100_000, "nested too deep"),
        ],
    )
    def test_no_json(self, data: bytes, said: str) -> None:
        with pytest.raises(ManifestError) as error:
            read_manifest(data, plugin="x")
        assert said in str(error.value)
        assert error.value.file == "plugin.manifest.json"

    @pytest.mark.parametrize(
        ("members", "field", "expected", "found"),
        [
            ({"name": 3}, "name", "text", "the number 3"),
            ({"slug": True}, "slug", "text", "true"),
            ({"permissions": "chat.send"}, "permissions", "a list", "the text 'chat.send'"),
            ({"permissions": ["a", 1.5]}, "permissions[1]", "text", "the number 1.5"),
            ({"bot": "Bob"}, "bot", "an object", "the text 'Bob'"),
            ({"bot": {"displayName": []}}, "bot.displayName", "text", "a list"),
            ({"config": {"a": 1}}, "config.a", "an object", "the number 1"),
            ({"config": {"a": {"type": {}}}}, "config.a.type", "text", "an object"),
            ({"admin": []}, "admin", "an object", "a list"),
            ({"admin": {"pages": "x"}}, "admin.pages", "a list or an object", "the text 'x'"),
            ({"admin": {"pages": [1]}}, "admin.pages[0]", "an object", "the number 1"),
            ({"network": {"allowedHosts": [None]}}, "network.allowedHosts[0]", "text", "null"),
            ({"actions": {}}, "actions", "a list", "an object"),
            (
                {"actions": [{"openExternally": "yes"}]},
                "actions[0].openExternally",
                "true or false",
                "the text 'yes'",
            ),
            ({"tabs": 1}, "tabs", "a list or an object", "the number 1"),
            ({"tabs": {"a": "x"}}, "tabs.a", "an object", "the text 'x'"),
            ({"extraPageContent": 1}, "extraPageContent", "text or an object", "the number 1"),
        ],
    )
    def test_types(self, members: Any, field: str, expected: str, found: str) -> None:
        error = refuse(**members)
        assert error.field == field
        assert error.message == f"expected {expected}, found {found}"

    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    *("api", "name", "slug", "version", "permissions", "config", "admin"),
                    *("actions", "network", "styles", "extraPageContent", "tabs", "bot"),
                ]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["title", "pages", "a", "slug"]), inner)
                ),
                max_leaves=6,
            ),
        )
    )
    def test_nothing_but_a_manifest_error_ever_comes_out(self, value: dict[str, Any]) -> None:
        try:
            read_manifest(json.dumps({**LEAST, **value}).encode(), plugin="x").to_spec()
        except ManifestError as error:
            assert str(error)


class TestPermissions:
    def test_sorted_and_once(self) -> None:
        spec = read(permissions=["storage.kv", "chat.send", "chat.send"]).to_spec()
        assert spec.permissions == (Permission("chat.send"), Permission("storage.kv"))

    def test_an_unknown_one_is_a_warning(self) -> None:
        manifest = read(permissions=["chat.send", "Rule The World!"])
        assert manifest.warnings == ["permissions: 'Rule The World!' is not known and is ignored"]
        assert manifest.to_spec().permissions == (Permission("chat.send"),)

    def test_hosts_are_parameters_that_can_be_stored(self) -> None:
        hosts = ["b.example", "{a,c}.{x,y}.example", "*.example.org", "[ab].example"]
        spec = read(permissions=["network.fetch"], network={"allowedHosts": hosts}).to_spec()
        wanted = Permission.of(
            "network.fetch",
            hosts=[
                *("*.example.org", "[ab].example", "b.example"),
                *("a.x.example", "a.y.example", "c.x.example", "c.y.example"),
            ],
        )
        assert spec.permissions == (wanted,)
        assert not Grants.parse(Grants(spec.permissions).texts()).missing(spec.permissions)

    @pytest.mark.parametrize("network", [..., None, {}, {"allowedHosts": []}])
    def test_fetch_needs_hosts(self, network: Any) -> None:
        error = refuse(permissions=["network.fetch"], network=network)
        assert error.field == "network.allowedHosts"
        assert error.hint is not None

    @pytest.mark.parametrize(
        "host", ["", "  ", "a b", "a,b", "(a)", "a;b", "{a", "a}", "{{a,b},c}", "{a,b}" * 8]
    )
    def test_no_hosts(self, host: str) -> None:
        error = refuse(network={"allowedHosts": ["ok", host]})
        assert error.field == "network.allowedHosts[1]"

    @pytest.mark.parametrize("host", ["https://a.example", "a.example/x", "a.example:8080"])
    def test_hosts_that_never_match_are_a_warning(self, host: str) -> None:
        manifest = read(permissions=["network.fetch"], network={"allowedHosts": [host]})
        assert "never matches" in manifest.warnings[0]
        manifest.to_spec()


class TestSettings:
    def test_schema(self) -> None:
        config = {
            "s": {"type": "string", "default": "x", "description": "d"},
            "n": {"type": "number", "default": 1.5},
            "b": {"type": "boolean"},
        }
        fields = list(read(config=config).to_spec().settings)
        assert [(f.id, f.type, f.default) for f in fields] == [
            ("s", "string", "x"),
            ("n", "number", 1.5),
            ("b", "boolean", None),
        ]
        assert fields[0].description == "d"

    def test_reserved_names(self) -> None:
        assert refuse(config={"__a": {"type": "string"}}).field == "config.__a"

    def test_another_type_takes_any_value_with_a_warning(self) -> None:
        manifest = read(config={"a": {"type": "color", "default": [1]}})
        assert manifest.to_spec().settings.get("a").type == "json"  # type: ignore[union-attr]
        assert "'color' is not known" in manifest.warnings[0]

    @pytest.mark.parametrize(
        ("kind", "default"), [("string", 1), ("number", "1"), ("number", True), ("boolean", 0)]
    )
    def test_a_default_that_does_not_fit_is_a_warning(self, kind: str, default: Any) -> None:
        manifest = read(config={"a": {"type": kind, "default": default}})
        assert manifest.warnings[0].startswith(f"config.a.default: expected a {kind}, found ")


class TestAdminPages:
    def test_list_as_written(self) -> None:
        pages = [{"title": "Z", "path": "/z", "icon": "i"}, {"title": "A", "path": "/a"}]
        assert read(admin={"pages": pages}).admin_pages == [
            {"path": "/z", "title": "Z", "icon": "i"},
            {"path": "/a", "title": "A"},
        ]

    def test_object_by_path(self) -> None:
        manifest = read(admin={"pages": {"/z": {"title": "Z"}, "/a": {"title": "A", "path": "x"}}})
        assert [p["path"] for p in manifest.admin_pages] == ["/a", "/z"]
        assert manifest.warnings == [
            "admin.pages./a.path is ignored: the member's name says it already"
        ]

    @pytest.mark.parametrize(
        ("pages", "field"),
        [
            ([{"path": "/a"}], "admin.pages[0].title"),
            ([{"title": "A"}], "admin.pages[0].path"),
            ([{"title": "A", "path": "a"}], "admin.pages[0].path"),
            ({"a": {"title": "A"}}, "admin.pages.a.path"),
            ({"/a": {}}, "admin.pages./a.title"),
            ({"/a": None}, "admin.pages./a.title"),
        ],
    )
    def test_rules(self, pages: Any, field: str) -> None:
        assert refuse(admin={"pages": pages}).field == field


UI = ["ui.modify"]
SERVE = ["ui.modify", "http.serve"]


class TestActions:
    def read(self, permissions: list[str] = UI, **action: Any) -> dict[str, Any]:
        manifest = read(permissions=permissions, actions=[{"title": "T", **action}])
        return manifest.actions[0]

    def refuse(self, permissions: list[str] = UI, **action: Any) -> str | None:
        return refuse(permissions=permissions, actions=[{"title": "T", **action}]).field

    def test_members(self) -> None:
        action = {"url": "https://x.example/", "color": "#fff", "openExternally": True}
        assert self.read(**action, description="", icon=None) == {"title": "T", **action}

    def test_need_ui_modify(self) -> None:
        assert self.refuse([], url="https://x") == "actions"

    def test_title(self) -> None:
        assert self.refuse(title="", html="x") == "actions[0].title"

    def test_url_or_html(self) -> None:
        assert self.refuse() == "actions[0]"
        assert self.refuse(url="https://x", html="x") == "actions[0]"

    @pytest.mark.parametrize("name", ["url", "icon"])
    def test_addresses(self, name: str) -> None:
        rest = {} if name == "url" else {"html": "x"}
        for given_, made in [
            ("https://x", "https://x"),
            ("relative", "relative"),
            ("/p", "/plugins/my-bot/p"),
            ("/plugins/my-bot/p", "/plugins/my-bot/p"),
        ]:
            assert self.read(SERVE, **{name: given_}, **rest)[name] == made
        assert self.refuse(UI, **{name: "/p"}, **rest) == f"actions[0].{name}"
        assert self.refuse(SERVE, **{name: "/plugins/other/p"}, **rest) == f"actions[0].{name}"


@pytest.mark.parametrize(("name", "suffix"), [("styles", ".css"), ("scripts", ".js")])
class TestStylesAndScripts:
    def test_addresses(self, name: str, suffix: str) -> None:
        paths = [f"a{suffix}", f"/b/c{suffix.upper()}", f"/plugins/my-bot/d{suffix}"]
        manifest = read(permissions=UI, **{name: paths})
        made = getattr(manifest, name)
        assert made == [
            f"/plugins/my-bot/a{suffix}",
            f"/plugins/my-bot/b/c{suffix.upper()}",
            f"/plugins/my-bot/d{suffix}",
        ]
        assert manifest.assets()[0] == f"assets/a{suffix}"

    @pytest.mark.parametrize(
        "path", ["", " ", "https://x/a{}", "/plugins/other/a{}", "a.txt", "../a{}", "/../a{}"]
    )
    def test_refused(self, name: str, suffix: str, path: str) -> None:
        error = refuse(permissions=UI, **{name: [f"ok{suffix}", path.format(suffix)]})
        assert error.field == f"{name}[1]"

    def test_need_ui_modify(self, name: str, suffix: str) -> None:
        assert refuse(**{name: [f"a{suffix}"]}).field == name


class TestExtraPageContent:
    @pytest.mark.parametrize(
        ("value", "made"),
        [
            (None, None),
            ("", None),
            ("a.html", {"content": "/plugins/my-bot/a.html"}),
            ({"content": "a.html"}, {"content": "/plugins/my-bot/a.html"}),
            ({"slug": "a"}, {"slug": "a"}),
            (
                {"slug": "a", "content": "a.html"},
                {"slug": "a", "content": "/plugins/my-bot/a.html"},
            ),
        ],
    )
    def test_forms(self, value: Any, made: Any) -> None:
        assert read(permissions=UI, extraPageContent=value).extra_page_content == made

    @pytest.mark.parametrize(
        ("value", "field"),
        [
            ({}, "extraPageContent.slug"),
            ({"slug": "A"}, "extraPageContent.slug"),
            ({"slug": "A", "content": "a.html"}, "extraPageContent.slug"),
            ({"slug": "a", "content": "a.css"}, "extraPageContent.content"),
            ("a.css", "extraPageContent.content"),
        ],
    )
    def test_rules(self, value: Any, field: str) -> None:
        assert refuse(permissions=UI, extraPageContent=value).field == field

    def test_needs_ui_modify(self) -> None:
        assert refuse(extraPageContent="a.html").field == "extraPageContent"


class TestTabs:
    def test_list_of_the_first_era(self) -> None:
        tabs = [{"title": "My Tab", "content": "a.html"}]
        assert read(permissions=UI, tabs=tabs).tabs == [
            {"slug": "my-tab", "title": "My Tab", "content": "/plugins/my-bot/a.html"}
        ]

    def test_list_with_slugs_stays_in_order(self) -> None:
        tabs = [{"title": "Z", "slug": "z"}, {"title": "A", "slug": "a"}]
        assert [t["slug"] for t in read(permissions=UI, tabs=tabs).tabs] == ["z", "a"]

    def test_object_is_sorted(self) -> None:
        manifest = read(
            permissions=UI, tabs={"z": {"title": "Z"}, "a": {"title": "A", "slug": "other"}}
        )
        assert [t["slug"] for t in manifest.tabs] == ["a", "z"]
        assert "tabs.a.slug is ignored" in manifest.warnings[0]

    @pytest.mark.parametrize(
        ("tabs", "field"),
        [
            ([{"slug": "a"}], "tabs[0].title"),
            ([{"title": " ", "slug": "a"}], "tabs[0].title"),
            ([{"title": "A"}], "tabs[0].slug"),
            ([{"title": "A", "slug": "A"}], "tabs[0].slug"),
            ([{"title": "!", "content": "a.html"}], "tabs[0].slug"),
            ([{"title": "A", "slug": "a"}, {"title": "A", "slug": "b"}], "tabs[1].title"),
            ([{"title": "A", "slug": "a"}, {"title": "B", "slug": "a"}], "tabs[1].slug"),
            ([{"title": "A", "slug": "a", "content": "a.css"}], "tabs[0].content"),
            ({"A": {"title": "A"}}, "tabs.A.slug"),
            ({"a": {"title": "T"}, "b": {"title": "T"}}, "tabs.b.title"),
        ],
    )
    def test_rules(self, tabs: Any, field: str) -> None:
        assert refuse(permissions=UI, tabs=tabs).field == field

    def test_need_ui_modify(self) -> None:
        assert refuse(tabs=[{"title": "A", "slug": "a"}]).field == "tabs"


class TestRest:
    def test_details_are_plain_json(self) -> None:
        manifest = read(
            permissions=SERVE,
            bot={"displayName": "Bob"},
            styles=["a.css"],
            tabs={"a": {"title": "A"}},
            config={"x": {"type": "string", "default": "d"}},
        )
        details = json.loads(json.dumps(manifest.details()))
        assert details["bot"] == "Bob"
        assert details["permissions"] == SERVE
        assert details["config"]["x"]["default"] == "d"

    @pytest.mark.parametrize("category", sorted(CATEGORIES))
    def test_categories(self, category: str) -> None:
        assert read(category=category).warnings == []

    def test_an_unknown_category_is_a_warning(self) -> None:
        manifest = read(category="knitting")
        assert manifest.warnings[0].startswith("category: 'knitting' is not known; known: ")
        assert manifest.to_spec().category == "knitting"

    def test_author_and_homepage_are_taken_where_they_are_text(self) -> None:
        spec = read(author="Ada", homepage=3, description="d").to_spec()
        assert (spec.author, spec.homepage, spec.description) == ("Ada", "", "d")
