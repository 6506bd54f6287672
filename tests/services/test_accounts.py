from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, update

from jackfield.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from jackfield.services.accounts import KEPT_NAMES, NAME_KEPT, Accounts
from jackfield.services.timestamps import now
from jackfield.services.users import ADMIN, COLORS, MODERATOR, User
from jackfield.store import Database
from jackfield.store.tables.people import UserRow


@pytest.fixture
def accounts(db: Database) -> Accounts:
    return Accounts(db)


def absent(db: Database, user: User, gone: timedelta) -> None:
    """As if they had not been seen for that long."""
    with db.begin() as session:
        session.execute(update(UserRow).where(UserRow.id == user.id).values(seen_at=now() - gone))


# -- coming ------------------------------------------------------------------------------------


def test_a_new_person_has_a_name_a_colour_and_a_secret(db: Database, accounts: Accounts) -> None:
    user, token = accounts.register(" Ann ")
    assert user.display_name == "Ann"
    assert 0 <= user.display_color < COLORS
    assert (user.scopes, user.is_bot, user.disabled_at) == ((), False, None)
    assert accounts.authenticate(token) == user
    assert Accounts(db).authenticate(token) == user, "the next process knows them too"


def test_those_who_are_here_together_look_different(db: Database, accounts: Accounts) -> None:
    colors = [accounts.register(f"n{number}")[0].display_color for number in range(COLORS - 1)]
    colors.append(accounts.bot("greeter", "Greeter").display_color)
    assert sorted(colors) == list(range(COLORS))
    gone = accounts.find("n3")
    absent(db, gone, NAME_KEPT * 2)
    assert accounts.register("late")[0].display_color == gone.display_color


