"""Watching over HTTP: several real clients, a provider that breaks, rows in a real database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from application_site import Site
from provider_of_streams import Behaviour, Provider, numbers


def account(name: str, *, max_streams: int = 0, url: str = "") -> Any:
    from apps.m3u.models import M3UAccount

    return M3UAccount.objects.create(name=name, max_streams=max_streams, server_url=url or None)


def channel(provider: Provider, *paths: str, name: str = "News", owner: Any = None) -> Any:
    from apps.channels.models import Channel, ChannelStream, Stream

    row = Channel.objects.create(name=name, channel_number=Channel.objects.count() + 1)
    for order, path in enumerate(paths):
        stream = Stream.objects.create(
            name=f"{name} {path}", url=provider.url + path, m3u_account=owner
        )
        ChannelStream.objects.create(channel=row, stream=stream, order=order)
    return row


def wait_until(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true")


class Viewer:
    """A player: a thread that reads whole packets until it has enough, or the end."""

    def __init__(self, site: Site, path: str, enough: int, headers: Any = None) -> None:
        self.data = b""
        self.status = 0
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._site, self._path, self._enough, self._headers = site, path, enough, headers
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        try:
            with (
                httpx2.Client(trust_env=False, timeout=20) as http,
                http.stream("GET", self._site.url + self._path, headers=self._headers) as answer,
            ):
                self.status = answer.status_code
                for piece in answer.iter_raw():
                    self.data += piece
                    if len(self.data) >= self._enough * 188 or self._stop.is_set():
                        return
        except Exception as error:
            self.error = error

    @property
    def packets(self) -> list[tuple[int, int]]:
        return numbers(self.data[: len(self.data) // 188 * 188])

    def join(self) -> Viewer:
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self

    def leave(self) -> Viewer:
        self._stop.set()
        return self.join()


def event_types() -> list[str]:
    from core.models import SystemEvent

    return list(SystemEvent.objects.order_by("pk").values_list("event_type", flat=True))


def test_many_players_one_connection(site: Site, provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()
    row = channel(provider, "/a")
    viewers = [Viewer(site, f"/proxy/ts/stream/{row.uuid}", 3000) for _ in range(5)]
    late = Viewer(site, f"/proxy/live/stream/{row.uuid}", 500)
    for viewer in [*viewers, late]:
        viewer.join()
        assert viewer.error is None and viewer.status == 200
        got = [number for _, number in viewer.packets]
        assert got == list(range(got[0], got[0] + len(got)))
    assert provider.opened["/a"] == 1 and provider.most == 1
    wait_until(lambda: not site.switchboard.sessions)
    wait_until(lambda: provider.open == 0)
    wait_until(lambda: event_types().count("client_disconnect") == 6)
    wait_until(lambda: "channel_stop" in event_types())
    types = event_types()
    assert types.count("client_connect") == 6
    assert types.count("channel_start") == types.count("channel_stop") == 1


def test_a_dying_provider_is_replaced_under_the_players(site: Site, provider: Provider) -> None:
    from core.models import SystemEvent

    provider.paths["/dying"] = Behaviour(stream=1, packets=700)
    provider.paths["/good"] = Behaviour(stream=2)
    row = channel(provider, "/dying", "/good")
    viewers = [Viewer(site, f"/proxy/ts/stream/{row.uuid}", 2500) for _ in range(3)]
    for viewer in viewers:
        viewer.join()
        assert viewer.error is None
        streams = list(dict.fromkeys(stream for stream, _ in viewer.packets))
        assert streams in ([1, 2], [2])
    assert any(stream == 1 for stream, _ in viewers[0].packets)
    wait_until(lambda: "channel_stop" in event_types())
    failover = SystemEvent.objects.get(event_type="channel_failover")
    assert failover.channel_name == "News" and str(failover.channel_id) == str(row.uuid)
    assert failover.details["stream_name"] == "News /good"
    assert "ended" in failover.details["reason"]


def test_status_while_it_plays_and_in_redis(site: Site, provider: Provider) -> None:
    from core.utils import RedisClient

    provider.paths["/a"] = Behaviour()
    owner = account("Provider", max_streams=2)
    row = channel(provider, "/a", owner=owner)
    viewer = Viewer(site, f"/proxy/ts/stream/{row.uuid}", 10**9, {"user-agent": "TestPlayer/1"})
    try:
        wait_until(lambda: len(viewer.data) > 188 * 200)
        answer = site.admin("GET", "/proxy/ts/status").json()
        assert answer["count"] == 1
        (one,) = answer["channels"]
        assert one["channel_id"] == str(row.uuid) and one["channel_name"] == "News"
        assert one["state"] == "active" and one["client_count"] == 1
        assert one["total_bytes"] > 0 and one["avg_bitrate_kbps"] > 0
        assert one["m3u_account"] == "Provider"
        assert one["clients"][0]["user_agent"] == "TestPlayer/1"
        single = site.admin("GET", f"/proxy/ts/status/{row.uuid}").json()
        assert single["stream_id"] == one["stream_id"]
        client = RedisClient.get_client()
        login = owner.profiles.get()
        for prefix in ("live:", "ts_proxy:"):
            key = f"{prefix}channel:{row.uuid}"
            wait_until(lambda key=key: client.hget(f"{key}:metadata", "stream_id"))
            meta = {_text(k): _text(v) for k, v in client.hgetall(f"{key}:metadata").items()}
            assert meta["stream_id"] == str(one["stream_id"]) and meta["state"] == "active"
            (member,) = client.smembers(f"{key}:clients")
            info = client.hgetall(f"{key}:clients:{_text(member)}")
            assert {_text(k) for k in info} >= {"ip_address", "user_agent", "connected_at"}
        wait_until(lambda: _text(client.get(f"profile_connections:{login.pk}") or "") == "1")
    finally:
        viewer.leave()
    wait_until(lambda: not client.exists(f"live:channel:{row.uuid}:metadata"))
    wait_until(lambda: not client.exists(f"profile_connections:{login.pk}"))
    assert site.admin("GET", f"/proxy/ts/status/{row.uuid}").status_code == 404


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_steering_is_for_administrators(site: Site, provider: Provider) -> None:
    row = channel(provider, "/a")
    for method, path in (
        ("GET", "/proxy/ts/status"),
        ("POST", f"/proxy/ts/stop/{row.uuid}"),
        ("POST", f"/proxy/ts/next_stream/{row.uuid}"),
        ("POST", f"/proxy/live/change_stream/{row.uuid}"),
    ):
        assert site.ask(method, path).status_code == 401
        assert site.ask(method, path, level=1).status_code == 403
        assert site.admin(method, path, json={"stream_id": 1}).status_code in (200, 404)


def test_change_next_and_stop(site: Site, provider: Provider) -> None:
    for number in (1, 2, 3):
        provider.paths[f"/{number}"] = Behaviour(stream=number)
    row = channel(provider, "/1", "/2", "/3")
    base = f"/proxy/ts/stream/{row.uuid}"
    viewer = Viewer(site, base, 10**9)

    def plays(number: int) -> Callable[[], bool]:
        return lambda: any(stream == number for stream, _ in viewer.packets[-50:])

    wait_until(plays(1))
    third = row.streams.get(name="News /3")
    answer = site.admin("POST", f"/proxy/ts/change_stream/{row.uuid}", json={"stream_id": third.pk})
    assert answer.status_code == 200 and answer.json()["stream_id"] == third.pk
    wait_until(plays(3))
    answer = site.admin("POST", f"/proxy/ts/next_stream/{row.uuid}")
    assert answer.json()["url"] == f"{provider.url}/1"
    wait_until(plays(1))
    answer = site.admin(
        "POST", f"/proxy/ts/change_stream/{row.uuid}", json={"url": f"{provider.url}/2"}
    )
    assert answer.status_code == 200
    wait_until(plays(2))
    wrong = site.admin("POST", f"/proxy/ts/change_stream/{row.uuid}", json={"stream_id": "x"})
    assert wrong.status_code == 400 and "stream_id" in wrong.json()
    unknown = site.admin("POST", f"/proxy/ts/change_stream/{row.uuid}", json={"stream_id": 10**6})
    assert unknown.status_code == 404
    assert "stream_switch" in event_types()
    assert site.admin("DELETE", f"/proxy/ts/stop/{row.uuid}").json()["status"] == "success"
    viewer.join()
    wait_until(lambda: not site.switchboard.sessions)
    assert site.admin("POST", f"/proxy/ts/stop/{row.uuid}").status_code == 404


def test_one_client_is_stopped_and_the_other_goes_on(site: Site, provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()
    row = channel(provider, "/a")
    first = Viewer(site, f"/proxy/ts/stream/{row.uuid}", 10**9, {"user-agent": "first"})
    wait_until(lambda: first.data)
    second = Viewer(site, f"/proxy/ts/stream/{row.uuid}", 10**9, {"user-agent": "second"})
    wait_until(lambda: second.data)
    clients = site.admin("GET", f"/proxy/ts/status/{row.uuid}").json()["clients"]
    key = next(c["client_id"] for c in clients if c["user_agent"] == "first")
    path = f"/proxy/ts/stop_client/{row.uuid}"
    assert site.admin("POST", path, json={}).status_code == 400
    assert site.admin("POST", path, json={"client_id": "nobody"}).status_code == 404
    assert site.admin("POST", path, json={"client_id": key}).status_code == 200
    first.join()
    so_far = len(second.data)
    wait_until(lambda: len(second.data) > so_far + 188 * 100)
    second.leave()


def test_connections_of_an_account_are_counted(site: Site, provider: Provider) -> None:
    provider.paths["/a"] = provider.paths["/b"] = Behaviour()
    owner = account("Small", max_streams=1)
    one = channel(provider, "/a", name="One", owner=owner)
    two = channel(provider, "/b", name="Two", owner=owner)
    viewer = Viewer(site, f"/proxy/ts/stream/{one.uuid}", 10**9)
    wait_until(lambda: viewer.data)
    refused = site.get(f"/proxy/ts/stream/{two.uuid}")
    assert refused.status_code == 503 and "in use" in refused.json()["error"]
    assert refused.headers["retry-after"]
    again = Viewer(site, f"/proxy/ts/stream/{one.uuid}", 100)  # the same channel: no new connection
    assert again.join().status == 200
    viewer.leave()
    wait_until(lambda: not site.switchboard.sessions)
    assert Viewer(site, f"/proxy/ts/stream/{two.uuid}", 100).join().status == 200


def test_the_next_login_is_used_when_the_first_is_full(site: Site, provider: Provider) -> None:
    from apps.m3u.models import M3UAccountProfile

    provider.paths["/user1/a"] = provider.paths["/user2/a"] = Behaviour()
    owner = account("Two logins", max_streams=1)
    M3UAccountProfile.objects.create(
        m3u_account=owner,
        name="second",
        max_streams=1,
        search_pattern="/user1/(.*)",
        replace_pattern="/user2/$1",
    )
    one = channel(provider, "/user1/a", name="One", owner=owner)
    two = channel(provider, "/user1/a", name="Two", owner=owner)
    first = Viewer(site, f"/proxy/ts/stream/{one.uuid}", 10**9)
    wait_until(lambda: first.data)
    assert Viewer(site, f"/proxy/ts/stream/{two.uuid}", 100).join().status == 200
    first.leave()
    assert provider.opened == {"/user1/a": 1, "/user2/a": 1}


def test_the_providers_see_the_user_agent_that_was_set(site: Site, provider: Provider) -> None:
    from core.models import UserAgent

    provider.paths["/a"] = Behaviour()
    owner = account("Provider")
    owner.user_agent = UserAgent.objects.create(name="Box", user_agent="SetTopBox/7")
    owner.save()
    row = channel(provider, "/a", owner=owner)
    Viewer(site, f"/proxy/ts/stream/{row.uuid}", 50).join()
    assert "user-agent: settopbox/7" in provider.paths["/a"].seen[0].lower()


def test_redirect_sends_the_player_to_the_provider(site: Site, provider: Provider) -> None:
    from core.models import StreamProfile

    row = channel(provider, "/a")
    row.stream_profile = StreamProfile.objects.get(name="Redirect", locked=True)
    row.save()
    answer = site.get(f"/proxy/ts/stream/{row.uuid}")
    assert answer.status_code == 302 and answer.headers["location"] == f"{provider.url}/a"
    assert provider.opened == {}


def test_a_program_reads_the_stream(site: Site, provider: Provider) -> None:
    from core.models import StreamProfile

    provider.paths["/a"] = Behaviour(stream=4)
    row = channel(provider, "/a")
    script = (
        "import sys,urllib.request as u;"
        "r=u.urlopen(u.Request(sys.argv[1],headers={'User-Agent':sys.argv[2]}));"
        "[sys.stdout.buffer.write(b) or sys.stdout.buffer.flush()"
        " for b in iter(lambda:r.read(18800),b'')]"
    )
    row.stream_profile = StreamProfile.objects.create(
        name="Script",
        command="python3",
        parameters=f'-c "{script}" {{streamUrl}} {{userAgent}}',
    )
    row.save()
    viewer = Viewer(site, f"/proxy/ts/stream/{row.uuid}", 1000).join()
    assert viewer.status == 200 and {stream for stream, _ in viewer.packets} == {4}
    wait_until(lambda: provider.open == 0)  # the program ended with the channel


@pytest.mark.parametrize(
    ("command", "said"),
    [("no-such-program-here", "not installed"), ("false", "ended with status 1")],
)
def test_a_program_that_fails_is_named(
    site: Site, provider: Provider, command: str, said: str
) -> None:
    from core.models import StreamProfile

    row = channel(provider, "/a")
    row.stream_profile = StreamProfile.objects.create(name="Broken", command=command)
    row.save()
    answer = site.get(f"/proxy/ts/stream/{row.uuid}")
    assert answer.status_code in (502, 503)
    assert said in answer.json()["error"] and command in answer.json()["error"]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour(status=403), "403"),
        (Behaviour(content_type="audio/x-mpegurl", packets=1), "no playlist"),
        (Behaviour(packets=0), "ended"),
        (Behaviour(packets=0, hang=True), "nothing came"),
    ],
)
def test_what_cannot_be_played_is_an_error_and_no_empty_stream(
    site: Site, provider: Provider, behaviour: Behaviour, said: str
) -> None:
    provider.paths["/a"] = behaviour
    row = channel(provider, "/a")
    answer = site.get(f"/proxy/ts/stream/{row.uuid}")
    assert answer.status_code == 502
    assert said in answer.json()["error"]
    wait_until(lambda: "channel_error" in event_types())


def test_who_may_watch_what(site: Site, provider: Provider) -> None:
    from apps.accounts.models import User

    provider.paths["/a"] = Behaviour()
    row = channel(provider, "/a")
    row.user_level = 1
    row.save()
    path = f"/proxy/ts/stream/{row.uuid}"
    assert site.get(path).status_code == 403
    assert site.get(path, level=0).status_code == 403
    assert site.ask("HEAD", path, level=1).status_code == 200
    assert site.ask("HEAD", path, level=1).headers["content-type"] == "video/mp2t"
    assert site.get("/proxy/ts/stream/11111111-1111-1111-1111-111111111111").status_code == 404
    assert site.get("/proxy/ts/stream/nonsense").status_code == 404
    assert site.get(path, level=None, address="203.0.113.4").status_code == 403
    user = User.objects.create_user("viewer", user_level=1, stream_limit=1)
    own = {"x-jackfield-user-id": str(user.pk), "x-jackfield-user-level": "1"}
    viewer = Viewer(site, path, 10**9, own)
    wait_until(lambda: viewer.data)
    refused = site.get(path, user=user)
    assert refused.status_code == 403 and "at once" in refused.json()["detail"]
    viewer.leave()


def test_an_administrator_tries_a_stream_by_its_hash(site: Site, provider: Provider) -> None:
    from apps.channels.models import Stream

    provider.paths["/a"] = Behaviour()
    stream = Stream.objects.create(name="lone", url=provider.url + "/a", stream_hash="abc123")
    Stream.objects.filter(pk=stream.pk).update(stream_hash="abc123")
    assert site.get("/proxy/ts/stream/abc123").status_code == 404
    viewer = Viewer(
        site,
        "/proxy/ts/stream/abc123",
        50,
        {"x-jackfield-user-id": "1", "x-jackfield-user-level": "10"},
    ).join()
    assert viewer.status == 200


def test_inactive_accounts_and_expired_logins_are_passed_over(
    site: Site, provider: Provider
) -> None:
    from datetime import UTC, datetime

    provider.paths["/b"] = Behaviour()
    off, expired = account("Off"), account("Expired")
    off.is_active = False
    off.save()
    expired.profiles.update(exp_date=datetime(2020, 1, 1, tzinfo=UTC))
    from apps.channels.models import Channel, ChannelStream, Stream

    row = Channel.objects.create(name="Mixed")
    for order, (path, owner) in enumerate((("/off", off), ("/exp", expired), ("/b", None))):
        stream = Stream.objects.create(name=path, url=provider.url + path, m3u_account=owner)
        ChannelStream.objects.create(channel=row, stream=stream, order=order)
    assert Viewer(site, f"/proxy/ts/stream/{row.uuid}", 50).join().status == 200
    assert provider.opened == {"/b": 1}
