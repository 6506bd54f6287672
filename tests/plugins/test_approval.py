from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.errors import InvalidInput
from jackfield.plugins.approval import Decision, grantable, lesser_right, remainder
from jackfield.plugins.dialect import LesserRight, PermissionInfo
from jackfield.plugins.permissions import Grants, Permission
from jackfield.plugins.spec import PluginSpec

KNOWN = {"chat.send", "kv", "network.fetch", "users.read"}


def spec(*permissions: str) -> PluginSpec:
    asked = tuple(sorted(Permission.parse(p) for p in permissions))
    return PluginSpec(dialect="stage", slug="lamp", name="Lamp", version="1", permissions=asked)


def decision(granted: list[str] | None = None, refused: list[str] | None = None) -> Decision:
    return Decision(Grants.parse(granted or []), Grants.parse(refused or []))


def undecided(answers: Decision, asked: PluginSpec) -> list[str]:
    return [str(p) for p in answers.undecided(asked, KNOWN)]


def test_everything_is_undecided_at_first() -> None:
    assert undecided(Decision(), spec("kv", "chat.send")) == ["chat.send", "kv"]
    assert undecided(Decision(), spec()) == []


def test_all_grants_what_can_be_granted() -> None:
    asked = spec("kv", "chat.send", "time.travel")
    answers = Decision().answered(asked, KNOWN, "all")
    assert answers.granted.texts() == ("chat.send", "kv")
    assert undecided(answers, asked) == []
    assert [p.name for p in grantable(asked, KNOWN)] == ["chat.send", "kv"]


def test_a_list_answers_for_the_rest_too() -> None:
    asked = spec("kv", "chat.send")
    answers = Decision().answered(asked, KNOWN, ["kv"])
    assert answers == decision(["kv"], ["chat.send"])
    assert undecided(answers, asked) == []
    assert Decision().answered(asked, KNOWN, []) == decision([], ["chat.send", "kv"])
    assert Decision().answered(asked, KNOWN, "kv") == answers


def test_no_answer_keeps_the_earlier_ones() -> None:
    answers = decision(["kv"], ["chat.send"])
    assert answers.answered(spec("kv", "chat.send"), KNOWN, None) == answers


def test_a_part_of_a_permission_can_be_granted() -> None:
    asked = spec("network.fetch(hosts=a.com,b.com)")
    answers = Decision().answered(asked, KNOWN, ["network.fetch(hosts=a.com)"])
    assert answers == decision(["network.fetch(hosts=a.com)"], ["network.fetch(hosts=b.com)"])
    assert undecided(answers, asked) == []


def test_a_bare_name_means_the_permission_as_it_is_declared() -> None:
    asked = spec("network.fetch(hosts=a.com)")
    assert Decision().answered(asked, KNOWN, ["network.fetch"]) == decision(
        ["network.fetch(hosts=a.com)"]
    )


