"""``server.request`` against a real server. Source: servemsx spec 6.3."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dialects.servemsx.conftest import Served
from jackfield.plugins.permissions import Grants

REDIRECTS = {"/r1": "/echo", "/loop": "/loop", "/bad": "http://[::1"}


class Upstream(BaseHTTPRequestHandler):
    """Tells what it was asked, as JSON."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = {
            "method": self.command,
            "path": self.path,
            "headers": [list(pair) for pair in self.headers.items()],
            "body": self.rfile.read(length).decode(),
        }
        body = json.dumps(told).encode()
        path = self.path.partition("?")[0]
        self.send_response(302 if path in REDIRECTS else 404 if path == "/gone" else 200)
        if path in REDIRECTS:
            self.send_header("Location", REDIRECTS[path])
        if path == "/gzip":
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Set-Cookie", "a=1; Path=/")
        self.send_header("Set-Cookie", 'b="2 3"; HttpOnly')
        self.send_header("X-odd-NAME", "v")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_FOO = do_get = answer

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(served: Served, arguments: str) -> dict[str, Any]:
    """What the other server saw."""
    told: dict[str, Any] = json.loads(
        json.loads(served.say(f"string(srv.request({arguments}).body)"))
    )
    told["headers"] = dict(told["headers"])
    return told


def refused(served: Served, arguments: str) -> str:
    """The text of the error value."""
    found: str = json.loads(served.say(f"srv.request({arguments}).value"))
    return found


class TestWhatIsSent:
    def test_plain(self, served: Served, upstream: str) -> None:
        told = asked(served, f'"{upstream}/x?y=1"')
        assert (told["method"], told["path"], told["body"]) == ("GET", "/x?y=1", "")
        assert told["headers"]["User-Agent"] == "Go-http-client/1.1"
        assert told["headers"]["Accept-Encoding"] == "gzip"

    @pytest.mark.parametrize(
        ("how", "method", "kind", "body"),
        [
            ('"PUT"', "PUT", None, ""),
            ('bytes("raw")', "POST", "text/plain", "raw"),
            ('{body: "text"}', "POST", "text/plain", "text"),
            ('{body: bytes("b")}', "POST", "text/plain", "b"),
            ("{body: 12}", "POST", "text/plain", "12"),
            ('{body: {b: "2", a: ["1", "x y"]}}', "POST",
             "application/x-www-form-urlencoded", "a=1&a=x+y&b=2"),
            ('{method: "foo"}', "FOO", None, ""),
            ('{body: "x", method: "put"}', "PUT", "text/plain", "x"),
            ("{}", "GET", None, ""),
        ],
    )  # fmt: skip
    def test_how(
        self, served: Served, upstream: str, how: str, method: str, kind: str | None, body: str
    ) -> None:
        told = asked(served, f'"{upstream}/", {how}')
        assert (told["method"], told["body"]) == (method, body)
        assert told["headers"].get("Content-Type") == kind

    @pytest.mark.parametrize(
        ("query", "path"),
        [('{b: 2, a: "x y"}', "/?a=x+y&b=2"), ('"raw=%20"', "/?raw=%20"), ('""', "/?old")],
    )
    def test_query_replaces(self, served: Served, upstream: str, query: str, path: str) -> None:
        assert asked(served, f'"{upstream}/?old", {{query: {query}}}')["path"] == path

    def test_headers_cookies_and_password(self, served: Served, upstream: str) -> None:
        told = asked(
            served,
            f'"{upstream}/", {{header: {{"x-Own": ["1"], "User-Agent": "me"}}, '
            'cookies: [{name: "c", value: "1"}, {value: "x"}, 5, {name: "d", value: "a b"}], '
            'user: "u", pass: "p"}',
        )["headers"]
        assert (told["x-Own"], told["User-Agent"]) == ("1", "me")
        assert told["Cookie"] == 'c=1; d="a b"'
        assert told["Authorization"] == "Basic dTpw"
        half = asked(served, f'"{upstream}/", {{user: "u", pass: ""}}')
        assert "Authorization" not in half["headers"]

    def test_headers_in_any_letters(self, served: Served, upstream: str) -> None:
        source = f'"{upstream}/echo", {{header: {{"user-agent": "tv", "X-U": "é", "Range": "x"}}}}'
        told = json.loads(json.loads(served.say(f"string(srv.request({source}).body)")))
        sent = [tuple(pair) for pair in told["headers"]]
        assert ("User-Agent", "Go-http-client/1.1") in sent, "the original sends its own, too"
        assert ("user-agent", "tv") in sent
        assert ("X-U", "é".encode().decode("latin-1")) in sent
        assert ("Accept-Encoding", "identity") in sent
        own = asked(served, f'"{upstream}/echo", {{header: {{"User-Agent": "tv"}}}}')
        assert own["headers"]["User-Agent"] == "tv"

    def test_a_password_in_the_address(self, served: Served, upstream: str) -> None:
        address = upstream.replace("://", "://u:p@")
        assert asked(served, f'"{address}/"')["headers"]["Authorization"] == "Basic dTpw"
        found = json.loads(
            served.say(f'func() {{ r := srv.request("{address}/"); return [r.user, r.pass] }}()')
        )
        assert found == ["u", "p"]


