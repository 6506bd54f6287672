from __future__ import annotations

import msgspec
import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.spec import SLUG
from jackfield.services.host_settings import SPACE, HostSettings
from jackfield.services.kv import MemoryKeyValue, StoredKeyValue
from jackfield.store import Database


class Document(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    some_text: str = ""
    number: int = 3


@pytest.fixture
def kv() -> MemoryKeyValue:
    return MemoryKeyValue()


def test_no_plugin_can_have_the_space() -> None:
    assert SLUG.match(SPACE) is None


def test_a_document_that_was_never_stored_is_empty(kv: MemoryKeyValue) -> None:
    assert HostSettings(kv).read("d", Document) == Document()


def test_what_is_written_is_read_by_a_later_host(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with Database(url) as db:
        HostSettings(StoredKeyValue(db)).write("d", Document(some_text="a"))
    with Database(url) as db:
        assert HostSettings(StoredKeyValue(db)).read("d", Document) == Document(some_text="a")


def test_some_members_are_changed(kv: MemoryKeyValue) -> None:
    settings = HostSettings(kv)
    assert settings.change("d", Document, {"someText": "a"}) == Document(some_text="a")
    assert settings.change("d", Document, {"number": 4}) == Document(some_text="a", number=4)
    assert settings.read("d", Document) == Document(some_text="a", number=4)


@pytest.mark.parametrize("changes", [{"other": 1}, {"number": "four"}, {"someText": None}])
def test_what_does_not_fit_changes_nothing(kv: MemoryKeyValue, changes: dict[str, object]) -> None:
    settings = HostSettings(kv)
    settings.write("d", Document(some_text="a"))
    with pytest.raises(InvalidInput):
        settings.change("d", Document, changes)
    assert settings.read("d", Document) == Document(some_text="a")


def test_a_document_of_another_version_counts_as_none(kv: MemoryKeyValue) -> None:
    kv.set(SPACE, "d", '{"number": "was a text once"}')
    assert HostSettings(kv).read("d", Document) == Document()


def test_a_secret_is_made_once(kv: MemoryKeyValue) -> None:
    settings = HostSettings(kv)
    assert settings.secret("key", "first") == "first"
    assert HostSettings(kv).secret("key", "second") == "first"
