from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from jackfield.errors import InvalidInput, Unavailable
from jackfield.services import outgoing_notices
from jackfield.services.fetch import FetchRequest, FetchResponse
from jackfield.services.guarded_fetch import GuardedFetch
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import MemoryKeyValue
from jackfield.services.notifications import BrowserPush, FediverseNotice
from jackfield.services.outgoing_notices import OutgoingNotices
from jackfield.services.rate_limits import RateLimited
from services.receiver import Receiver, receiving


@pytest.fixture
def receiver():
    with receiving() as server:
        yield server


@pytest.fixture
def notices():
    fetch = GuardedFetch()
    made = OutgoingNotices(HostSettings(MemoryKeyValue()), fetch)
    yield made
    made.close()
    fetch.close()


def wait_until(done: Any) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_text_goes_to_discord(notices: OutgoingNotices, receiver: Receiver) -> None:
    notices.change({"discord": f"{receiver.base}/hook/1", "local": True})
    notices.discord("bot", "We are live @everyone")
    assert receiver.wait_for(1) == [
        {"content": "We are live @everyone", "allowed_mentions": {"parse": []}}
    ]
    assert receiver.seen[0][0] == "/hook/1"
    wait_until(lambda: notices.sent == 1)


def test_a_long_text_is_cut_to_what_discord_takes(
    notices: OutgoingNotices, receiver: Receiver
) -> None:
    notices.change({"discord": receiver.base, "local": True})
    notices.discord("bot", "x" * 3000)
    assert receiver.wait_for(1)[0]["content"] == "x" * 2000


def test_the_rest_goes_to_the_webhook(notices: OutgoingNotices, receiver: Receiver) -> None:
    notices.change({"webhook": receiver.base, "local": True})
    notices.browser_push("bot", BrowserPush(title="Live", url="/"))
    notices.fediverse("bot", FediverseNotice(type="live", body="Now"))
    assert receiver.wait_for(2) == [
        {"kind": "browserPush", "plugin": "bot", "notice": {"title": "Live", "url": "/"}},
        {"kind": "fediverse", "plugin": "bot", "notice": {"type": "live", "body": "Now"}},
    ]


def test_without_an_address_the_plugin_is_told(notices: OutgoingNotices) -> None:
    with pytest.raises(Unavailable, match="no Discord webhook"):
        notices.discord("bot", "x")
    with pytest.raises(Unavailable, match="no webhook that takes browserPush"):
        notices.browser_push("bot", BrowserPush(title="x"))
    with pytest.raises(Unavailable, match="no webhook that takes fediverse"):
        notices.fediverse("bot", FediverseNotice(body="x"))


def test_private_addresses_only_where_the_operator_says_so(
    notices: OutgoingNotices, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    notices.change({"discord": f"{receiver.base}/secret-part"})
    notices.discord("bot", "x")
    wait_until(lambda: notices.failed == 1)
    assert receiver.seen == []
    assert "was not sent" in caplog.text
    assert "secret-part" not in caplog.text


def test_a_refusal_is_logged_and_the_next_goes_out(
    notices: OutgoingNotices, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    notices.change({"discord": receiver.base, "local": True})
    receiver.status = 404
    notices.discord("bot", "1")
    wait_until(lambda: notices.failed == 1)
    assert "answered 404" in caplog.text
    receiver.status = 204
    notices.discord("bot", "2")
    wait_until(lambda: notices.sent == 1)


def test_a_plugin_cannot_flood(
    notices: OutgoingNotices, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices.change({"discord": receiver.base, "local": True})
    for _ in range(10):
        notices.discord("bot", "x")
    with pytest.raises(RateLimited):
        notices.discord("bot", "x")
    notices.discord("other", "y")
    assert len(receiver.wait_for(11)) == 11


class Stuck:
    """A way out that does not answer until it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()

    def fetch(self, slug: str, request: FetchRequest, hosts: Any, *, local: bool) -> FetchResponse:
        self.asked.set()
        assert self.go.wait(10)
        return FetchResponse(204)


def test_a_receiver_that_hangs_blocks_no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_notices, "WAITING", 2)
    fetch = Stuck()
    notices = OutgoingNotices(HostSettings(MemoryKeyValue()), fetch)
    notices.change({"discord": "https://discord.example/x"})
    notices.discord("bot", "is sent")
    assert fetch.asked.wait(10)
    notices.discord("bot", "waits")
    notices.discord("bot", "waits")
    with pytest.raises(RateLimited, match="too many notices wait"):
        notices.discord("bot", "is refused")
    fetch.go.set()
    notices.close()
    with pytest.raises(Unavailable, match="the host stops"):
        notices.discord("other", "x")


@pytest.mark.parametrize(
    "changes", [{"discord": "x"}, {"webhook": "ftp://x"}, {"webhook": 5}, {"slack": "https://x"}]
)
def test_what_is_no_address(notices: OutgoingNotices, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        notices.change(changes)
