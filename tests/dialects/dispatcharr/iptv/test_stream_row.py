from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.m3u import Entry
from jackfield.dialects.dispatcharr.iptv.stream_row import (
    Unfit,
    from_entry,
    from_xtream,
    hasher,
    number,
    text,
    whole,
)

KEYS = ("name", "url", "tvg_id", "m3u_id", "group")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.usefixtures("django_env")
class TestHash:
    @given(
        st.lists(st.sampled_from(KEYS), min_size=1, unique=True), TEXTS, TEXTS, TEXTS, TEXTS,
        st.integers(1, 99), st.sampled_from(["STD", "XC"]), st.none() | st.integers(1, 10**6),
    )  # fmt: skip
    def test_is_the_one_that_plugins_compute(
        self, keys: list[str], name: str, url: str, tvg_id: str, group: str, account: int,
        kind: str, stream_id: int | None,
    ) -> None:  # fmt: skip
        from apps.channels.models import Stream

        mine = hasher(keys, account, kind)(name, url, tvg_id, group, stream_id)
        theirs = Stream.generate_hash_key(
            name, url, tvg_id, keys=keys, m3u_id=account, group=group, account_type=kind,
            stream_id=stream_id,
        )  # fmt: skip
        assert mine == theirs

    def test_the_seed_of_a_default(self, django_env: Any) -> None:
        from apps.channels.models import Stream

        keys = ["url"]
        assert hasher(keys, 1, "STD")("a", "http://h", "", "", None) == Stream.generate_hash_key(
            "other", "http://h", "x", keys=keys
        )


def plain_hash(name: str, url: str, tvg_id: str, group: str, stream_id: int | None) -> str:
    return url


def test_an_entry_that_cannot_be_a_stream() -> None:
    with pytest.raises(Unfit, match="longer than 4096"):
        from_entry(Entry({}, "A", "http://" + "x" * 5000), "seed", plain_hash)
    with pytest.raises(Unfit, match="empty group-title"):
        from_entry(Entry({"group-title": " "}, "A", "http://h"), "seed", plain_hash)
    with pytest.raises(Unfit, match="without a stream_id"):
        from_xtream({"name": "A"}, "G", "http://h", plain_hash)


@pytest.mark.parametrize(
    ("value", "is_number", "is_whole"),
    [("7.5", 7.5, 7), (3, 3.0, 3), ("-1", -1.0, None), ("1e99", 1e99, None), ("x", None, None),
     ("", None, None), (None, None, None), ("nan", None, None), ("inf", None, None),
     ([], None, None), (True, 1.0, 1)],
)  # fmt: skip
def test_numbers(value: Any, is_number: float | None, is_whole: int | None) -> None:
    assert number(value) == is_number
    assert whole(value) == is_whole


def test_large_ids_are_kept_to_the_last_digit() -> None:
    for identity in (2**53 + 1, str(2**63 - 1)):
        row = from_xtream({"stream_id": identity}, "G", "http://h", plain_hash)
        assert row.stream_id == int(identity)
    with pytest.raises(Unfit):
        from_xtream({"stream_id": 2**63}, "G", "http://h", plain_hash)


def test_texts() -> None:
    assert [text(value) for value in (" a ", None, 5, False)] == ["a", "", "5", "False"]


ANYTHING: Any = st.none() | st.booleans() | st.floats() | st.integers() | TEXTS | st.lists(TEXTS)
FIELDS = ["name", "num", "epg_channel_id", "stream_icon", "is_adult", "tv_archive",
          "tv_archive_duration"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
def test_no_item_of_a_server_raises(item: dict[str, Any]) -> None:
    row = from_xtream({**item, "stream_id": 5}, "G", "http://h", plain_hash)
    assert row.name
    assert row.stream_id == 5


@given(st.dictionaries(TEXTS, TEXTS, max_size=5), TEXTS)
def test_no_entry_raises_anything_else(attributes: dict[str, str], display: str) -> None:
    try:
        row = from_entry(Entry(attributes, display, "http://h"), "current", plain_hash)
    except Unfit:
        return
    assert 0 < len(row.name) <= 512
