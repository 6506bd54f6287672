"""The Xtream client against a server on this machine."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


class Provider(http.server.ThreadingHTTPServer):
    """A server with one login, whose answers a test chooses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str | None, Any] = {None: {"user_info": {"auth": 1}, "server_info": {}}}
        self.asked: list[dict[str, str]] = []
        self.agents: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        self.server.agents.append(self.headers["User-Agent"])
        answer = self.server.answers.get(query.get("action"), [])
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(provider: Provider) -> Iterator[Any]:
    from core.xtream_codes import Client

    with Client(provider.url + "/", "me", "s&cret/1", "TV/1") as client:
        yield client


def error() -> Any:
    from core.xtream_codes import XtreamError

    return XtreamError


class TestAsking:
    def test_login(self, provider: Provider, client: Any) -> None:
        assert client.authenticate()["user_info"] == {"auth": 1}
        assert provider.asked == [{"username": "me", "password": "s&cret/1"}]
        assert provider.agents == ["TV/1"]
        assert client.get_account_info() == client.server_info

    def test_an_agent_may_be_a_row(self, provider: Provider) -> None:
        from core.models import UserAgent
        from core.xtream_codes import Client

        with Client(provider.url, "me", "x", UserAgent.objects.get()) as client:
            client.authenticate()
        assert provider.agents[0].startswith("VLC/")

    @pytest.mark.parametrize(
        ("method", "action"),
        [
            ("get_live_categories", "get_live_categories"),
            ("get_all_live_streams", "get_live_streams"),
            ("get_vod_categories", "get_vod_categories"),
            ("get_vod_streams", "get_vod_streams"),
            ("get_series_categories", "get_series_categories"),
            ("get_series", "get_series"),
        ],
    )
    def test_lists(self, provider: Provider, client: Any, method: str, action: str) -> None:
        provider.answers[action] = [{"id": 1}, "junk", {"id": 2}]
        assert getattr(client, method)() == [{"id": 1}, {"id": 2}]
        assert "category_id" not in provider.asked[0]

    def test_a_list_with_numbers_for_keys(self, provider: Provider, client: Any) -> None:
        provider.answers["get_live_streams"] = {"0": {"id": 1}, "1": {"id": 2}}
        assert client.get_live_category_streams(5) == [{"id": 1}, {"id": 2}]
        assert provider.asked[0]["category_id"] == "5"

    def test_one_thing(self, provider: Provider, client: Any) -> None:
        provider.answers["get_series_info"] = {"episodes": {}}
        assert client.get_series_info(3) == {"episodes": {}}
        assert provider.asked[0]["series_id"] == "3"
        assert client.get_vod_info(4) == {}  # answered with an empty list


class TestUrls:
    def test_of_streams(self, provider: Provider, client: Any) -> None:
        base = provider.url
        assert client.get_stream_url(7) == f"{base}/live/me/s%26cret%2F1/7.ts"
        assert client.get_vod_stream_url(7, "mkv") == f"{base}/movie/me/s%26cret%2F1/7.mkv"
        assert client.get_episode_stream_url(7) == f"{base}/series/me/s%26cret%2F1/7.mp4"

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("http://tv:8080/", "http://tv:8080"),
            (" tv:8080 ", "http://tv:8080"),
            ("https://tv/xc/player_api.php?username=a&password=b", "https://tv/xc"),
            ("http://tv/get.php?x=1#y", "http://tv"),
        ],
    )
    def test_of_the_server(self, given: str, kept: str) -> None:
        from core.xtream_codes import normalised

        assert normalised(given) == kept

    @pytest.mark.parametrize("given", ["", "ftp://tv", "http://", "file:///etc/passwd"])
    def test_that_are_none(self, given: str) -> None:
        from core.xtream_codes import normalised

        with pytest.raises(error(), match="is no http or https address"):
            normalised(given)


class TestFaults:
    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ((403, b"no"), "answered 403 Forbidden"),
            (b"<html>", "is no JSON; it begins with '<html>'"),
            (17, "expected an array, found 17"),
            ({"user_info": {"auth": 0}}, "expected an array, found"),
        ],
    )
    def test_nonsense(self, provider: Provider, client: Any, answer: Any, words: str) -> None:
        provider.answers["get_live_streams"] = answer
        with pytest.raises(error(), match=words) as caught:
            client.get_all_live_streams()
        assert f"127.0.0.1:{provider.server_port}" in str(caught.value)

    @pytest.mark.parametrize("answer", [{"user_info": {"auth": 0}}, {}, [], {"user_info": []}])
    def test_a_login_that_is_unknown(self, provider: Provider, client: Any, answer: Any) -> None:
        provider.answers[None] = answer
        with pytest.raises(error(), match=r"does not accept the user name|is no Xtream server"):
            client.authenticate()

    def test_nobody_there_tells_no_password(self, provider: Provider, client: Any) -> None:
        from core.xtream_codes import Client

        with (
            Client("http://127.0.0.1:1", "me", "s3cret") as lonely,
            pytest.raises(error()) as caught,
        ):
            lonely.get_vod_categories()
        assert "action=get_vod_categories: cannot be reached: connection refused" in str(
            caught.value
        )
        assert "s3cret" not in str(caught.value)
        assert caught.value.__suppress_context__

    def test_a_server_that_says_nothing(self) -> None:
        import socket

        from core.xtream_codes import Client

        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with (
                Client(url, "me", "x", timeout=(1, 0.1)) as client,
                pytest.raises(error(), match=r"nothing came for 0\.1 seconds"),
            ):
                client.authenticate()
