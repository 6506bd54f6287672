from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.scenario.rows import find, model_named, moment, put
from jackfield.errors import InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("django_env")


def found(model: str, *wanted: str, **where: Any) -> list[dict[str, Any]]:
    return find(model, where, ["pk"], wanted)


@pytest.mark.parametrize(
    "name", ["Channel", "channels.Channel", "apps.channels.Channel", "apps.channels.models.Channel"]
)
def test_a_model_by_its_name(name: str) -> None:
    from apps.channels.models import Channel

    assert model_named(name) is Channel


@pytest.mark.parametrize("name", ["Chanel", "m3u.Channel", "nels.Channel", ""])
def test_there_is_no_such_model(name: str) -> None:
    with pytest.raises(NotFound, match=r"there is no model .*Channel, ChannelGroup"):
        model_named(name)


def test_rows_in_and_out() -> None:
    count = put(
        {
            "ChannelGroup": [{"id": 101, "name": "News"}],
            "Stream": [{"id": n, "name": f"s{n}", "custom_properties": {"n": n}} for n in (1, 2)],
            "Channel": [
                {"id": 5, "name": "One", "channel_number": "3.5", "channel_group": 101,
                 "streams": [2, 1]},
                {"id": 6, "name": "Two", "channel_group_id": 101},
            ],
        }
    )  # fmt: skip
    assert count == 5
    one, two = found("Channel", "channel_group__name", "streams", channel_group__name="News")
    assert (one["pk"], one["name"], one["channel_number"]) == (5, "One", 3.5)
    assert (one["channel_group"], one["channel_group_id"]) == (101, 101)
    assert (one["channel_group__name"], one["streams"], two["streams"]) == ("News", [2, 1], [])
    assert isinstance(one["uuid"], str)
    assert one["created_at"].endswith("Z")
    assert found("Stream", name="s2")[0]["custom_properties"] == {"n": 2}
    assert found("Stream", "custom_properties__n", name="s2")[0]["custom_properties__n"] == 2
    assert found("ChannelGroup", "channels", name="News")[0]["channels"] == [5, 6]


def test_an_order_and_nothing_to_follow() -> None:
    put({"Channel": [{"name": "b"}, {"name": "a"}]})
    names = [row["name"] for row in find("Channel", {}, ["name"], [])]
    assert names == ["a", "b"]
    assert found("Channel", "channel_group__name")[0]["channel_group__name"] is None


def test_rows_have_no_consequences() -> None:
    put({"Stream": [{"name": "by hand"}]})
    (row,) = found("Stream")
    assert (row["m3u_account"], row["stream_hash"]) == (None, None)


def test_moments() -> None:
    put(
        {
            "M3UAccount": [
                {"name": "old", "updated_at": {"now": "-2h"}},
                {"name": "set", "updated_at": "2026-11-21T06:00:00Z"},
            ]
        }
    )
    old, other = found("M3UAccount", name__in=["old", "set"])
    assert other["updated_at"] == "2026-11-21T06:00:00Z"
    assert old["updated_at"] < moment("-1h").isoformat()


@pytest.mark.parametrize(
    ("offset", "distance"),
    [("", 0), ("+90m", 5400), ("90m", 5400), ("-2h", -7200), ("1.5d", 129600), ("-1w", -604800)],
)
def test_offsets(offset: str, distance: float) -> None:
    difference = moment(offset) - moment("") - timedelta(seconds=distance)
    assert abs(difference) < timedelta(seconds=30)


def test_no_offset() -> None:
    with pytest.raises(InvalidInput, match=r"rows.now: expected an offset .* found '2 hours'"):
        moment("2 hours")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"Channel": [{"nam": "x"}]}, r"rows.Channel\[0\].nam: no such field; known: auto_created"),
        ({"Channel": [{}, {"name": "x", "channel_number": "one"}]},
         r"rows.Channel\[1\].channel_number: .*one"),
        ({"Channel": [{"name": "x", "channel_group": 404}]}, "rows: the rows cannot be stored"),
        ({"ChannelGroup": [{"name": "a"}, {"name": "a"}]}, "the rows cannot be stored: UNIQUE"),
        ({"Recording": [{"start_time": {"now": "soon"}}]}, r"Recording\[0\].start_time: expected"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be(rows: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        put(rows)
    assert found("Channel") == []
    assert found("ChannelGroup") == found("ChannelGroup", id__gt=0)
    assert not [row for row in found("ChannelGroup") if row["name"] == "a"]


@pytest.mark.parametrize(
    ("where", "order", "wanted"),
    [({"nam": 1}, ["pk"], []), ({}, ["nam"], []), ({}, ["pk"], ["nam"]),
     ({"channel_number": "one"}, ["pk"], [])],
)  # fmt: skip
def test_what_a_model_does_not_have(where: Any, order: list[str], wanted: list[str]) -> None:
    put({"Channel": [{"name": "One"}]})
    with pytest.raises(InvalidInput, match="Channel: "):
        find("Channel", where, order, wanted)
