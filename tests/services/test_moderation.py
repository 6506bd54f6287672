from __future__ import annotations

from typing import Any

import pytest

from jackfield.errors import InvalidInput, NotFound, PermissionDenied
from jackfield.services.moderation import rank
from jackfield.services.users import ADMIN, MODERATOR
from services.chat_world import World


def test_ranks(world: World) -> None:
    assert rank(world.join("a").user) == 0
    assert rank(world.join("b", MODERATOR).user) == 1
    assert rank(world.join("c", ADMIN).user) == 2
    assert rank(world.join("d", ADMIN, MODERATOR).user) == 2


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("hide", ["m"]),
        ("restore", ["m"]),
        ("kick", ["u"]),
        ("ban", ["u"]),
        ("unban", ["u"]),
    ],
)
def test_who_only_chats_may_do_nothing(world: World, what: str, arguments: list[Any]) -> None:
    ann = world.join("Ann")
    with pytest.raises(PermissionDenied, match="only moderators"):
        getattr(world.moderation, what)(ann.user, *arguments)


def test_a_banned_moderator_may_do_nothing(world: World) -> None:
    mod, ann = world.join("Mod", MODERATOR), world.join("Ann")
    world.accounts.set_enabled(mod.user.id, False)
    banned = world.accounts.get(mod.user.id)
    assert banned is not None
    with pytest.raises(PermissionDenied):
        world.moderation.kick(banned, ann.user.id)


@pytest.mark.parametrize("what", ["kick", "ban", "unban"])
def test_nobody_acts_on_an_equal_or_on_themselves(world: World, what: str) -> None:
    mod, other, admin = (
        world.join("Mod", MODERATOR),
        world.join("Other", MODERATOR),
        world.join("Admin", ADMIN),
    )
    act = getattr(world.moderation, what)
    for target in (mod, other, admin):
        with pytest.raises(PermissionDenied, match="another moderator or to yourself"):
            act(mod.user, target.user.id)
    with pytest.raises(PermissionDenied):
        act(admin.user, admin.user.id)
    with pytest.raises(NotFound):
        act(admin.user, "nobody")
    act(admin.user, mod.user.id)


def test_hide_and_restore(world: World) -> None:
    mod, ann = world.join("Mod", MODERATOR), world.join("Ann")
    shown = world.say(ann, "hi")
    world.moderation.hide(mod.user, shown.id)
    assert world.room.history() == []
    world.moderation.restore(mod.user, shown.id)
    assert [m.body for m in world.room.history()] == ["hi"]
    assert [p["moderator"]["displayName"] for p in world.told("chat.message.moderated")] == [
        "Mod",
        "Mod",
    ]


def test_kick_closes_all_connections_of_a_person(world: World) -> None:
    mod, ann = world.join("Mod", MODERATOR), world.join("Ann")
    second = world.enter(ann.user)
    world.moderation.kick(mod.user, ann.user.id)
    assert ann.wire.closed == second.wire.closed == "kicked"
    world.leave(ann)
    world.leave(second)
    world.enter(ann.user)


def test_a_ban_hides_what_was_said_and_can_be_taken_back(world: World) -> None:
    mod, ann = world.join("Mod", MODERATOR), world.join("Ann")
    bob = world.join("Bob")
    ids = [world.say(ann, text).id for text in ("one", "two")]
    world.moderation.ban(mod.user, ann.user.id, "spam")
    assert ann.wire.closed == "banned"
    assert set(bob.wire.last("moderated")["ids"]) == set(ids)
    assert {p["messageId"] for p in world.told("chat.message.moderated")} == set(ids)
    assert "10.0.0.1" not in world.accounts.ip_bans
    world.leave(ann)
    world.moderation.unban(mod.user, ann.user.id)
    world.enter(world.accounts.find("Ann"))
    assert world.room.history() == []


def test_an_address_is_banned_on_demand(world: World) -> None:
    mod = world.join("Mod", MODERATOR, address="10.0.0.1")
    ann = world.join("Ann", address="10.0.0.2")
    world.moderation.ban(mod.user, ann.user.id, address=True)
    assert world.accounts.ip_bans.all() == ["10.0.0.2"]
    with pytest.raises(PermissionDenied):
        world.join("Ann again", address="10.0.0.2")


def test_a_moderator_cannot_lock_themselves_out(world: World) -> None:
    mod = world.join("Mod", MODERATOR, address="10.0.0.1")
    ann = world.join("Ann", address="10.0.0.1")
    with pytest.raises(InvalidInput, match="your own address"):
        world.moderation.ban(mod.user, ann.user.id, address=True)
    assert ann.wire.closed == ""
    assert world.accounts.ip_bans.all() == []


def test_a_bot_can_be_banned(world: World) -> None:
    mod = world.join("Mod", MODERATOR)
    world.room.send_as_bot("loud", "Loud", "hi")
    world.moderation.ban(mod.user, world.accounts.bot("loud", "Loud").id)
    assert world.room.history() == []
    with pytest.raises(PermissionDenied):
        world.room.send_as_bot("loud", "Loud", "hi")