class TestTheAnswer:
    def test_members(self, served: Served, upstream: str) -> None:
        source = (
            f'func() {{ r := srv.request("{upstream}/gone"); r.body = len(r.body); return r }}()'
        )
        found = json.loads(served.say(source))
        assert (found["status"], found["url"]) == (404, f"{upstream}/gone")
        assert found["size"] == found["body"] > 0
        assert found["header"]["X-Odd-Name"] == ["v"]
        assert found["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2 3"}]
        assert (found["user"], found["pass"]) == ("", "")

    def test_gzip_is_undone(self, served: Served, upstream: str) -> None:
        source = (
            f'func() {{ r := srv.request("{upstream}/gzip"); '
            'return [r.size, r.header["Content-Encoding"], string(r.body)[0:1]] }()'
        )
        assert json.loads(served.say(source)) == [-1, None, "{"]

    def test_head(self, served: Served, upstream: str) -> None:
        source = f'func() {{ r := srv.request("{upstream}/", "HEAD"); return [r.size > 0, len(r.body)] }}()'  # noqa: E501
        assert served.say(source) == "[true,0]"


class TestRedirects:
    def test_are_followed_with_a_referer(self, served: Served, upstream: str) -> None:
        told = asked(served, f'"{upstream}/r1", bytes("x")')
        assert (told["method"], told["path"], told["body"]) == ("GET", "/echo", "")
        assert told["headers"]["Referer"] == f"{upstream}/r1"
        assert served.say(f'srv.request("{upstream}/r1").url') == f'"{upstream}/echo"'

    @pytest.mark.parametrize("follow", ["false", "undefined", "0"])
    def test_unless_the_script_does_not_want_it(
        self, served: Served, upstream: str, follow: str
    ) -> None:
        """And then no later one of that run either."""
        source = (
            f'[srv.request("{upstream}/r1", {{follow: {follow}}}).status, '
            f'srv.request("{upstream}/r1").status]'
        )
        assert served.say(source) == "[302,302]"

    def test_not_without_end(self, served: Served, upstream: str) -> None:
        text = refused(served, f'"{upstream}/loop"')
        assert text == 'Get "/loop": stopped after 10 redirects', "it names where it would go"

    def test_to_nowhere(self, served: Served, upstream: str) -> None:
        assert "failed to parse Location header" in refused(served, f'"{upstream}/bad"')


class TestFailures:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ('"http://127.0.0.1:1/x"',
             'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused'),
            ('"http://127.0.0.1:1/", bytes("")',
             'Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused'),
            ('"::bad"', 'parse "::bad": missing protocol scheme'),
            ('"foo"', 'Get "foo": unsupported protocol scheme ""'),
            ('undefined', 'Get "": unsupported protocol scheme ""'),
            ('"file:///etc/passwd"', 'Get "file:///etc/passwd": unsupported protocol scheme "file"'),  # noqa: E501
            ('"http://"', 'Get "http:": http: no Host in request URL'),
            ('"http://127.0.0.1:65536/"',
             'Get "http://127.0.0.1:65536/": dial tcp: address 65536: invalid port'),
            ('"http://h/", "BAD METHOD"', 'net/http: invalid method "BAD METHOD"'),
            ('"http://h/", {header: {"a b": "1"}}',
             'Get "http://h/": net/http: invalid header field name "a b"'),
            ('"http://h/", {header: {a: "1\\r\\nb: 2"}}',
             'Get "http://h/": net/http: invalid header field value for "a"'),
        ],
    )  # fmt: skip
    def test_are_error_values(self, served: Served, arguments: str, text: str) -> None:
        assert refused(served, arguments) == text

    @pytest.mark.parametrize("how", ["1", "undefined", "immutable({})", "[]"])
    def test_another_argument_ends_the_script(self, served: Served, how: str) -> None:
        got = served.run(f'import("server").request("http://h/", {how})')
        assert "argument 'second'" in got.text
        assert "expected map/bytes/string" in got.text
        assert served.run('import("server").request()').status == 500


class TestPermissions:
    def grant(self, served: Served, *texts: str) -> None:
        served.script("")
        running = served.host.registry.running("hello")
        assert running is not None
        context = running.runtime._context
        object.__setattr__(context, "grants", Grants.parse(texts))

    def test_nothing_goes_out_without_the_permission(self, served: Served, upstream: str) -> None:
        self.grant(served)
        text = refused(served, f'"{upstream}/"')
        assert text == f'Get "{upstream}/": the permission network.fetch is not granted'

    def test_the_home_network_needs_its_own(self, served: Served, upstream: str) -> None:
        self.grant(served, "network.fetch")
        assert "not a public address" in refused(served, f'"{upstream}/"')
        assert "not a public address" in refused(served, '"http://localhost:1/"')

    def test_files_cannot_be_written_without_theirs(self, served: Served) -> None:
        self.grant(served)
        running = served.host.registry.running("hello")
        assert running is not None
        running.runtime.folder.writable = False
        text = json.loads(served.say('srv.file("x", "y").value'))
        assert text == "open plugins/hello/x: the permission storage.files is not granted"

    def test_ffmpeg_cannot_be_started_without_its_own(self, served: Served) -> None:
        self.grant(served)
        text = json.loads(served.say('srv.settings.ffmpeg("x").value'))
        assert text == "the permission ffmpeg.run is not granted"
