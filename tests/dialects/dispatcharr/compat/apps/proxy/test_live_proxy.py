"""The proxy as plugins reach it: what it asks the application, and what it makes of the answer."""

from __future__ import annotations

import http.server
import socketserver
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PLAYS = {"state": "active", "owner": "application", "client_count": 2, "url": "http://tv/1"}


@pytest.fixture(params=["live_proxy", "ts_proxy"])
def service(request: pytest.FixtureRequest, django_env: Any) -> Any:
    """``ChannelService`` under both names."""
    import importlib

    return importlib.import_module(
        f"apps.proxy.{request.param}.services.channel_service"
    ).ChannelService


class Application:
    """Answers what the application's process answers, and keeps what was asked."""

    def __init__(self, host: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.plays = True
        for method in ("status", "stop", "stop_client", "change", "next"):
            host.answers[f"stream.{method}"] = self._answer(method)

    def _answer(self, method: str) -> Any:
        def answer(**params: Any) -> Any:
            self.asked.append((method, params))
            if not self.plays:
                raise LookupError(f"channel {params['channel']} is not playing")
            return PLAYS if method == "status" else {"status": "success"}

        return answer


@pytest.fixture
def application(host_beside: Any) -> Application:
    return Application(host_beside)


def channel(**fields: Any) -> Any:
    from apps.channels.models import Channel, Stream

    row = Channel.objects.create(name="One", **fields)
    row.streams.add(Stream.objects.create(name="a", url="http://tv/a"))
    row.streams.add(
        Stream.objects.create(name="b", url="http://tv/b"), through_defaults={"order": 1}
    )
    return row


class TestChannelService:
    def test_stop(self, service: Any, application: Application) -> None:
        identity = uuid.uuid4()
        assert service.stop_channel(identity) == {"status": "success"}
        assert service.stop_client(identity, "c1") == {"status": "success"}
        assert application.asked == [
            ("stop", {"channel": str(identity)}),
            ("stop_client", {"channel": str(identity), "client": "c1"}),
        ]

    def test_change(self, service: Any, application: Application) -> None:
        service.change_stream_url("u", target_stream_id=4, m3u_profile_id=1)
        service.change_stream_url("u", "http://tv/x", "TV/1")
        service.next_stream("u")
        assert application.asked == [
            ("change", {"channel": "u", "stream_id": 4, "url": "", "user_agent": ""}),
            (
                "change",
                {"channel": "u", "stream_id": None, "url": "http://tv/x", "user_agent": "TV/1"},
            ),
            ("next", {"channel": "u"}),
        ]

    def test_change_to_nothing(self, service: Any, application: Application) -> None:
        assert service.change_stream_url("u")["status"] == "error"
        assert application.asked == []

    def test_state(self, service: Any, application: Application) -> None:
        assert service.validate_channel_state("u") == (True, "active", "application", PLAYS)

    def test_a_channel_that_does_not_play(self, service: Any, application: Application) -> None:
        application.plays = False
        answer = service.stop_channel("u")
        assert answer == {
            "status": "error",
            "message": "LookupError: channel u is not playing",
        }
        assert service.validate_channel_state("u") == (False, None, None, answer)

    def test_without_a_host(self, service: Any) -> None:
        answer = service.stop_channel("u")
        assert answer["status"] == "error"
        assert "was not started by a Jackfield host" in answer["message"]

    def test_initialize_a_channel_that_plays(self, service: Any, application: Application) -> None:
        assert service.initialize_channel("u", "http://tv/x", "TV/1", stream_id=3) is True
        assert application.asked[-1][0] == "change"
        assert application.asked[-1][1]["stream_id"] == 3

    def test_initialize_one_that_can_be_watched(
        self, service: Any, application: Application
    ) -> None:
        application.plays = False
        assert service.initialize_channel(str(channel().uuid), "http://tv/x") is True
        assert service.initialize_channel(str(uuid.uuid4()), "http://tv/x") is False


class TestChannelStatus:
    def test_of_one_that_plays_and_one_that_does_not(self, application: Application) -> None:
        from apps.proxy.ts_proxy.channel_status import ChannelStatus

        assert ChannelStatus.get_basic_channel_info("u") == PLAYS
        assert ChannelStatus.get_detailed_channel_info("u") == PLAYS
        application.plays = False
        assert ChannelStatus.get_basic_channel_info("u") is None


class TestUrls:
    def test_the_best_stream(self, django_env: Any) -> None:
        from apps.proxy.live_proxy.url_utils import get_stream_info_for_switch

        row = channel()
        info = get_stream_info_for_switch(str(row.uuid))
        assert info["url"] == "http://tv/a"
        assert info["transcode"] is False
        assert info["user_agent"].startswith("VLC/")
        other = row.streams.get(name="b")
        assert get_stream_info_for_switch(row.uuid, other.pk)["url"] == "http://tv/b"

    def test_the_others(self, django_env: Any) -> None:
        from apps.proxy.live_proxy.url_utils import get_alternate_streams

        row = channel()
        first = row.streams.get(name="a")
        assert [s["stream_name"] for s in get_alternate_streams(row.uuid, first.pk)] == ["b"]
        assert get_alternate_streams(uuid.uuid4()) == []

    @pytest.mark.parametrize("identity", [uuid.UUID(int=0), "junk", 7, None])
    def test_no_such_channel(self, django_env: Any, identity: Any) -> None:
        from apps.proxy.live_proxy.url_utils import get_stream_info_for_switch

        assert "there is no channel" in get_stream_info_for_switch(identity)["error"]

    def test_a_channel_without_streams(self, django_env: Any) -> None:
        from apps.channels.models import Channel
        from apps.proxy.live_proxy.url_utils import get_stream_info_for_switch

        row = Channel.objects.create(name="Empty")
        assert "Empty has no stream" in get_stream_info_for_switch(row.uuid)["error"]

    def test_an_address_as_a_login_has_it(self, django_env: Any) -> None:
        from apps.proxy.live_proxy.url_utils import transform_url
        from apps.proxy.ts_proxy.url_utils import transform_url as older

        assert older is transform_url
        assert transform_url("http://tv/me/1", "^(.*)/me/(.*)$", "$1/you/$2") == "http://tv/you/1"


class TestProxyServer:
    def test_is_one(self, django_env: Any) -> None:
        from apps.proxy.live_proxy.server import ProxyServer
        from apps.proxy.ts_proxy.server import ProxyServer as Older

        assert Older.get_instance() is ProxyServer.get_instance()

    def test_managers_of_clients(self, application: Application) -> None:
        from apps.proxy.live_proxy.server import ProxyServer

        managers = ProxyServer.get_instance().client_managers
        identity = str(channel().uuid)
        assert managers.get("nobody") is None
        assert identity in managers
        assert managers[identity].add_client("c", "127.0.0.1", user_agent="x") == 2
        assert managers[identity].remove_client("c") == 2
        assert ("stop_client", {"channel": identity, "client": "c"}) in application.asked
        with pytest.raises(KeyError):
            managers["nobody"]

    def test_stop(self, application: Application) -> None:
        from apps.proxy.ts_proxy.server import ProxyServer

        proxy = ProxyServer.get_instance()
        assert proxy.check_if_channel_exists("u")
        assert proxy.stop_channel(uuid.uuid4()) is True
        application.plays = False
        assert not proxy.check_if_channel_exists("u")
        assert proxy.stop_channel("u") is False

    def test_redis(self, django_env: Any) -> None:
        from apps.proxy.live_proxy.server import ProxyServer
        from core.utils import RedisClient

        assert ProxyServer.get_instance().redis_client is RedisClient.get_client()


class TestRedisKeys:
    @pytest.mark.parametrize(
        ("package", "prefix"), [("live_proxy", "live"), ("ts_proxy", "ts_proxy")]
    )
    def test_are_those_that_the_application_writes(
        self, django_env: Any, package: str, prefix: str
    ) -> None:
        import importlib

        from jackfield.dialects.dispatcharr.application.stream.statistics import PREFIXES

        keys = importlib.import_module(f"apps.proxy.{package}.redis_keys").RedisKeys
        assert keys.PREFIX in PREFIXES
        assert keys.channel_metadata("u") == f"{prefix}:channel:u:metadata"
        assert keys.clients("u") == f"{prefix}:channel:u:clients"
        assert keys.client_metadata("u", "c") == f"{prefix}:channel:u:clients:c"
        assert keys.client_stop("u", "c") == f"{prefix}:channel:u:client:c:stop"
        for name in ("channel_stopping", "channel_owner", "buffer_index", "last_data"):
            assert getattr(keys, name)("u").startswith(f"{prefix}:channel:u:")


class TestConfig:
    def test_settings_of_the_proxy(self, django_env: Any) -> None:
        from apps.proxy.config import TSConfig
        from core.models import CoreSettings

        assert TSConfig.get_proxy_settings()["channel_init_grace_period"] == 5
        CoreSettings.objects.create(key="proxy_settings", value={"buffering_timeout": 2})
        assert TSConfig.get_buffering_timeout() == 2
        assert TSConfig.get_channel_shutdown_delay() == 0
        assert TSConfig.get_channel_init_grace_period() == 5
        assert TSConfig.FAILOVER_GRACE_PERIOD == 20


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    asked: list[tuple[str, dict[str, str]]]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        missing = self.path.endswith("/missing")
        self.send_response(404 if missing else 200)
        self.end_headers()
        self.wfile.write(b'{"detail": "no such channel"}' if missing else b"G" * 188 * 100)

    def address_string(self) -> str:
        return "local"

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def served(django_env: Any) -> Iterator[_Server]:
    """An application's socket in the home folder that streams 100 packets."""
    path = Path(django_env.home) / "application.sock"
    server = _Server(str(path), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    path.unlink()


class TestStreamGenerator:
    def generator(self, identity: str) -> Any:
        from apps.proxy.live_proxy.output.ts.generator import StreamGenerator

        return StreamGenerator(identity, "c1", "10.0.0.1", "TV/1", channel_initializing=True)

    def test_gives_the_stream(self, served: _Server) -> None:
        assert b"".join(self.generator("u").generate()) == b"G" * 188 * 100
        path, headers = served.asked[0]
        assert path == "/proxy/ts/stream/u"
        assert headers["user-agent"] == "TV/1"
        assert headers["x-forwarded-for"] == "10.0.0.1"

    def test_can_be_left(self, served: _Server) -> None:
        stream = self.generator("u").generate()
        assert next(stream).startswith(b"G")
        stream.close()

    def test_says_why_not(self, served: _Server) -> None:
        with pytest.raises(RuntimeError, match=r"channel missing: 404 .*no such channel"):
            next(self.generator("missing").generate())

    def test_nobody_there(self, django_env: Any) -> None:
        with pytest.raises(OSError, match="No such file"):
            next(self.generator("u").generate())
