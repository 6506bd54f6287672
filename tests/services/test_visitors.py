from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from jackfield.services.accounts import Accounts
from jackfield.services.users import ADMIN
from jackfield.services.visitors import NOBODY, TokenVisitors, is_host_token, token_in
from jackfield.store import Database


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    with Database() as database:
        yield Accounts(database)


def basic(password: str, name: str = "any") -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        (basic("abc"), "abc"),
        (basic("a:b"), "a:b"),
        ("Basic !!!", ""),
        ("Basic /w==", ""),
        ("Digest abc", ""),
        ("", ""),
    ],
)
def test_the_secret_in_a_header(header: str, expected: str) -> None:
    assert token_in(header) == expected


def test_a_person_is_recognised_in_three_ways(accounts: Accounts) -> None:
    user, secret = accounts.register("ann")
    visitors = TokenVisitors(accounts)
    for headers, token in (
        ({"authorization": f"Bearer {secret}"}, ""),
        ({"authorization": basic(secret)}, ""),
        ({}, secret),
        ({"authorization": "Bearer wrong"}, secret),
    ):
        visitor = visitors.identify(headers, token)
        assert visitor.user is not None
        assert (visitor.user.id, visitor.admin) == (user.id, False)


def test_a_programs_token_is_an_operator_without_a_name(accounts: Accounts) -> None:
    _, secret = accounts.tokens.create("script", (ADMIN,))
    _, lesser = accounts.tokens.create("reader", ())
    visitors = TokenVisitors(accounts)
    operator = visitors.identify({"authorization": basic(secret)})
    assert (operator.user, operator.admin) == (None, True)
    assert not visitors.identify({"authorization": f"Bearer {lesser}"}).admin


def test_strangers_and_the_banned_are_nobody(accounts: Accounts) -> None:
    user, secret = accounts.register("ann")
    visitors = TokenVisitors(accounts)
    assert visitors.identify({}) is NOBODY
    assert visitors.identify({"authorization": "Bearer wrong"}, "wrong") is NOBODY
    accounts.set_enabled(user.id, False, "spam")
    assert visitors.identify({}, secret) is NOBODY


def test_tokens_of_a_host_are_told_apart(accounts: Accounts) -> None:
    _, secret = accounts.register("ann")
    _, program = accounts.tokens.create("script")
    assert is_host_token(secret)
    assert is_host_token(program)
    assert not is_host_token("ghp_something")
    assert not is_host_token("")
