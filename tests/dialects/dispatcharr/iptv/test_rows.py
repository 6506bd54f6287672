from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv import rows

pytestmark = pytest.mark.usefixtures("django_env")


def logos() -> dict[str, str]:
    from apps.channels.models import Logo

    return dict(Logo.objects.values_list("url", "name"))


def test_rows_go_in_are_changed_and_found() -> None:
    from apps.channels.models import Logo

    rows.insert(Logo, ("name", "url"), [("A", "u1"), ("B's %s", "u2")])
    assert logos() == {"u1": "A", "u2": "B's %s"}
    key = Logo.objects.get(url="u1").pk
    rows.update(Logo, ("name",), [("new", key)])
    found = list(rows.select(Logo, ("id", "name"), "url", ["u1", "none"]))
    assert found == [(key, "new")]
    rows.insert(Logo, ("name", "url"), [])
    rows.update(Logo, ("name",), [])
    assert list(rows.select(Logo, ("id",), "url", [])) == []


def test_more_values_than_a_statement_takes() -> None:
    from apps.channels.models import Logo

    rows.insert(Logo, ("name", "url"), ((str(n), f"u{n}") for n in range(2500)))
    found = list(rows.select(Logo, ("name",), "url", [f"u{n}" for n in range(2500)]))
    assert len(found) == 2500
    assert [len(part) for part in rows.parts(range(2500))] == [1000, 1000, 500]


def test_json_and_times_are_as_django_reads_them() -> None:
    from apps.channels.models import Channel, Recording

    channel = Channel.objects.create(name="c")
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    as_time = rows.time_writer()
    value = {"b": [1, "é"], "a": None}
    row = (channel.pk, as_time(moment), as_time(moment), rows.as_json(value))
    fields = ("channel", "start_time", "end_time", "custom_properties")
    rows.insert(Recording, fields, [row])
    found = Recording.objects.get()
    assert (found.start_time, found.custom_properties) == (moment, value)
    assert rows.as_json({"b": 1, "a": 2}) == rows.as_json({"a": 2, "b": 1})
    assert rows.as_json(None) is None
    assert Recording.objects.filter(start_time__lte=moment).exists()


def test_a_write_is_whole_or_not_at_all_and_gives_the_memory_back() -> None:
    from apps.channels.models import Logo
    from django.db import connection

    def size() -> Any:
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA cache_size").fetchone()[0]

    before = size()
    with pytest.raises(ZeroDivisionError), rows.one_write():
        rows.insert(Logo, ("name", "url"), [("A", "u")])
        assert size() != before
        raise ZeroDivisionError
    assert logos() == {}
    assert size() == before
    with rows.one_write(), rows.one_write():
        rows.insert(Logo, ("name", "url"), [("A", "u")])
    assert logos() == {"u": "A"}
    assert size() == before
