"""What the rows of plugins should say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr.row_book import RowBook


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PluginHost]:
    made = PluginHost(tmp_path)
    yield made
    made.stop()


def test_all_rows_at_first_and_then_what_changes(own: PluginHost) -> None:
    own.registry.install(own.write("one", "return {}"))
    own.registry.install(own.write("two", "return {}"))
    book = RowBook(own.registry)
    own.registry.observe(book.note)
    assert [row["key"] for row in book.take(besides="two")] == ["one"]
    assert book.take() == [] and not book.waiting()
    own.registry.set_settings("one", {"n": 1})
    assert book.waiting()
    assert book.take() == [
        {
            "key": "one", "slug": "one", "name": "one", "version": "1.0",
            "description": "For a test", "enabled": False, "ever_enabled": False,
            "settings": {"n": 1},
        }
    ]  # fmt: skip
    own.registry.uninstall("one", keep_data=False)
    assert book.take() == [{"key": "one", "gone": True}]


def test_a_row_of_one_that_starts_is_enabled(own: PluginHost) -> None:
    own.registry.install(own.write("my-one", "return {}"))
    book = RowBook(own.registry)
    assert book.of("my-one")["enabled"] is False
    found = book.of("my-one", running=True)
    assert (found["enabled"], found["ever_enabled"], found["key"]) == (True, True, "my-one")


def test_rows_are_written_without_telling_the_host(django_env: object) -> None:
    from apps.plugins.models import PluginConfig

    from jackfield.dialects.dispatcharr.plugin_process import rows
    from jackfield.dialects.dispatcharr.processes import here

    told: list[str] = []
    tell, here.tell = here.tell, lambda method, **_: told.append(method)
    try:
        row = {"key": "a", "name": "A", "version": "1", "enabled": True, "settings": {"n": 1}}
        rows.bring([row])
        rows.bring([row | {"name": "B", "settings": {"n": 2}}])
        found = PluginConfig.objects.get(key="a")
        assert (found.name, found.settings, found.enabled) == ("B", {"n": 2}, True)
        before = found.updated_at
        rows.bring([row | {"name": "B", "settings": {"n": 2}}])
        rows.keep_settings("a", {"n": 2})
        assert PluginConfig.objects.get(key="a").updated_at == before
        rows.keep_settings("a", {"n": 3})
        assert PluginConfig.objects.get(key="a").settings == {"n": 3}
        rows.bring([{"key": "a", "gone": True}])
        assert not PluginConfig.objects.filter(key="a").exists()
    finally:
        here.tell = tell
    assert told == []
