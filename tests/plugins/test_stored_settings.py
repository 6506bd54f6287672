from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import InvalidInput, ManifestError, NotFound
from jackfield.plugins.permissions import Permission
from jackfield.plugins.settings import SettingField, SettingsSchema
from plugins.stage import Stage, folder, stage

FIELDS = {
    "color": {"default": "red"},
    "count": {"type": "number", "default": 1},
    "key": {"secret": True, "default": ""},
    "about": {"type": "info"},
}


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        (tmp_path / "src").mkdir()
        made.registry.install(folder(tmp_path / "src", settings=FIELDS))
        yield made


def opened(made: Stage) -> None:
    """From now on the plugin's fields only propose."""
    spec = made.registry.spec("lamp")
    made.registry.learn("lamp", replace(spec, settings=replace(spec.settings, open=True)))


def test_replacing_forgets_what_is_not_named(lit: Stage) -> None:
    lit.registry.set_settings("lamp", {"color": "blue", "count": 3})
    assert lit.registry.set_settings("lamp", {"count": 4}, replace=True) == {
        "color": "red", "count": 4, "key": {"secret": True, "set": False},
    }  # fmt: skip
    assert lit.registry.stored_settings("lamp") == {"count": 4}


@pytest.mark.parametrize("replacing", [False, True])
def test_a_secret_as_it_was_shown_stays(lit: Stage, replacing: bool) -> None:
    lit.registry.set_settings("lamp", {"key": "s3cret"})
    shown = lit.registry.settings("lamp")
    lit.registry.set_settings("lamp", shown, replace=replacing)
    assert lit.registry.stored_settings("lamp")["key"] == "s3cret"


def test_replacing_without_the_secret_forgets_it(lit: Stage) -> None:
    lit.registry.set_settings("lamp", {"key": "s3cret"})
    assert lit.registry.set_settings("lamp", {}, replace=True)["key"]["set"] is False


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"color": "\ud800"}, "color"),
        ({"other": [{"a": "x\udcff"}]}, "other"),
        ({"x\udcff": 1}, "x\\udcff"),
        ({"count": float("nan")}, "count"),
        ({"other": float("inf")}, "other"),
    ],
)
def test_what_would_not_come_back_is_not_stored(
    lit: Stage, values: dict[str, Any], field: str
) -> None:
    """Neither half a character nor a number that is none can be written as JSON, so that nobody
    could read these settings any more."""
    opened(lit)
    lit.registry.set_settings("lamp", {"color": "blue"})
    with pytest.raises(InvalidInput, match="has a value that cannot be stored") as caught:
        lit.registry.set_settings("lamp", values)
    assert str(caught.value).startswith(f"lamp: {field}: ")
    str(caught.value).encode()
    assert lit.registry.stored_settings("lamp") == {"color": "blue"}


def test_open_fields_take_everything(lit: Stage) -> None:
    opened(lit)
    values = {"color": 7, "other": {"a": [1]}, "about": "x", "count": "many"}
    shown = lit.registry.set_settings("lamp", values)
    assert shown == {**values, "key": {"secret": True, "set": False}}
    assert lit.registry.stored_settings("lamp") == values
    assert lit.registry.set_settings("lamp", {"other": None})["color"] == 7
    assert "other" not in lit.registry.stored_settings("lamp")


def test_a_null_is_a_value_where_all_open_fields_are_given(lit: Stage) -> None:
    opened(lit)
    lit.registry.set_settings("lamp", {"color": None, "other": None}, replace=True)
    assert lit.registry.stored_settings("lamp") == {"color": None, "other": None}


def test_closed_fields_still_refuse(lit: Stage) -> None:
    with pytest.raises(InvalidInput, match="no such setting"):
        lit.registry.set_settings("lamp", {"other": 1}, replace=True)
    assert lit.registry.stored_settings("lamp") == {}


def test_a_plugin_keeps_what_it_likes(lit: Stage) -> None:
    told: list[str] = []
    lit.registry.observe(lambda change: told.append(change.what))
    lit.registry.keep_settings("lamp", {"color": "blue", "seen": 3})
    lit.registry.keep_settings("lamp", {"color": "blue", "seen": 3})
    assert told == ["settings"]
    # Its fields are closed, so what none of them describes is not shown, but nothing is lost.
    assert lit.registry.settings("lamp")["color"] == "blue"
    opened(lit)
    assert lit.registry.settings("lamp")["seen"] == 3
    with pytest.raises(NotFound):
        lit.registry.keep_settings("fan", {})


def test_what_runs_sees_what_is_stored_and_what_holds(lit: Stage) -> None:
    lit.registry.enable("lamp")
    (runtime,) = lit.dialect.alive
    lit.registry.keep_settings("lamp", {"count": 5})
    assert runtime.context.stored_settings() == {"count": 5}
    assert runtime.context.settings() == {"color": "red", "count": 5, "key": ""}


def test_a_plugin_may_keep_settings_while_it_is_being_changed(lit: Stage) -> None:
    lit.registry.enable("lamp")
    with lit.registry._operation("lamp", "being tested"):
        thread = threading.Thread(target=lit.registry.keep_settings, args=("lamp", {"count": 9}))
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    assert lit.registry.stored_settings("lamp") == {"count": 9}


def test_no_change_is_lost_between_many(lit: Stage) -> None:
    opened(lit)

    def write(name: str) -> None:
        for number in range(10):
            lit.registry.set_settings("lamp", {name: number})

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lit.registry.stored_settings("lamp") == {f"t{n}": 9 for n in range(4)}


# -- what a running plugin says of itself ----------------------------------------------------------


def test_a_running_plugin_teaches(lit: Stage) -> None:
    registry = lit.registry
    registry.enable("lamp")
    (runtime,) = lit.dialect.alive
    told: list[Any] = []
    registry.observe(told.append)
    fields = SettingsSchema((SettingField("volume", "number", default=11),))
    more = replace(
        registry.spec("lamp"), name="Bright", settings=fields, slug="other", dialect="other",
        permissions=(Permission("kv"),),
    )  # fmt: skip
    registry.learn("lamp", more)
    registry.learn("lamp", more)
    spec = registry.spec("lamp")
    assert (spec.slug, spec.dialect, spec.permissions, spec.name) == ("lamp", "stage", (), "Bright")
    assert registry.running("lamp").spec == spec  # type: ignore[union-attr]
    assert runtime.context.settings() == {"volume": 11}
    assert [(change.what, change.state.name) for change in told] == [("state", "Bright")]


def test_what_was_learnt_is_stored_until_the_files_are_read_again(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with stage(tmp_path / "data") as first:
        first.registry.install(folder(tmp_path / "src", settings=FIELDS))
        first.registry.learn("lamp", replace(first.registry.spec("lamp"), name="Bright"))
    with stage(tmp_path / "data") as second:
        assert second.registry.get("lamp").name == "Bright"
        second.registry.start()
        second.registry.enable("lamp")
        assert second.registry.get("lamp").name == "Lamp"


def test_what_cannot_be_stored_is_not_learnt(lit: Stage) -> None:
    spec = replace(lit.registry.spec("lamp"), description="half \ud800")
    with pytest.raises(ManifestError, match="cannot be stored"):
        lit.registry.learn("lamp", spec)
    assert lit.registry.spec("lamp").description == ""
