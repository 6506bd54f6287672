from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jackfield.services.fetch import MAX_BODY_BYTES, FetchRefused, FetchRequest
from jackfield.services.guarded_fetch import GuardedFetch


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        name = self.path.partition("?")[0].strip("/").partition("/")[0]
        getattr(self, f"page_{name}", self.page_echo)()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_patch = do_Report = do_GET

    def answer(self, body=b"", status=200, **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def page_echo(self):
        self.answer(b"hello")

    def page_cookies(self):
        self.send_response(200)
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2")
        self.send_header("content-length", "0")
        self.end_headers()

    def page_to(self):
        status, _, target = self.path.removeprefix("/to/").partition("/")
        self.answer(status=int(status), location=target)

    def page_loop(self):
        self.answer(status=302, location="/loop")

    def page_bomb(self):
        self.answer(gzip.compress(bytes(MAX_BODY_BYTES + 1)), content_encoding="gzip")

    def drip(self, *pieces):
        with contextlib.suppress(OSError):  # the client has had enough
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.05)

    def page_slow(self):
        self.send_response(200)
        self.send_header("content-length", "40")
        self.end_headers()
        self.drip(*[b"x"] * 40)

    def page_reluctant(self):
        self.drip(
            b"HTTP/1.1 200 OK\r\n",
            *[b"x-%d: 1\r\n" % number for number in range(40)],
            b"content-length: 0\r\n\r\n",
        )

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # a client that goes away early is what some tests are about
        pass


@pytest.fixture
def server():
    made = Server(("127.0.0.1", 0), Handler)
    made.seen = []
    made.base = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def fetch():
    made = GuardedFetch()
    yield made
    made.close()


def get(fetch, url, *, hosts=("*",), local=True, **rest):
    return fetch.fetch("p", FetchRequest(url, **rest), hosts, local=local)


def test_an_answer_comes_with_status_headers_body_and_address(fetch, server):
    answer = get(fetch, f"{server.base}/a?b=c")
    assert (answer.status, answer.body, answer.url) == (200, b"hello", f"{server.base}/a?b=c")
    assert answer.headers["content-length"] == "5"


def test_method_headers_and_body_are_sent(fetch, server):
    get(fetch, f"{server.base}/", method="PUT", headers={"X-A": "1", "X-B": ["2", "3"]}, body=b"in")
    method, _, headers, body = server.seen[0]
    assert (method, headers["X-A"], body) == ("PUT", "1", b"in")
    assert {k.lower(): v for k, v in headers.items()}["user-agent"] == "Jackfield"


def test_headers_may_be_in_any_letters(fetch, server):
    get(fetch, f"{server.base}/", headers={"X-Latin": "\xe9", "X-Other": "ж"})
    headers = server.seen[0][2]
    assert headers["X-Latin"] == "\xe9"
    assert headers["X-Other"] == "ж".encode().decode("latin-1")
    with pytest.raises(FetchRefused):
        get(fetch, f"{server.base}/", headers={"é": "x"})


def test_a_plugin_cannot_send_a_host_of_its_own(fetch, server):
    get(fetch, f"{server.base}/", headers={"Host": "other.example", "Content-Length": "99"})
    assert server.seen[0][2]["Host"] == f"127.0.0.1:{server.server_port}"


def test_repeated_headers_are_kept_apart_in_fields(fetch, server):
    fields = get(fetch, f"{server.base}/cookies").fields
    assert [v for k, v in fields if k.lower() == "set-cookie"] == ["a=1", "b=2"]


def test_no_cookie_is_kept_for_the_next_request(fetch, server):
    get(fetch, f"{server.base}/cookies")
    get(fetch, f"{server.base}/")
    assert "Cookie" not in server.seen[1][2]


def test_without_the_right_to_local_addresses_this_machine_is_out_of_reach(fetch, server):
    for url in (server.base, f"http://localhost:{server.server_port}/", "http://[::1]:1/"):
        with pytest.raises(FetchRefused, match="not a public address"):
            get(fetch, url, local=False)
    assert server.seen == []


@pytest.mark.parametrize(
    ("glob", "host", "granted"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "example.com.evil.net", False),
        ("*.example.com", "evilexample.com", False),
        ("example.com", "EXAMPLE.com.", True),
        ("example.com", "xn--exmple-cua.com", False),
        ("{a,b}.org", "b.org", True),
        ("*", "anything.example", True),
    ],
)
def test_a_host_is_granted_by_its_whole_name(glob, host, granted):
    looked_up = []

    def resolve(name: str, _port: int) -> list[str]:
        looked_up.append(name)
        raise socket.gaierror(-2, "no such name")

    with pytest.raises(FetchRefused) as caught:
        get(GuardedFetch(resolve), f"http://{host}/", hosts=(glob,), local=False)
    assert ("was not granted" in str(caught.value)) is not granted
    assert bool(looked_up) is granted


