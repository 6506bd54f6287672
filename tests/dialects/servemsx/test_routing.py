"""Which file answers which path, and how plain files are sent. Source: servemsx spec 3."""

from __future__ import annotations

from email.parser import BytesParser

import pytest

from dialects.servemsx.conftest import Served
from jackfield.dialects.servemsx import routing

SAY = 'srv := import("server"); srv.write(srv.script, " ", srv.path)'


@pytest.fixture
def site(served: Served) -> Served:
    served.write(
        "hello",
        {
            "main.tengo": SAY,
            "other.tengo": SAY,
            "x.TENGO": SAY,
            "sub/main.tengo": SAY,
            "sub/inner.tengo": SAY,
            "empty/readme": "text",
            "data.bin": bytes(range(256)) * 8,
            "page/index.html": "<html>",
            "manifest.json": "{}",
            "style.css": "a{}",
            "e f.txt": "blank",
        },
    )
    return served


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/hello/", "plugins/hello/main.tengo "),
        ("/hello/?x=/hello/sub", "plugins/hello/main.tengo "),
        ("/hello/opa", "plugins/hello/main.tengo opa"),
        ("/hello/opa/deep?x=1", "plugins/hello/main.tengo opa/deep"),
        ("/hello/sub/zzz", "plugins/hello/main.tengo sub/zzz"),
        ("/hello/o%20p%C3%A9", "plugins/hello/main.tengo o pé"),
        ("/hello/sub", "plugins/hello/sub/main.tengo sub"),
        ("/hello/sub/", "plugins/hello/sub/main.tengo sub/"),
        ("/hello/other.tengo", "plugins/hello/other.tengo other.tengo"),
        ("/hello/x.TENGO", "plugins/hello/x.TENGO x.TENGO"),
        ("/hello/sub/inner.tengo", "plugins/hello/sub/inner.tengo sub/inner.tengo"),
        ("/hello/data.bin/x", "plugins/hello/main.tengo data.bin/x"),
    ],
)
def test_scripts(site: Served, path: str, text: str) -> None:
    assert site.get(path).text == text


@pytest.mark.parametrize("path", ["/hello", "/hello/empty", "/nope/", "/nope/x", "/msx/whatever"])
def test_not_found(site: Served, path: str) -> None:
    got = site.get(path)
    assert (got.status, got.text) == (404, "Not Found\n")


def test_a_plugin_without_main(served: Served) -> None:
    served.add(a_tengo=SAY)
    assert served.get("/hello/").status == 404
    assert served.get("/hello/unknown").status == 404
    assert served.get("/hello/a.tengo").status == 200
    served.add(sub__main_tengo__x="")
    got = served.get("/hello/sub")
    assert (got.status, got.text) == (500, "read plugins/hello/sub/main.tengo: is a directory\n")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("//", "/"),
        ("/hello/../hello/", "/hello/"),
        ("/hello//sub", "/hello/sub"),
        ("/hello/%2e%2e/x?q=1", "/x?q=1"),
        ("/hello/..%2f..%2fetc/passwd", "/etc/passwd"),
        ("/hello/./", "/hello/"),
    ],
)
def test_paths_are_cleaned(site: Served, path: str, to: str) -> None:
    got = site.get(path)
    assert (got.status, got.headers["location"]) == (301, to)
    assert site.get(f"/servemsx{path}").headers["location"] in (to, f"/servemsx{to}")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_any_method_runs_the_script(site: Served, method: str) -> None:
    site.script('srv := import("server"); srv.write(srv.method)')
    assert site.get("/hello/", method).text == method


def test_head_and_options(site: Served) -> None:
    head = site.get("/hello/", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len("plugins/hello/main.tengo "))
    options = site.get("/hello/anything", "OPTIONS")
    assert (options.status, options.body) == (200, b"")
    assert options.headers["access-control-allow-methods"] == "POST, GET, OPTIONS"
    assert "server" not in options.headers


def test_common_headers(site: Served) -> None:
    for path in ("/hello/", "/nope/", "/hello/style.css"):
        headers = site.get(path).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-allow-headers"] == "Origin, Content-Type, Accept"
        assert headers["server"] == "ServeMSX/0.04.203"


