from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from jackfield.errors import InvalidInput, NotFound, PermissionDenied
from jackfield.services.access_tokens import AccessTokens, check_scopes
from jackfield.services.users import ADMIN, MODERATOR
from jackfield.store import Database

PAST = timedelta(seconds=-1)


@pytest.fixture
def tokens(db: Database) -> AccessTokens:
    return AccessTokens(db)


def test_a_token_proves_its_scopes(tokens: AccessTokens) -> None:
    info, secret = tokens.create(" backup job ", (ADMIN, MODERATOR, ADMIN))
    assert info.name == "backup job"
    assert info.scopes == (ADMIN, MODERATOR)
    assert secret.startswith("jfa_")
    assert tokens.find(secret) == info
    assert tokens.all() == [info]


def test_a_token_is_found_by_its_id_as_long_as_it_is_good(tokens: AccessTokens) -> None:
    info, _ = tokens.create("x")
    assert tokens.get(info.id) == info
    assert tokens.get("") is None
    old, _ = tokens.create("y", lifetime=PAST)
    assert tokens.get(old.id) is None
    claim = tokens.create_claim()
    with tokens._db.read() as session:
        ids = session.execute(text("SELECT id FROM tokens WHERE kind = 'claim'")).scalars().all()
    assert [tokens.get(one) for one in ids] == [None]
    assert tokens.take_claim(claim) == (ADMIN,)
    tokens.revoke(info.id)
    assert tokens.get(info.id) is None


def test_the_database_does_not_hold_the_secret(db: Database, tokens: AccessTokens) -> None:
    _, secret = tokens.create("x")
    claim = tokens.create_claim()
    with db.read() as session:
        stored = str(session.execute(text("SELECT * FROM tokens")).all())
    assert secret not in stored
    assert claim not in stored


def test_an_unknown_secret_proves_nothing(tokens: AccessTokens) -> None:
    _, secret = tokens.create("x")
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), "jfa_"):
        assert tokens.find(wrong) is None


def test_a_revoked_token_is_worthless(tokens: AccessTokens) -> None:
    info, secret = tokens.create("x")
    _, other = tokens.create("y")
    tokens.revoke(info.id)
    assert tokens.find(secret) is None
    assert tokens.find(other) is not None
    with pytest.raises(NotFound, match=info.id):
        tokens.revoke(info.id)


def test_a_token_expires(tokens: AccessTokens) -> None:
    info, secret = tokens.create("x", lifetime=timedelta(hours=1))
    assert info.expires_at is not None
    assert tokens.find(secret) is not None
    _, late = tokens.create("y", lifetime=PAST)
    assert tokens.find(late) is None


def test_a_token_needs_a_name_and_known_scopes(tokens: AccessTokens) -> None:
    with pytest.raises(InvalidInput, match="needs a name"):
        tokens.create("  ")
    with pytest.raises(InvalidInput, match="has 101 characters, 100 is the most"):
        tokens.create("x" * 101)
    with pytest.raises(InvalidInput, match="no scope 'ROOT'") as caught:
        tokens.create("x", ("ROOT",))
    assert caught.value.hint == "the scopes are ADMIN, MODERATOR"
    assert tokens.all() == []
    assert check_scopes([]) == ()


def test_a_passing_token_is_stored_nowhere(db: Database, tokens: AccessTokens) -> None:
    secret = tokens.create_passing("command line")
    found = tokens.find(secret)
    assert found is not None
    assert found.scopes == (ADMIN,)
    assert AccessTokens(db).find(secret) is None
    assert tokens.all() == []


def test_a_claim_works_once(tokens: AccessTokens) -> None:
    claim = tokens.create_claim((MODERATOR,))
    assert tokens.find(claim) is None, "a claim is not a token"
    assert tokens.take_claim(claim) == (MODERATOR,)
    with pytest.raises(PermissionDenied, match="used before"):
        tokens.take_claim(claim)


def test_a_claim_grows_old(tokens: AccessTokens) -> None:
    claim = tokens.create_claim(lifetime=PAST)
    with pytest.raises(PermissionDenied, match="too old"):
        tokens.take_claim(claim)


def test_only_one_of_many_takes_a_claim(tokens: AccessTokens) -> None:
    claim = tokens.create_claim()

    def take(_: int) -> bool:
        try:
            return tokens.take_claim(claim) == (ADMIN,)
        except PermissionDenied:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