def test_a_bad_glob_refuses_and_says_so(fetch):
    with pytest.raises(FetchRefused, match="not a glob"):
        get(fetch, "http://a.example/", hosts=("[",))


@pytest.mark.parametrize(
    "url", ["", "foo", "file:///etc/passwd", "gopher://a/", "http://", "http://[::1", "ftp://a/"]
)
def test_other_addresses_are_refused(fetch, url):
    with pytest.raises(FetchRefused, match=r"no address|cannot be fetched"):
        get(fetch, url)


# -- redirects ----------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_a_post_becomes_a_get(fetch, server):
    answer = get(fetch, f"{server.base}/to/302//end", method="POST", body=b"secret")
    assert answer.url == f"{server.base}/end"
    assert [(method, body) for method, _, _, body in server.seen] == [
        ("POST", b"secret"),
        ("GET", b""),
    ]


@pytest.mark.parametrize("method", ["patch", "Report", "PUT"])
def test_a_method_is_sent_as_it_is_written(fetch, server, method):
    get(fetch, f"{server.base}/", method=method)
    assert server.seen[0][0] == method


def test_no_method_is_get(fetch, server):
    get(fetch, f"{server.base}/", method="")
    assert server.seen[0][0] == "GET"


@pytest.mark.parametrize("method", ["BAD METHOD", "GET\r\nX: 1", "\N{EURO SIGN}"])
def test_what_is_no_method_is_refused(fetch, server, method):
    with pytest.raises(FetchRefused):
        get(fetch, f"{server.base}/", method=method)
    assert server.seen == []


def test_307_keeps_method_and_body(fetch, server):
    get(fetch, f"{server.base}/to/307//end", method="POST", body=b"again")
    assert [(method, body) for method, _, _, body in server.seen] == [("POST", b"again")] * 2


def test_the_target_of_a_redirect_must_be_granted_too(fetch, server):
    with pytest.raises(FetchRefused, match=r"'other\.example' was not granted"):
        get(fetch, f"{server.base}/to/302/http://other.example/", hosts=("127.0.0.1",))


def test_a_redirect_into_the_private_network_is_refused(server):
    network = GuardedFetch(lambda host, _port: ["127.0.0.1" if host == "inside" else "8.8.8.8"])
    with pytest.raises(FetchRefused, match="not a public address"):
        get(network, "http://inside/", local=False)


def test_a_redirect_to_another_scheme_is_refused(fetch, server):
    with pytest.raises(FetchRefused, match="cannot be fetched"):
        get(fetch, f"{server.base}/to/302/file:///etc/passwd")


def test_secrets_are_not_carried_to_another_origin(fetch, server):
    other = f"http://localhost:{server.server_port}/end"
    secret = {"Authorization": "Basic x", "Cookie": "a=b", "X-Mine": "stays"}
    get(fetch, f"{server.base}/to/302/{other}", headers=secret)
    first, second = (headers for _, _, headers, _ in server.seen)
    assert "Authorization" in first
    assert not {"Authorization", "Cookie"} & set(second)
    assert second["X-Mine"] == "stays"


def test_redirects_end(fetch, server):
    with pytest.raises(FetchRefused, match="stopped after 10 redirects"):
        get(fetch, f"{server.base}/loop")
    assert len(server.seen) == 11


def test_redirects_can_be_left_to_the_caller(fetch, server):
    assert get(fetch, f"{server.base}/loop", redirects=0).status == 302


# -- limits -------------------------------------------------------------------------------------


def test_a_bomb_counts_at_its_full_size(fetch, server):
    with pytest.raises(FetchRefused, match="above 10,485,760 bytes"):
        get(fetch, f"{server.base}/bomb")


@pytest.mark.parametrize("what", ["slow", "reluctant"])
def test_an_answer_that_drips_ends_with_the_time_allowed(fetch, server, what):
    # Left alone either would end well: each byte comes soon enough after the one before.
    assert get(fetch, f"{server.base}/{what}").status == 200
    with pytest.raises(FetchRefused, match=r"too long|in time"):
        get(fetch, f"{server.base}/{what}", seconds=0.3)


def test_no_connection_is_a_refusal_with_its_reason(fetch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchRefused, match="refused"):
        get(fetch, f"http://127.0.0.1:{port}/")


def test_many_at_once(fetch, server):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(get(fetch, f"{server.base}/{n}").url))
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"{server.base}/{n}" for n in range(40))