class TestFiles:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("style.css", "text/css; charset=utf-8"),
            ("manifest.json", "application/json"),
            ("e%20f.txt", "text/plain; charset=utf-8"),
            ("empty/readme", "text/plain; charset=utf-8"),
            ("data.bin", "application/octet-stream"),
        ],
    )
    def test_type(self, site: Served, path: str, kind: str) -> None:
        got = site.get(f"/hello/{path}")
        assert (got.status, got.headers["content-type"]) == (200, kind)
        assert got.headers["accept-ranges"] == "bytes"

    def test_index(self, site: Served) -> None:
        got = site.get("/hello/page/index.html?x=1")
        assert (got.status, got.headers["location"]) == (301, "./?x=1")

    @pytest.mark.parametrize(
        ("wanted", "status", "start", "length"),
        [
            ("bytes=0-9", 206, 0, 10),
            ("bytes=250-260", 206, 250, 11),
            ("bytes=2040-", 206, 2040, 8),
            ("bytes=-4", 206, 2044, 4),
            ("bytes=-9999", 206, 0, 2048),
            ("bytes=2047-9999", 206, 2047, 1),
            ("bytes=0-1,9000-", 206, 0, 2),
            ("bytes=4 - 5 ,", 206, 4, 2),
            ("bytes=0-2000,1-2000", 200, 0, 2048),
            ("bytes=", 200, 0, 2048),
        ],
    )
    def test_ranges(self, site: Served, wanted: str, status: int, start: int, length: int) -> None:
        got = site.get("/hello/data.bin", headers={"Range": wanted})
        assert got.status == status
        assert got.body == (bytes(range(256)) * 8)[start : start + length]
        if status == 206:
            assert got.headers["content-range"] == f"bytes {start}-{start + length - 1}/2048"

    @pytest.mark.parametrize(
        ("wanted", "text"),
        [
            ("bytes=2048-", "invalid range: failed to overlap\n"),
            ("bytes=9-1", "invalid range\n"),
            ("bytes=9", "invalid range\n"),
            ("bytes=--1", "invalid range\n"),
            ("bytes=9000-1,5000-", "invalid range: failed to overlap\n"),
            ("bytes=x-", "invalid range\n"),
            ("lines=1-2", "invalid range\n"),
            ("bytes=-0", "invalid range: failed to overlap\n"),
        ],
    )
    def test_ranges_that_are_none(self, site: Served, wanted: str, text: str) -> None:
        got = site.get("/hello/data.bin", headers={"Range": wanted})
        assert (got.status, got.text) == (416, text)

    def test_conditions(self, site: Served) -> None:
        modified = site.get("/hello/data.bin").headers["last-modified"]
        same = site.get("/hello/data.bin", headers={"If-Modified-Since": modified})
        assert (same.status, same.body) == (304, b"")
        old = {"If-Modified-Since": "Mon, 02 Mar 2020 00:00:00 GMT"}
        assert site.get("/hello/data.bin", headers=old).status == 200
        assert site.get("/hello/data.bin", headers={"If-Modified-Since": "x"}).status == 200
        part = {"Range": "bytes=0-0", "If-Range": modified}
        assert site.get("/hello/data.bin", headers=part).status == 206
        part["If-Range"] = "Mon, 02 Mar 2020 00:00:00 GMT"
        assert site.get("/hello/data.bin", headers=part).status == 200

    def test_several_ranges(self, site: Served) -> None:
        got = site.get("/hello/data.bin", headers={"Range": "bytes=0-1,-2"})
        assert got.status == 206
        assert int(got.headers["content-length"]) == len(got.body)
        message = BytesParser().parsebytes(
            f"Content-Type: {got.headers['content-type']}\r\n\r\n".encode() + got.body
        )
        parts = [part for part in message.walk() if not part.is_multipart()]
        assert [part["content-range"] for part in parts] == [
            "bytes 0-1/2048",
            "bytes 2046-2047/2048",
        ]
        assert [part.get_payload(decode=True) for part in parts] == [b"\x00\x01", b"\xfe\xff"]
        assert {part.get_content_type() for part in parts} == {"application/octet-stream"}
        head = site.get("/hello/data.bin", "HEAD", headers={"Range": "bytes=0-1,-2"})
        assert head.headers["content-length"] == got.headers["content-length"]

    @pytest.mark.parametrize(
        ("name", "value", "status"),
        [
            ("If-Match", '"x"', 412),
            ("If-Match", "*", 200),
            ("If-None-Match", '"x"', 200),
            ("If-None-Match", "*", 304),
            ("If-Unmodified-Since", "Mon, 02 Mar 2020 00:00:00 GMT", 412),
            ("If-Unmodified-Since", "Mon, 02 Mar 2099 00:00:00 GMT", 200),
            ("If-Unmodified-Since", "x", 200),
        ],
    )
    def test_other_conditions(self, site: Served, name: str, value: str, status: int) -> None:
        got = site.get("/hello/data.bin", headers={name: value})
        assert got.status == status
        assert (got.body == b"") == (status != 200)
        assert "last-modified" in got.headers

    def test_a_slash_behind_a_file_changes_nothing(self, site: Served) -> None:
        assert site.get("/hello/data.bin/").body == site.get("/hello/data.bin").body

    def test_head(self, site: Served) -> None:
        got = site.get("/hello/data.bin", "HEAD")
        assert (got.body, got.headers["content-length"]) == (b"", "2048")

    def test_a_link_out_of_the_folder_is_not_followed(self, site: Served) -> None:
        secret = site.plugins.parent / "settings.json"
        secret.write_text("secret")
        (site.plugins / "hello" / "link.json").symlink_to(secret)
        (site.plugins / "hello" / "up").symlink_to(site.plugins.parent)
        for path in ("link.json", "up/settings.json"):
            assert site.get(f"/hello/{path}").text == f"plugins/hello/main.tengo {path}"

    def test_a_script_behind_a_link_is_not_run(self, site: Served) -> None:
        outside = site.plugins.parent / "evil.tengo"
        outside.write_text('import("server").write("evil")')
        (site.plugins / "hello" / "evil.tengo").symlink_to(outside)
        assert "evil" not in site.get("/hello/evil.tengo").text.replace("evil.tengo", "")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/hello/a?b", routing.Asked("hello", "a")),
        ("/h%20o/%C3%A9", routing.Asked("h o", "é")),
        ("/hello", None),
        ("/", None),
        ("/%zz/", None),
        ("/a//b?c", routing.Moved("/a/b?c")),
    ],
)
def test_targets(target: str, found: object) -> None:
    assert routing.split(target) == found


def test_names_in_capitals_are_other_plugins(served: Served) -> None:
    served.script(SAY.replace("srv.path", "srv.plugin"), "MyPlug")
    assert served.get("/MyPlug/").text == "plugins/MyPlug/main.tengo MyPlug"
    assert served.get("/myplug/").status == 404
    served.script('srv := import("server"); srv.write(srv.plugin)', "мой")
    assert served.get("/%D0%BC%D0%BE%D0%B9/").text == "мой"
