from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield.errors import InvalidInput, Unavailable
from jackfield.services.fediverse_account import FediverseAccount
from jackfield.services.fetch import FetchRefused
from jackfield.services.guarded_fetch import GuardedFetch
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import MemoryKeyValue
from jackfield.services.rate_limits import RateLimited
from services.receiver import Receiver, receiving


@pytest.fixture
def receiver():
    with receiving() as server:
        server.status = 200
        server.answer = json.dumps({"id": "1", "url": "https://x.example/@me/1"}).encode()
        yield server


@pytest.fixture
def account():
    fetch = GuardedFetch()
    yield FediverseAccount(HostSettings(MemoryKeyValue()), fetch)
    fetch.close()


def use(account: FediverseAccount, receiver: Receiver) -> None:
    account.change({"instance": f"{receiver.base}/", "accessToken": "secret", "local": True})


def test_a_post_is_published_as_the_account(account: FediverseAccount, receiver: Receiver) -> None:
    use(account, receiver)
    account.change({"visibility": "unlisted"})
    assert account.post("bot", "We are live") == "https://x.example/@me/1"
    ((path, headers, body),) = receiver.seen
    assert path == "/api/v1/statuses"
    assert headers["authorization"] == "Bearer secret"
    assert body == {"status": "We are live", "visibility": "unlisted"}


def test_an_answer_without_an_address_gives_an_empty_one(
    account: FediverseAccount, receiver: Receiver
) -> None:
    use(account, receiver)
    receiver.answer = b"<html>"
    assert account.post("bot", "x") == ""


def test_a_refusal_is_told(account: FediverseAccount, receiver: Receiver) -> None:
    use(account, receiver)
    receiver.status = 401
    with pytest.raises(FetchRefused, match="answered 401"):
        account.post("bot", "x")


def test_five_posts_an_hour(account: FediverseAccount, receiver: Receiver) -> None:
    use(account, receiver)
    for _ in range(5):
        account.post("bot", "x")
    with pytest.raises(RateLimited):
        account.post("bot", "x")
    assert account.post("other", "x")


def test_without_an_account(account: FediverseAccount) -> None:
    with pytest.raises(Unavailable, match="no Fediverse account"):
        account.post("bot", "x")


def test_an_empty_post_is_none(account: FediverseAccount, receiver: Receiver) -> None:
    use(account, receiver)
    with pytest.raises(InvalidInput, match="is empty"):
        account.post("bot", "  ")
    assert receiver.seen == []


@pytest.mark.parametrize(
    "changes",
    [{"instance": "mastodon.example"}, {"instance": 5}, {"visibility": "all"}, {"token": "x"}],
)
def test_what_is_no_account(account: FediverseAccount, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        account.change(changes)
