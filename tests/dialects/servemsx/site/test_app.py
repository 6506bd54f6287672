"""Common headers, failures, path cleaning and routing on a real socket."""

from __future__ import annotations

import threading

import pytest
from anyio import create_task_group, fail_after, run, sleep, to_thread
from starlette.responses import Response
from starlette.types import Message

from jackfield.dialects.servemsx.site.app import THREADS, ServeMsxApp
from jackfield.dialects.servemsx.site.ask import Ask

from .conftest import World, script

COMMON = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "Origin, Content-Type, Accept",
    "access-control-allow-methods": "POST, GET, OPTIONS",
}


@pytest.mark.parametrize("path", ["/", "/settings", "/nope/", "/nope", "/msx/menu", "/logo.png"])
def test_every_answer_has_the_common_headers(world: World, path: str) -> None:
    headers = world.get(path).headers
    assert {name: headers[name] for name in COMMON} == COMMON
    assert headers["server"] == "ServeMSX/0.04.203"


@pytest.mark.parametrize("path", ["/", "/nope", "/settings", "/a/../b"])
def test_options_is_empty_on_any_path(world: World, path: str) -> None:
    got = world.get(path, "OPTIONS")
    assert (got.status, got.body) == (200, b"")
    assert "server" not in got.headers
    assert "content-type" not in got.headers
    assert {name: got.headers[name] for name in COMMON} == COMMON


def test_a_failure_is_its_status_in_words(world: World) -> None:
    got = world.get("/nope")
    assert (got.status, got.text) == (404, "Not Found\n")
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("//", "/"),
        ("/a/../b?x=1&y", "/b?x=1&y"),
        ("/hello/%2e%2e/x", "/x"),
        ("/hello/..%2fx/", "/x/"),
        ("/./settings", "/settings"),
        ("/msx/video", "/msx/video/"),
        ("/msx/photo?id=1", "/msx/photo/?id=1"),
        ("/msx//ffmpeg", "/msx/ffmpeg/"),
        ("/%c3%a4//b", "/%C3%A4/b"),
    ],
)
def test_a_path_is_cleaned_by_a_redirect(world: World, path: str, target: str) -> None:
    got = world.get(path)
    assert (got.status, got.headers["location"]) == (301, target)
    assert got.text == f'<a href="{target.replace("&", "&amp;")}">Moved Permanently</a>.\n\n'
    below = world.get(f"/servemsx{path}")
    assert below.headers["location"] == f"/servemsx{target}"


def test_a_redirect_of_another_method_has_no_page(world: World) -> None:
    got = world.get("/a/../b", "POST", b"x")
    assert (got.status, got.body) == (301, b"")


def test_a_bad_escape_is_a_bad_request(world: World) -> None:
    assert world.get("/%zz").status == 400


def test_a_body_above_the_cap_is_refused_and_the_site_goes_on(world: World) -> None:
    got = world.get("/settings", "POST", b"x" * (17 * 1024 * 1024))
    assert (got.status, got.text) == (413, "Request Entity Too Large\n")
    assert world.get("/settings").status == 200


def test_a_plugin_of_the_folder_answers_without_being_installed(world: World) -> None:
    world.write("plugins/hello/main.tengo", script())
    assert world.get("/hello/a/b").text == f"hi a/b {world.base}/hello/"
    assert world.get("/servemsx/hello/a").text == f"hi a {world.base}/servemsx/hello/"
    assert world.host.registry.get("hello").state == "running"
    assert world.get("/hello").status == 404
    assert world.get("/HELLO/").status == 404


def test_a_folders_name_is_taken_to_the_letter(world: World) -> None:
    world.write("plugins/TiVix/main.tengo", script())
    assert world.get("/TiVix/a").text == f"hi a {world.base}/TiVix/"
    assert world.get("/tivix/a").status == 404


def test_exact_paths_win_over_plugins_and_msx_is_reserved(world: World) -> None:
    world.write("plugins/msx/main.tengo", script())
    world.write("plugins/install/main.tengo", script())
    assert world.get("/msx/whatever").status == 404
    assert world.get("/install").status == 404
    assert world.get("/install/x").status == 200


def test_a_disabled_plugin_does_not_come_back(world: World) -> None:
    world.write("plugins/hello/main.tengo", script())
    assert world.get("/hello/").status == 200
    world.host.registry.disable("hello")
    assert world.get("/hello/").status == 404
    assert world.host.registry.get("hello").state == "disabled"


def test_head_has_the_length_and_no_body(world: World) -> None:
    whole = world.get("/settings")
    got = world.get("/settings", "HEAD")
    assert (got.status, got.body) == (200, b"")
    assert abs(int(got.headers["content-length"]) - len(whole.body)) < 10  # memory changes


def test_at_the_hosts_address_pages_have_an_origin_of_their_own(world: World) -> None:
    world.write("plugins/hello/main.tengo", script())
    world.write("plugins/hello/page.html", "<script>steal()</script>")
    world.write("video/page.html", "<script>steal()</script>")
    for path in ("/hello/page.html", "/msx/video/page.html", "/hello/"):
        policy = world.get(f"/servemsx{path}").headers["content-security-policy"]
        assert policy.startswith("sandbox ") and "allow-same-origin" not in policy
        assert "content-security-policy" not in world.get(path).headers
    assert "sandbox" not in world.get("/servemsx/").headers["content-security-policy"]


class SlowPlugins:
    """An application whose ``/slow…`` answer when let go, and its requests without a server.

    ``/other/`` and ``/slow/`` are plugins that run; no other name is one.
    """

    def __init__(self) -> None:
        self.let_go, self.asked = threading.Event(), threading.Semaphore(0)
        running = {"slow": "slow", "other": "other"}
        self._app = ServeMsxApp({}, {}, self._answer, running=running.get)

    def _answer(self, ask: Ask) -> Response:
        if ask.path.startswith("/slow"):
            self.asked.release()
            self.let_go.wait()
        return Response(ask.path)

    async def call(self, path: str) -> bytes:
        sent: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [],
            "raw_path": path.encode(),
            "root_path": "",
        }
        await self._app(scope, receive, send)
        return b"".join(sent)


def test_a_slow_plugin_keeps_no_other_waiting() -> None:
    plugins = SlowPlugins()

    async def everything() -> None:
        async with create_task_group() as group:
            for _ in range(THREADS * 2):
                group.start_soon(plugins.call, "/slow/")
            for _ in range(THREADS):
                await to_thread.run_sync(plugins.asked.acquire)
            try:
                with fail_after(30):
                    assert await plugins.call("/other/") == b"/other/"
            finally:
                plugins.let_go.set()

    run(everything)


def test_names_of_no_plugin_take_no_threads_of_their_own() -> None:
    plugins = SlowPlugins()

    async def everything() -> None:
        async with create_task_group() as group:
            for number in range(THREADS * 2):
                group.start_soon(plugins.call, f"/slow{number}/")
            for _ in range(THREADS):
                await to_thread.run_sync(plugins.asked.acquire)
            try:
                await sleep(0.2)
                assert not plugins.asked.acquire(blocking=False)
                with fail_after(30):
                    assert await plugins.call("/other/") == b"/other/"
            finally:
                plugins.let_go.set()

    run(everything)
