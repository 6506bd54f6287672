from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.stream_row import StreamRow
from jackfield.dialects.dispatcharr.iptv.stream_writer import StreamWriter

pytestmark = pytest.mark.usefixtures("django_env")


class Table:
    """An account, and what is written of it, batch by batch."""

    def __init__(self) -> None:
        from apps.channels.models import ChannelGroup
        from apps.m3u.models import M3UAccount
        from django.utils import timezone

        self.account = M3UAccount.objects.create(name="acc")
        self.groups = {"G": ChannelGroup.objects.create(name="G").pk}
        self.now = timezone.now()

    def write(self, *batches: list[StreamRow]) -> Any:
        self.now += timedelta(seconds=1)
        writer = StreamWriter(self.account.pk, self.groups, self.now)
        for batch in batches:
            writer.write([list(row) for row in batch])  # as a spool gives them back
        return writer.finish(7, [])

    def one(self) -> Any:
        return self.account.streams.get()


def row(**values: Any) -> StreamRow:
    given = {
        "hash": "h", "group": "G", "name": "N", "url": "http://h/1", "logo_url": "", "tvg_id": "",
        "properties": "{}", "stream_id": None, "chno": None, "is_adult": False,
        "is_catchup": False, "catchup_days": 0,
    }  # fmt: skip
    return StreamRow(**{**given, **values})


@pytest.fixture
def table() -> Table:
    return Table()


CHANGES = {
    "name": "M", "url": "http://h/2", "logo_url": "http://l", "tvg_id": "t", "stream_id": 5,
    "properties": '{"a": 1}', "chno": 2.5, "is_adult": True, "is_catchup": True, "catchup_days": 3,
}  # fmt: skip
FIELDS = {"properties": "custom_properties", "chno": "stream_chno"}


@pytest.mark.parametrize("field", CHANGES)
def test_each_value_that_changes_is_noticed_and_written(table: Table, field: str) -> None:
    table.write([row()])
    before = table.one()
    assert table.write([row()]).unchanged == 1
    counts = table.write([row(**{field: CHANGES[field]})])
    assert (counts.updated, counts.unchanged, counts.created) == (1, 0, 0)
    after = table.one()
    assert after.pk == before.pk
    found = getattr(after, FIELDS.get(field, field))
    wanted = CHANGES[field]
    assert found == (json.loads(str(wanted)) if field == "properties" else wanted)
    assert table.write([row(**{field: wanted})]).unchanged == 1


def test_json_in_other_words_is_the_same(table: Table) -> None:
    table.write([row(properties='{"a": 1, "b": [2]}')])
    assert table.write([row(properties='{"b":[2],"a":1}')]).unchanged == 1
    assert table.write([row(properties=None)]).updated == 1


def test_the_first_of_equals_counts_across_batches(table: Table) -> None:
    counts = table.write([row(name="first"), row(name="second")], [row(name="third")])
    assert (counts.created, counts.duplicates, counts.processed) == (1, 2, 3)
    assert table.one().name == "first"


def test_one_that_comes_back_is_stale_no_more(table: Table) -> None:
    table.write([row()])
    assert table.write([row(hash="other")]).stale == 1
    assert table.write([row(), row(hash="other")]).stale == 0
    assert not table.account.streams.filter(is_stale=True).exists()


def test_what_is_deleted_is_deleted_with_what_hangs_on_it(table: Table) -> None:
    from apps.channels.models import Channel, ChannelStream

    table.write([row()])
    channel = Channel.objects.create(name="c")
    ChannelStream.objects.create(channel=channel, stream=table.one())
    writer = StreamWriter(table.account.pk, table.groups, table.now + timedelta(seconds=1))
    counts = writer.finish(7, [table.groups["G"]])
    assert (counts.deleted, counts.stale) == (1, 0)
    assert not ChannelStream.objects.exists()
    assert Channel.objects.get() == channel


def test_no_days_delete_at_once(table: Table) -> None:
    table.write([row()])
    writer = StreamWriter(table.account.pk, table.groups, table.now + timedelta(seconds=1))
    assert writer.finish(0, []).deleted == 1