def test_plugins_see_every_required_field_of_a_user(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    user = accounts.set_color(user.id, 0)
    wire = msgspec.to_builtins(user)
    assert wire == {
        "id": user.id,
        "displayName": "Ann",
        "displayColor": 0,
        "createdAt": user.created_at,
    }


@pytest.mark.parametrize("secret", ["", "jfu_x", "x" * 10_000, "'; DROP TABLE users"])
def test_an_unknown_secret_is_nobody(accounts: Accounts, secret: str) -> None:
    accounts.register("Ann")
    assert accounts.authenticate(secret) is None


def test_a_programs_token_is_no_person(accounts: Accounts) -> None:
    _, secret = accounts.tokens.create("job")
    assert accounts.authenticate(secret) is None


def test_a_person_can_have_several_secrets_and_lose_all(accounts: Accounts) -> None:
    user, first = accounts.register("Ann")
    second = accounts.tokens.create_for_user(user.id)
    assert accounts.authenticate(second) == accounts.authenticate(first) == user
    accounts.tokens.revoke_user(user.id)
    assert accounts.authenticate(first) is accounts.authenticate(second) is None


def test_a_name_in_use_is_refused(accounts: Accounts) -> None:
    accounts.register("Ann Lee")
    with pytest.raises(Conflict, match="'annlee' is taken") as caught:
        accounts.register("annlee")
    assert caught.value.field == "displayName"
    assert len(accounts.all()) == 1


def test_a_name_comes_free_when_its_holder_is_long_gone(db: Database, accounts: Accounts) -> None:
    first, _ = accounts.register("Ann")
    absent(db, first, NAME_KEPT + timedelta(minutes=1))
    second, _ = accounts.register("Ann")
    assert second.id != first.id


@pytest.mark.parametrize("kept", ["moderator", "bot", "banned"])
def test_some_names_never_come_free(db: Database, accounts: Accounts, kept: str) -> None:
    if kept == "bot":
        user = accounts.bot("greeter", "Ann")
    else:
        user, _ = accounts.register("Ann")
        if kept == "moderator":
            accounts.promote(user.id, MODERATOR)
        else:
            accounts.set_enabled(user.id, False)
    absent(db, user, timedelta(days=1000))
    with pytest.raises(Conflict):
        accounts.register("Ann")


def test_being_seen_keeps_the_name(db: Database, accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    absent(db, user, NAME_KEPT * 2)
    accounts.seen(user.id)
    with pytest.raises(Conflict):
        accounts.register("Ann")
    accounts.seen("nobody")


def test_of_many_who_want_one_name_one_gets_it(accounts: Accounts) -> None:
    def register(_: int) -> bool:
        try:
            return bool(accounts.register("Ann"))
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(register, range(8))) == 1
    assert len(accounts.all()) == 1


# -- finding -----------------------------------------------------------------------------------


def test_all_lists_people_newest_first_without_bots(accounts: Accounts) -> None:
    names = ["Ann", "Bob", "Cem"]
    for name in names:
        accounts.register(name)
    accounts.bot("greeter", "Greeter")
    assert [user.display_name for user in accounts.all()] == names[::-1]


def test_finds_by_id_and_by_name(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    assert accounts.find(user.id) == accounts.find("ANN") == accounts.get(user.id) == user
    assert accounts.get("nobody") is None
    with pytest.raises(NotFound, match="no user 'Bob'"):
        accounts.find("Bob")


def test_finding_by_name_looks_at_those_of_that_name_only(db: Database, accounts: Accounts) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("asks SQLite how it looks")
    accounts.register("Ann")
    asked: list[tuple[str, Any]] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "name_key = " in statement and not statement.startswith("EXPLAIN"):
            asked.append((statement, values))

    accounts.find("ann")
    ((statement, values),) = asked
    with db.read() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert "ix_users_name_key" in str(plan.all())


def test_whether_anybody_has_a_scope(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    assert not accounts.any_with(ADMIN)
    accounts.promote(user.id, MODERATOR)
    assert accounts.any_with(MODERATOR)
    assert not accounts.any_with(ADMIN)
    accounts.promote(user.id, ADMIN)
    assert accounts.any_with(ADMIN)
    accounts.demote(user.id)
    assert not accounts.any_with(MODERATOR)


def test_finding_by_a_name_that_two_have_asks_for_an_id(db: Database, accounts: Accounts) -> None:
    first, _ = accounts.register("Ann")
    absent(db, first, NAME_KEPT * 2)
    second, _ = accounts.register("Ann")
    with pytest.raises(Conflict, match="2 users have the name") as caught:
        accounts.find("Ann")
    assert first.id in str(caught.value.hint)
    assert second.id in str(caught.value.hint)


# -- bots --------------------------------------------------------------------------------------


def test_a_plugin_has_one_identity(accounts: Accounts) -> None:
    bot = accounts.bot("greeter", "Greeter")
    assert bot.is_bot
    assert accounts.bot("greeter", "Greeter") == bot
    renamed = accounts.bot("greeter", "The Greeter")
    assert (renamed.id, renamed.display_name) == (bot.id, "The Greeter")
    assert accounts.bot("other", "Greeter").id != bot.id


@pytest.mark.parametrize(
    ("asked", "given"), [("", "greeter"), ("  ", "greeter"), ("a\nb", "a b"), ("x" * 99, "x" * 30)]
)
def test_a_bots_name_is_made_to_fit(accounts: Accounts, asked: str, given: str) -> None:
    assert accounts.bot("greeter", asked).display_name == given


def test_a_bot_may_have_a_name_that_a_person_has(accounts: Accounts) -> None:
    accounts.register("Ann")
    assert accounts.bot("greeter", "Ann").display_name == "Ann"


def test_a_bot_is_made_once_by_many_threads(accounts: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len({bot.id for bot in pool.map(lambda _: accounts.bot("b", "B"), range(16))}) == 1


# -- changing ----------------------------------------------------------------------------------


def test_renaming_remembers_earlier_names(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    heard: list[tuple[str, str, str]] = []
    accounts.listen(lambda what, a, b: heard.append((what, a.display_name, b.display_name)))
    accounts.rename(user.id, "Anna")
    assert accounts.rename(user.id, "Ann").previous_names == ("Anna",)
    assert heard == [("renamed", "Ann", "Anna"), ("renamed", "Anna", "Ann")]


def test_renaming_to_the_same_name_changes_nothing(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    heard: list[str] = []
    accounts.listen(lambda what, *_: heard.append(what))
    assert accounts.rename(user.id, " Ann ") == user
    assert heard == []
    assert accounts.rename(user.id, "ANN").display_name == "ANN", "one's own name is not taken"


def test_renaming_checks_like_registering(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    accounts.register("Bob")
    with pytest.raises(Conflict):
        accounts.rename(user.id, "bob")
    with pytest.raises(InvalidInput):
        accounts.rename(user.id, "\u202e")
    with pytest.raises(NotFound):
        accounts.rename("nobody", "Cem")
    assert accounts.get(user.id) == user


def test_only_the_last_names_are_kept(accounts: Accounts) -> None:
    user, _ = accounts.register("n0")
    for number in range(1, KEPT_NAMES + 5):
        user = accounts.rename(user.id, f"n{number}")
    assert user.previous_names == tuple(f"n{n}" for n in range(4, KEPT_NAMES + 4))


def test_colours_are_those_of_the_page(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    assert accounts.set_color(user.id, 7).display_color == 7
    for wrong in (-1, COLORS):
        with pytest.raises(InvalidInput, match="colours are 0 to 7"):
            accounts.set_color(user.id, wrong)


# -- rights ------------------------------------------------------------------------------------


def test_scopes_come_and_go(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    assert accounts.promote(user.id, MODERATOR).scopes == (MODERATOR,)
    assert accounts.promote(user.id, ADMIN).scopes == (ADMIN, MODERATOR)
    assert accounts.demote(user.id, ADMIN).scopes == (MODERATOR,)
    assert accounts.demote(user.id).scopes == ()
    with pytest.raises(InvalidInput, match="no scope"):
        accounts.promote(user.id, "root")
    with pytest.raises(NotFound):
        accounts.promote("nobody", ADMIN)


def test_a_claim_makes_an_administrator_once(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    other, _ = accounts.register("Bob")
    claim = accounts.tokens.create_claim()
    assert accounts.claim(claim, user.id).scopes == (ADMIN,)
    with pytest.raises(PermissionDenied, match="used before"):
        accounts.claim(claim, other.id)


def test_a_claim_is_not_wasted_on_nobody_or_the_banned(accounts: Accounts) -> None:
    user, _ = accounts.register("Ann")
    accounts.set_enabled(user.id, False)
    claim = accounts.tokens.create_claim()
    with pytest.raises(NotFound):
        accounts.claim(claim, "nobody")
    with pytest.raises(PermissionDenied, match="banned"):
        accounts.claim(claim, user.id)
    other, _ = accounts.register("Bob")
    assert accounts.claim(claim, other.id).scopes == (ADMIN,)


def test_banning_keeps_the_first_moment(accounts: Accounts) -> None:
    user, token = accounts.register("Ann")
    heard: list[str] = []
    accounts.listen(lambda what, *_: heard.append(what))
    accounts.set_enabled(user.id, False, "spam")
    first = accounts.authenticate(token)
    accounts.set_enabled(user.id, False, "more spam")
    assert first is not None
    assert first.disabled_at is not None
    assert accounts.authenticate(token) == first
    accounts.set_enabled(user.id, True)
    accounts.set_enabled(user.id, True)
    assert accounts.authenticate(token) == user
    assert heard == ["disabled", "enabled"]
    with pytest.raises(NotFound):
        accounts.set_enabled("nobody", False)


def test_banning_an_address(accounts: Accounts) -> None:
    accounts.ban_ip("192.0.2.7")
    assert "192.0.2.7" in accounts.ip_bans
    with pytest.raises(InvalidInput):
        accounts.ban_ip("here")
