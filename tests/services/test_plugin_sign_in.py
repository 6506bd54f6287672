from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from jackfield.errors import InvalidInput
from jackfield.services import plugin_sign_in
from jackfield.services.accounts import Accounts
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import StoredKeyValue
from jackfield.services.plugin_sign_in import PluginSignIn
from jackfield.services.signin import DEFAULT_SESSION_S, MAX_SESSION_S, Registration
from jackfield.services.users import MODERATOR
from jackfield.store import Database


class World:
    def __init__(self, db: Database) -> None:
        self.accounts = Accounts(db)
        self.settings = HostSettings(StoredKeyValue(db))
        self.sign_in = PluginSignIn(self.accounts, self.settings)

    def register(self, auth_id: str = "1", *, slug: str = "gate", **more: Any) -> str:
        return self.sign_in.register(slug, Registration(auth_id=auth_id, **more))


@pytest.fixture
def world():
    with Database() as db:
        yield World(db)


# -- identities --------------------------------------------------------------------------------


def test_a_new_identity_is_a_new_user_whom_somebody_vouched_for(world: World) -> None:
    user = world.accounts.get(world.register(display_name="Ann"))
    assert user is not None
    assert (user.display_name, user.is_authenticated, user.scopes) == ("Ann", True, ())


def test_an_identity_keeps_its_user_and_name(world: World) -> None:
    first = world.register(display_name="Ann")
    assert world.register(display_name="Anna") == first
    user = world.accounts.get(first)
    assert user is not None
    assert user.display_name == "Ann"


def test_the_same_identity_of_another_plugin_is_somebody_else(world: World) -> None:
    assert world.register(slug="gate") != world.register(slug="other")


def test_an_identity_may_be_anything(world: World) -> None:
    assert world.register("Ünï |:\n") == world.register("Ünï |:\n")
    assert world.register("a") != world.register("A")


@pytest.mark.parametrize("name", [None, "", "\u200b", "\n", "x" * 300, "  a  \x00b "])
def test_whoever_has_no_name_gets_one(world: World, name: str | None) -> None:
    user = world.accounts.get(world.register(display_name=name))
    assert user is not None
    assert 1 <= len(user.display_name) <= 30


def test_a_name_that_is_taken_is_changed_a_little(world: World) -> None:
    world.accounts.register("Ann")
    users = [world.accounts.get(world.register(str(n), display_name="ann")) for n in range(3)]
    names = [user.display_name for user in users if user is not None]
    assert len(set(names)) == 3
    assert all(name.startswith("ann-") for name in names)


def test_scopes_are_given_each_time_and_never_taken(world: World) -> None:
    first = world.register()
    world.register(scopes=[MODERATOR, "CAN_SEND_MESSAGES"])
    user = world.accounts.get(first)
    assert user is not None
    assert user.scopes == (MODERATOR,)
    world.register(scopes=[])
    user = world.accounts.get(first)
    assert user is not None
    assert user.scopes == (MODERATOR,)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("authId", {"auth_id": ""}),
        ("authId", {"auth_id": "x" * 1025}),
        ("scopes", {"scopes": ["ADMIN"]}),
        ("scopes", {"scopes": [MODERATOR, "root"]}),
        ("profileUrl", {"profile_url": "javascript:alert(1)"}),
        ("profileUrl", {"profile_url": "https://"}),
        ("profileUrl", {"profile_url": "http://[x"}),
        ("handle", {"handle": "x" * 501}),
    ],
)
def test_what_is_refused_makes_nobody(world: World, field: str, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as error:
        world.register(**more)
    assert error.value.field == field
    assert world.accounts.all() == []


# -- sessions ----------------------------------------------------------------------------------


def payload(token: str) -> str:
    part = token.split(".")[0]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def test_a_session_is_its_users(world: World) -> None:
    user_id = world.register()
    token = world.sign_in.grant("gate", user_id, 60)
    viewer = world.sign_in.viewer("gate", token)
    assert viewer is not None
    assert viewer.id == user_id
    assert all(c.isalnum() or c in "-_." for c in token)


def test_a_session_is_good_after_a_restart(world: World) -> None:
    token = world.sign_in.grant("gate", world.register(), 60)
    assert PluginSignIn(world.accounts, world.settings).viewer("gate", token) is not None


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(0, DEFAULT_SESSION_S), (-5, DEFAULT_SESSION_S), (60, 60), (10**9, MAX_SESSION_S)],
)
def test_how_long_a_session_lasts(world: World, asked: int, seconds: int) -> None:
    before = int(time.time())
    token = world.sign_in.grant("gate", world.register(), asked)
    expiry = int(payload(token).rpartition("|")[2])
    assert before + seconds <= expiry <= time.time() + seconds


def test_a_session_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = world.sign_in.grant("gate", world.register(), 60)
    later = time.time() + 61
    monkeypatch.setattr(plugin_sign_in.time, "time", lambda: later)
    assert world.sign_in.viewer("gate", token) is None


def test_only_its_own_users_get_sessions_of_a_plugin(world: World) -> None:
    ann, _ = world.accounts.register("Ann")
    theirs = world.register(slug="other")
    for user_id in (ann.id, theirs, "nobody", ""):
        with pytest.raises(InvalidInput, match="was not registered by this plugin"):
            world.sign_in.grant("gate", user_id, 60)
    token = world.sign_in.grant("other", theirs, 60)
    assert world.sign_in.viewer("gate", token) is None


def test_the_banned_have_no_session(world: World) -> None:
    user_id = world.register()
    token = world.sign_in.grant("gate", user_id, 60)
    world.accounts.set_enabled(user_id, False)
    assert world.sign_in.viewer("gate", token) is None


def test_what_is_no_session(world: World) -> None:
    token = world.sign_in.grant("gate", world.register(), 60)
    body, signature = token.split(".")
    forged = base64.urlsafe_b64encode(payload(token).replace("|", "|9").encode()).decode()
    for wrong in (
        "", ".", "x", "a.b.c", body, f"{body}.", f".{signature}",
        f"{forged.rstrip('=')}.{signature}",
        f"{body}.{signature}.", f"{body}.{signature[:-4]}AAAA", "\N{EURO SIGN}.x", "x" * 5000,
    ):  # fmt: skip
        assert world.sign_in.viewer("gate", wrong) is None, wrong
