from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.stream.selection import (
    DatabaseChooser,
    logins_of,
    rewritten,
    sources_of_channel,
    sources_of_stream,
)
from jackfield.dialects.dispatcharr.application.stream.session import Channel
from jackfield.dialects.dispatcharr.application.stream.source import StreamError
from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.errors import NotFound


@pytest.mark.parametrize(
    ("url", "search", "replace", "expected"),
    [
        ("http://a/u1/p1/5.ts", "^(.*)$", "$1", "http://a/u1/p1/5.ts"),
        ("http://a/u1/p1/5.ts", "/u1/p1/", "/u2/p2/", "http://a/u2/p2/5.ts"),
        ("http://a/u1/5.ts", r"//([^/]+)/u1/(\d+)", "//b.$1/u2/$2", "http://b.a/u2/5.ts"),
        ("http://a/u1/5.ts", r"//([^/]+)/u1", r"//\1/u2", "http://a/u2/5.ts"),
        ("http://a/5", r"(?P<host>//a)", "$<host>b", "http://ab/5"),
        ("http://a/5", "a", "$&$&", "http://aa/5"),
        ("http://a/5", "a", "$$1", "http://$1/5"),
        ("http://a/5", "a", "$9", "http://$9/5"),
        ("http://a/a", "a", "b", "http://b/a"),
        ("http://a/5", "nothing", "x", "http://a/5"),
        ("http://a/5", "(((", "x", "http://a/5"),
        ("http://a/5", "", "x", "http://a/5"),
    ],
)
def test_a_login_has_addresses_of_its_own(
    url: str, search: str, replace: str, expected: str
) -> None:
    assert rewritten(url, search, replace) == expected


@given(st.text(), st.text(max_size=8), st.text(max_size=8))
def test_no_pattern_breaks_anything(url: str, search: str, replace: str) -> None:
    assert isinstance(rewritten(url, search, replace), str)


def make(name: str = "Provider", **values: Any) -> Any:
    from apps.m3u.models import M3UAccount

    return M3UAccount.objects.create(name=name, server_url="http://x", **values)


def test_logins_in_order_and_only_those_that_are_good(django_env: Environment) -> None:
    account = make(max_streams=3)
    for name, values in (
        ("second", {"max_streams": 2}),
        ("off", {"is_active": False}),
        ("over", {"exp_date": datetime(2020, 1, 1, tzinfo=UTC)}),
    ):
        account.profiles.create(name=name, search_pattern="a", replace_pattern="b", **values)
    found = logins_of(account, "http://a/")
    assert [(login.name, slots, url) for login, slots, url in found] == [
        ("Provider Default", 3, "http://a/"),
        ("second", 2, "http://b/"),
    ]
    assert logins_of(None, "http://a/") == [(None, 0, "http://a/")]
    account.profiles.all().delete()
    assert logins_of(account, "u") == [(None, 0, "u")]


def test_the_tighter_of_account_and_default_login_counts(django_env: Environment) -> None:
    account = make(max_streams=5)
    account.profiles.update(max_streams=2)
    assert logins_of(account, "u")[0][1] == 2
    account.profiles.update(max_streams=9)
    assert logins_of(account, "u")[0][1] == 5


@pytest.fixture
def channel(django_env: Environment) -> Any:
    from apps.channels.models import Channel as Row
    from apps.channels.models import ChannelStream, Stream

    row = Row.objects.create(name="News")
    account = make(max_streams=1)
    for order, path in ((1, "b"), (0, "a"), (2, "")):
        stream = Stream.objects.create(
            name=f"s{path}", url=f"http://x/{path}" if path else None, m3u_account=account
        )
        ChannelStream.objects.create(channel=row, stream=stream, order=order)
    return row


def test_streams_in_the_channels_order(channel: Any) -> None:
    assert [source.url for source in sources_of_channel(channel.pk)] == ["http://x/a", "http://x/b"]
    assert sources_of_channel(0) == [] and sources_of_stream(0) == []


def test_how_a_stream_is_read_is_asked_of_channel_stream_account_default(channel: Any) -> None:
    from apps.channels.models import Stream
    from apps.m3u.models import M3UAccount
    from core.models import StreamProfile, UserAgent

    def profile() -> str:
        return sources_of_channel(channel.pk)[0].profile

    assert profile() == "Proxy"
    agent = UserAgent.objects.create(name="Box", user_agent="Box 1")
    rows = {
        name: StreamProfile.objects.create(
            name=name, command="ff", parameters="-ua {userAgent} -i {streamUrl}", user_agent=agent
        )
        for name in ("of account", "of stream", "of channel")
    }
    M3UAccount.objects.filter(name="Provider").update(stream_profile=rows["of account"])
    assert profile() == "of account"
    Stream.objects.filter(name="sa").update(stream_profile=rows["of stream"])
    assert profile() == "of stream"
    channel.stream_profile = rows["of channel"]
    channel.save()
    source = sources_of_channel(channel.pk)[0]
    assert source.kind == "command" and source.profile == "of channel"
    assert source.command == ("ff", "-ua", "Box 1", "-i", "http://x/a")
    channel.stream_profile = StreamProfile.objects.get(name="Redirect", locked=True)
    channel.save()
    assert sources_of_channel(channel.pk)[0].kind == "redirect"


def test_connections_are_taken_and_given_back(channel: Any) -> None:
    chooser = DatabaseChooser()
    one = Channel(channel.pk, str(channel.uuid), "News")

    async def scenario() -> None:
        first = await chooser.choose(one, frozenset())
        assert first is not None and first.stream_name == "sa"
        assert chooser.connections() == {first.slot: 1}
        with pytest.raises(StreamError, match="Provider Default is in use"):
            await chooser.choose(one, frozenset())
        chooser.release(first)
        assert chooser.connections() == {}
        second = await chooser.choose(one, frozenset([first.key]))
        assert second is not None and second.stream_name == "sb"
        assert await chooser.choose(one, frozenset([first.key, second.key])) is None
        with pytest.raises(StreamError, match="in use"):
            await chooser.choose_stream(one, first.stream_id)
        chooser.release(second)
        chooser.release(second)  # once too often is not less than none
        named = await chooser.choose_stream(one, first.stream_id)
        assert named.key == first.key
        with pytest.raises(NotFound):
            await chooser.choose_stream(one, 10**6)

    asyncio.run(scenario())
