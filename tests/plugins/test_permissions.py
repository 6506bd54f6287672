from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.errors import InvalidInput
from jackfield.plugins.permissions import Grants, Permission

names = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{1,8})?", fullmatch=True)
texts = st.from_regex(r"[A-Za-z0-9.*-]{1,12}", fullmatch=True)
permissions = st.builds(
    lambda name, parameters: Permission.of(name, **parameters),
    names,
    st.dictionaries(st.sampled_from(["hosts", "paths"]), st.lists(texts, min_size=1), max_size=2),
)


@given(permissions)
def test_the_written_form_reads_back(permission):
    assert Permission.parse(str(permission)) == permission


@given(permissions)
def test_a_right_covers_itself_and_the_unlimited_right_covers_it(permission):
    assert permission.covers(permission)
    assert Permission(permission.name).covers(permission)


@given(st.lists(permissions, unique_by=lambda p: p.name))
def test_grants_read_back_from_their_texts(chosen):
    grants = Grants(chosen)
    assert Grants.parse(grants.texts()) == grants
    assert grants.missing(chosen) == ()
    assert len(grants) == len(chosen)


@pytest.mark.parametrize(
    "text",
    ["", "Chat.Send", "chat send", "chat.send()x", "fetch(hosts)", "fetch(=a)", "a(b=c", "a(b(c))"],
)
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidInput, match=r"not a permission|expected parameter"):
        Permission.parse(text)


def test_a_narrower_right_does_not_cover_a_wider_one():
    narrow = Permission.of("network.fetch", hosts=["a.org"])
    wide = Permission.of("network.fetch", hosts=["a.org", "b.org"])
    assert wide.covers(narrow)
    assert not narrow.covers(wide)
    assert not narrow.covers(Permission("network.fetch"))
    assert not Permission("chat.send").covers(Permission("chat.history"))


def test_missing_names_what_grew():
    grants = Grants.parse(["chat.send", "network.fetch(hosts=a.org)"])
    wanted = [
        Permission("chat.send"),
        Permission.of("network.fetch", hosts=["a.org", "evil.org"]),
        Permission("storage.kv"),
    ]
    assert [str(p) for p in grants.missing(wanted)] == [
        "network.fetch(hosts=a.org,evil.org)",
        "storage.kv",
    ]
    assert "chat.send" in grants
    assert "storage.kv" not in grants
    assert grants.get("network.fetch").values("hosts") == ("a.org",)
    assert grants.get("chat.send").values("hosts") is None
