from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.site import people
from jackfield.dialects.dispatcharr.site.people import People
from jackfield.dialects.dispatcharr.site.tokens import Who
from jackfield.errors import Unavailable
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.accounts import Accounts
from jackfield.store import Database


class Asked:
    """An application process that gives one answer."""

    def __init__(self, status: int, found: Any = None, is_up: bool = True) -> None:
        self.is_up = is_up
        self.answer = status, found
        self.questions: list[Any] = []

    async def ask(self, path: str, body: object) -> tuple[int, object]:
        self.questions.append(body)
        return self.answer


ANN = {"id": 1, "username": "ann", "level": 10}


def test_without_accounts_of_its_own_the_host_knows_nobody() -> None:
    asked = Asked(200, ANN)
    someone = People(ServiceTable(), asked)
    assert asyncio.run(someone.log_in("a", "jfa_x")) is None
    assert asyncio.run(someone.by_key("jfa_x")) is None
    assert not asked.questions


def test_a_good_key_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(200, ANN)
    someone = People(ServiceTable(), asked)
    for _ in range(3):
        assert asyncio.run(someone.by_key("key")) == Who(1, "ann", 10)
    assert len(asked.questions) == 1
    monkeypatch.setattr(people, "REMEMBERED_S", -1.0)
    asyncio.run(someone.by_key("other"))
    asyncio.run(someone.by_key("other"))
    assert len(asked.questions) == 3


def test_a_bad_key_is_asked_for_each_time() -> None:
    asked = Asked(401)
    someone = People(ServiceTable(), asked)
    for _ in range(2):
        assert asyncio.run(someone.by_key("key")) is None
    assert len(asked.questions) == 2


def test_few_keys_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_MANY", 3)
    someone = People(ServiceTable(), Asked(200, ANN))
    for number in range(10):
        asyncio.run(someone.by_key(f"key {number}"))
    assert len(someone._known) <= 3


@pytest.mark.parametrize(("status", "found"), [(500, {}), (200, "text")])
def test_an_answer_that_makes_no_sense(status: int, found: Any) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(People(ServiceTable(), Asked(status, found)).log_in("a", "b"))


def test_whether_somebody_is_still_who_they_were() -> None:
    who = Who(1, "ann", 1)
    for answer, expected in (((200, ANN), Who(1, "ann", 10)), ((401, None), None)):
        assert asyncio.run(People(ServiceTable(), Asked(*answer)).still(who)) == expected


def test_an_account_of_the_hosts_is_known_by_the_token_that_proved_it() -> None:
    with Database() as db:
        accounts = Accounts(db)
        info, _ = accounts.tokens.create("program")
        asked = Asked(500)
        someone = People(ServiceTable({Accounts: accounts}), asked)
        own = Who(0, "program", 10, info.id)
        for look in (someone.still, someone.behind):
            assert asyncio.run(look(Who(0, "as it was called", 1, info.id))) == own
            assert asyncio.run(look(Who(0, "program", 10))) is None
            assert asyncio.run(look(Who(0, "program", 10, "none of ours"))) is None
        accounts.tokens.revoke(info.id)
        assert asyncio.run(someone.still(own)) is None
        assert asyncio.run(someone.behind(own)) is None
        assert asyncio.run(People(ServiceTable(), asked).still(own)) is None
        assert asked.questions == []


def test_the_user_behind_a_token_is_asked_for_where_that_costs_little() -> None:
    who = Who(1, "ann", 1)
    for asked, expected, questions in (
        (Asked(200, ANN), Who(1, "ann", 10), 1),
        (Asked(401), None, 2),
        (Asked(500), who, 2),
        (Asked(401, is_up=False), who, 0),
    ):
        someone = People(ServiceTable(), asked)
        for _ in range(2):
            assert asyncio.run(someone.behind(who)) == expected
        assert len(asked.questions) == questions