@pytest.mark.parametrize(
    ("grant", "message"),
    [
        (["users.read"], "does not ask for 'users.read'; it asks for: kv, network.fetch"),
        (["time.travel"], "does not ask for 'time.travel'"),
        (["network.fetch(hosts=evil.com)"], "is more than the plugin asks for"),
        (["network.fetch(hosts=a.com,evil.com)"], "is more than the plugin asks for"),
        (["kv!"], "is not a permission"),
        ([""], "is not a permission"),
    ],
)
def test_bad_answers(grant: list[str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("(", r"\(").replace(")", r"\)")):
        Decision().answered(spec("kv", "network.fetch(hosts=a.com)"), KNOWN, grant)


def test_what_the_dialect_does_not_know_cannot_be_granted() -> None:
    with pytest.raises(InvalidInput, match="dialect 'stage' does not know it"):
        Decision().answered(spec("time.travel"), KNOWN, ["time.travel"])
    assert undecided(Decision(), spec("time.travel")) == []


@pytest.mark.parametrize(
    ("granted", "refused", "asked", "left"),
    [
        (["kv"], [], ["kv", "chat.send"], ["chat.send"]),
        ([], ["kv"], ["kv"], []),
        (["network.fetch(hosts=a)"], [], ["network.fetch(hosts=a,b)"], True),
        (["network.fetch(hosts=a)"], ["network.fetch(hosts=b)"], ["network.fetch(hosts=a,b)"], []),
        (["network.fetch(hosts=a)"], ["network.fetch(hosts=b)"], ["network.fetch(hosts=a,b,c)"],
         True),
        (["network.fetch(hosts=a)"], [], ["network.fetch"], True),
        (["network.fetch"], [], ["network.fetch(hosts=a)"], []),
        (["network.fetch(hosts=a)"], [], ["network.fetch(methods=GET)"], True),
        (["network.fetch(hosts=a;methods=GET)"], [], ["network.fetch(hosts=a;methods=GET,PUT)"],
         True),
    ],
)  # fmt: skip
def test_growth(granted: list[str], refused: list[str], asked: list[str], left: object) -> None:
    found = undecided(decision(granted, refused), spec(*asked))
    assert found == (asked if left is True else left)


def test_only_what_is_declared_counts() -> None:
    answers = decision(["kv", "network.fetch"], ["chat.send", "users.read"])
    assert answers.within(spec("network.fetch(hosts=a)", "users.read")) == decision(
        ["network.fetch(hosts=a)"], ["users.read"]
    )
    partly = decision(["network.fetch(hosts=a,b)"]).within(spec("network.fetch(hosts=b,c)"))
    assert partly == decision(["network.fetch(hosts=b)"])
    nothing = decision(["network.fetch(hosts=a)"]).within(spec("network.fetch(hosts=c)"))
    assert nothing == decision()


def test_earlier_answers_return_except_where_something_was_refused_since() -> None:
    asked = spec("kv", "chat.send", "users.read")
    now = decision(["users.read"], ["kv"])
    then = decision(["kv", "chat.send"], ["users.read"])
    assert now.restored(then, asked) == decision(["chat.send"], ["kv", "users.read"])
    assert decision(["kv"]).restored(decision(), asked) == decision(["kv"])


def test_remainder() -> None:
    kv, ab = Permission.of("kv"), Permission.of("network.fetch", hosts=["a", "b"])
    assert remainder(None, kv) is None
    assert remainder(kv, None) == kv
    assert remainder(kv, kv) is None
    assert remainder(ab, Permission.of("network.fetch", hosts=["a"])) == Permission.of(
        "network.fetch", hosts=["b"]
    )


_HOSTS = st.sets(st.sampled_from("abcd"), min_size=1)
_PERMISSIONS = st.one_of(
    st.sampled_from(sorted(KNOWN)).map(Permission.of),
    _HOSTS.map(lambda hosts: Permission.of("network.fetch", hosts=hosts)),
)
_SPECS = st.lists(_PERMISSIONS, max_size=4, unique_by=lambda p: p.name).map(
    lambda found: spec(*map(str, found))
)


@given(first=_SPECS, then=_SPECS, data=st.data())
def test_nothing_beyond_the_answers_is_ever_granted(
    first: PluginSpec, then: PluginSpec, data: st.DataObject
) -> None:
    """Whatever a plugin asks for next: without a new answer it gets no more than was granted."""
    chosen = data.draw(st.lists(st.sampled_from(first.permissions), unique=True)
                       if first.permissions else st.just([]))  # fmt: skip
    answers = Decision().answered(first, KNOWN, [str(p) for p in chosen])
    assert undecided(answers, first) == []
    later = answers.answered(then, KNOWN, None)
    for permission in later.granted:
        given_right = answers.granted.get(permission.name)
        assert given_right is not None
        hosts = permission.values("hosts")
        assert given_right.covers(permission) or hosts is None or not hosts
        assert any(p.covers(permission) for p in then.permissions)


# -- lesser rights ------------------------------------------------------------------------------

LAMPS = {
    "lamp.full": PermissionInfo(
        "All of the lamp", "high", (LesserRight("dim", "true", "Only a little light"),)
    ),
    "kv": PermissionInfo("Keep things"),
}


def test_a_lesser_right_is_an_answer_for_the_whole() -> None:
    asked = spec("lamp.full")
    answers = Decision().answered(asked, LAMPS, ["lamp.full(dim=true)"])
    assert answers == decision(["lamp.full(dim=true)"], ["lamp.full"])
    assert answers.undecided(asked, LAMPS) == ()
    answers.require(asked, LAMPS)
    assert answers.within(asked) == answers
    assert answers.answered(asked, LAMPS, None) == answers
    assert answers.answered(asked, LAMPS, "all") == decision(["lamp.full"])


def test_a_version_that_had_the_whole_gets_the_lesser_back() -> None:
    now = decision(["lamp.full(dim=true)"], ["lamp.full"])
    assert now.restored(decision(["lamp.full"]), spec("lamp.full")) == now


@pytest.mark.parametrize(
    "limits", ["dim=maybe", "dim=", "dark=true", "dim=true,false", "dim=true;x=1"]
)
def test_a_lesser_right_that_there_is_not(limits: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected lamp\.full\(dim=true\), or lamp\.full for"):
        Decision().answered(spec("lamp.full"), LAMPS, [f"lamp.full({limits})"])


def test_which_lesser_right_was_granted() -> None:
    info = LAMPS["lamp.full"]
    assert lesser_right(Permission.parse("lamp.full(dim=true)"), info) == info.lesser[0]
    assert lesser_right(Permission.parse("lamp.full"), info) is None
    assert lesser_right(Permission.parse("kv"), LAMPS["kv"]) is None


def test_other_permissions_are_limited_as_before() -> None:
    answers = Decision().answered(spec("kv"), LAMPS, ["kv(prefix=a)"])
    assert answers.granted.texts() == ("kv(prefix=a)",)
