"""Requests to plugins' pages, without the network. Source: owncast spec 4.1 and 4.2."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.owncast.conftest import OpenHost, PluginHost
from jackfield.dialects.owncast.pages import (
    FileAnswer,
    PluginPages,
    StreamAnswer,
    add_admin_style,
    clean_path,
    is_admin_path,
    with_html,
)
from jackfield.plugins.http import HttpRequest, HttpResponse

LINK = b'<link rel="stylesheet" href="/styles/plugin.css" data-owncast-admin-style="1">'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("", "/"),
        ("/a/b/", "/a/b/"),
        ("//a//b", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/admin/../x", "/x"),
        ("/x/../admin/", "/admin/"),
    ],
)
def test_paths_are_cleaned(path: str, expected: str) -> None:
    assert clean_path(path) == expected


@pytest.mark.parametrize(
    ("pages", "path", "expected"),
    [
        (["/admin"], "/admin", True),
        (["/admin"], "/admin/", True),
        (["/admin"], "/ADMIN/api/x", True),
        (["/Admin"], "/admin", True),
        (["/admin"], "/administrator", False),
        (["/admin"], "/x/admin", False),
        (["/a*z"], "/a/b/z", True),
        (["/a?"], "/ab", True),
        (["/a?"], "/ab/c", False),
        (["/{x,y}/set"], "/y/set", True),
        (["/"], "/anything", True),
        (["/[bad"], "/[bad", True),
        (["/[bad"], "/b", False),
        ([], "/admin", False),
    ],
)
def test_admin_paths(pages: list[str], path: str, expected: bool) -> None:
    assert is_admin_path(pages, path) is expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (b"<head></head><body>", b"<head>" + LINK + b"</head><body>"),
        (b"<HEAD></HEAD>", b"<HEAD>" + LINK + b"</HEAD>"),
        (b"<p>", LINK + b"<p>"),
        (LINK + b"<p>", LINK + b"<p>"),
    ],
)
def test_admin_pages_get_a_style_sheet_once(html: bytes, expected: bytes) -> None:
    assert add_admin_style(html) == expected


def test_only_html_that_can_be_read_gets_one() -> None:
    html = (("Content-Type", "text/html; charset=utf-8"),)
    assert with_html(HttpResponse(200, html, b"<p>"), add_admin_style).body == LINK + b"<p>"
    for headers in ((("Content-Type", "application/json"),), (*html, ("Content-Encoding", "br"))):
        assert with_html(HttpResponse(200, headers, b"<p>"), add_admin_style).body == b"<p>"


# -- with a plugin ------------------------------------------------------------------------------

SOURCE = (
    "@plugin.on_http_request\n"
    "def f(req):\n"
    "    if req.path == '/boom':\n"
    "        1 / 0\n"
    "    if req.path == '/loop':\n"
    "        while True: pass\n"
    "    return {'headers': {'content-type': 'text/html'},\n"
    "            'body': f'<p>{req.method} {req.path} {req.authenticated}'}\n"
)


@pytest.fixture
def pages(plugins: PluginHost) -> Any:
    plugins.add(
        SOURCE,
        "http.serve",
        "http.sse",
        files={
            "public/index.html": "home",
            "public/a.txt": "text",
            "public/sub/index.html": "sub",
            "public/empty/x.txt": "",
            "public/admin/panel.html": "<head></head>",
            "assets/secret.txt": "secret",
        },
        admin={"pages": {"/admin": {"title": "Admin"}}},
    )
    return Asked(plugins)


class Asked:
    def __init__(self, plugins: PluginHost, slug: str = "bot", **more: Any) -> None:
        self._pages = PluginPages(plugins.host.core, **more)
        self._slug = slug

    def __call__(self, path: str, method: str = "GET", **more: Any) -> Any:
        return self._pages.answer(self._slug, HttpRequest(method, path, **more))


@pytest.mark.sandbox
class TestPages:
    def test_files_of_public_come_first(self, pages: Asked) -> None:
        answer = pages("/a.txt")
        assert isinstance(answer, FileAnswer)
        assert answer.path.read_text() == "text"
        assert pages("/").path.read_text() == "home"
        assert pages("/sub/").path.read_text() == "sub"
        assert isinstance(pages("/a.txt", "HEAD"), FileAnswer)

    def test_a_folder_is_named_with_a_slash(self, pages: Asked) -> None:
        answer = pages("/sub")
        assert (answer.status, answer.headers) == (301, (("Location", "/plugins/bot/sub/"),))

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/a.txt"),
            ("GET", "/a.txt/"),
            ("GET", "/empty/"),
            ("GET", "/secret.txt"),
            ("GET", "/../assets/secret.txt"),
            ("GET", "/none"),
            ("GET", "/" + "x" * 5000),
            ("GET", "/a\0b"),
        ],
    )
    def test_everything_else_goes_to_the_code(self, pages: Asked, method: str, path: str) -> None:
        answer = pages(path, method)
        assert answer.body.startswith(f"<p>{method} /".encode())

    def test_failures_tell_a_visitor_nothing(self, pages: Asked) -> None:
        assert (pages("/boom").status, pages("/boom").body) == (500, b"plugin error\n")

    def test_a_slow_plugin_is_a_gateway_timeout(
        self, pages: Asked, plugins: PluginHost, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from jackfield.sandbox import Limits

        monkeypatch.setattr(plugins.runtime(), "limits", Limits(request_seconds=0.1))
        assert pages("/loop").status == 504
        assert pages("/fine").status == 200

    def test_a_large_request_is_refused(self, pages: Asked) -> None:
        assert pages("/x", "POST", body=b"x" * 1_048_577).status == 413
        assert pages("/x", "POST", body=b"x" * 1_048_576).status == 200

    def test_admin_pages_are_for_operators(self, pages: Asked) -> None:
        for path in ("/admin", "/ADMIN/api", "/x/../admin/panel.html", "/admin/panel.html"):
            answer = pages(path)
            assert answer.status == 401
            assert answer.headers[-1][0] == "WWW-Authenticate"
        answer = pages("/admin", admin=True)
        assert answer.body == LINK + b"<p>GET /admin True"
        static = pages("/admin/panel.html", admin=True)
        assert (static.path.name, static.admin) == ("panel.html", True)
        assert pages("/public", admin=True).body == b"<p>GET /public True"

    def test_an_authors_server_has_no_gate(self, pages: Asked, plugins: PluginHost) -> None:
        opened = Asked(plugins, open_admin=True)
        assert opened("/admin").body.endswith(b"GET /admin True")
        assert opened("/other").body.endswith(b"GET /other False")

    def test_streams_where_nothing_streams(self, pages: Asked) -> None:
        assert pages("/_sse").status == 503
        assert pages("/_sse/x", "POST").status == 503

    def test_unknown_plugins(self, pages: Asked, plugins: PluginHost) -> None:
        assert Asked(plugins, slug="none")("/").status == 404
        plugins.host.registry.disable("bot")
        answer = pages("/a.txt")
        assert (answer.status, answer.body) == (404, b"404 page not found\n")


@pytest.mark.sandbox
def test_without_permissions_nothing_is_served(plugins: PluginHost) -> None:
    plugins.add(SOURCE, files={"public/a.txt": "text"})
    asked = Asked(plugins)
    assert [asked(path).status for path in ("/a.txt", "/x", "/_sse/c")] == [404, 404, 404]


@pytest.mark.sandbox
def test_streams_of_a_real_host(open_host: OpenHost) -> None:
    plugins = open_host(real=True)
    plugins.add(SOURCE, "http.sse", admin={"pages": {"/_sse/admin": {"title": "A"}}})
    asked = Asked(plugins)
    for path, channel in (("/_sse", ""), ("/_sse/", ""), ("/_sse/a/b", "a/b")):
        answer = asked(path)
        assert isinstance(answer, StreamAnswer)
        assert (answer.slug, answer.channel) == ("bot", channel)
    assert asked("/_sse/admin").status == 401
    assert isinstance(asked("/_sse/admin", admin=True), StreamAnswer)
