from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import text

from jackfield.plugins import records
from jackfield.plugins.approval import Decision
from jackfield.plugins.permissions import Grants, Permission
from jackfield.plugins.records import Record, Snapshot, Version
from jackfield.plugins.settings import Choice, SettingField, SettingsSchema
from jackfield.plugins.spec import Action, PluginSpec
from jackfield.store import Database

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)

SPEC = PluginSpec(
    dialect="stage", slug="lamp", name="Lamp", version="1.0", description="é", author="Ann",
    permissions=(Permission.of("network.fetch", hosts=["a", "b"]), Permission.of("kv")),
    settings=SettingsSchema((
        SettingField("color", "select", "Colour", default="red", choices=(Choice("red", "Red"),)),
        SettingField("key", secret=True),
    )),
    actions=(Action("reset", "Reset", confirm="Sure?"),),
    icon="icon.png", warnings=("old form",), details={"api": 1, "nested": {"list": [1, None]}},
)  # fmt: skip


def record(slug: str = "lamp") -> Record:
    decision = Decision(Grants.parse(["network.fetch(hosts=a)"]), Grants.parse(["kv"]))
    return Record(
        slug, "stage", NOW, current="v2", pending="v3", enabled=True, state="running",
        reason="because", last_error="once", decision=decision, settings={"color": "red"},
        failures=(1.5, 2.5),
        versions=(
            Version(f"{slug}3" if slug != "lamp" else "v3", SPEC, NOW + timedelta(hours=2)),
            Version(f"{slug}2" if slug != "lamp" else "v2", SPEC, NOW + timedelta(hours=1)),
            Version(f"{slug}1" if slug != "lamp" else "v1", SPEC, NOW,
                    Snapshot(decision, {"color": "blue"})),
        ),
    )  # fmt: skip


def loaded(db: Database) -> list[Record]:
    with db.read() as session:
        return records.load(session)


def test_what_is_stored_comes_back() -> None:
    with Database() as db:
        with db.begin() as session:
            records.save(session, record())
        assert loaded(db) == [record()]


def test_a_change_takes_the_place_and_drops_versions() -> None:
    from dataclasses import replace

    with Database() as db:
        with db.begin() as session:
            records.save(session, record())
        changed = replace(record(), state="disabled", pending=None, versions=record().versions[1:])
        with db.begin() as session:
            records.save(session, changed, record())
        assert loaded(db) == [changed]


def test_plugins_are_kept_apart() -> None:
    from dataclasses import replace

    other = replace(record("rope"), current="rope2", pending=None)
    with Database() as db:
        with db.begin() as session:
            records.save(session, record())
            records.save(session, other)
        with db.begin() as session:
            records.remove(session, record(), keep_data=True, now=NOW)
        assert loaded(db) == [other]
        with db.begin() as session:
            assert records.kept(session) == {"lamp": ("stage", {"color": "red"})}
            records.take_kept(session, "lamp")
            assert records.kept(session) == {}


def test_data_goes_when_it_should() -> None:
    with Database() as db:
        with db.begin() as session:
            records.save(session, record())
            for slug in ("lamp", "rope"):
                session.execute(
                    text("INSERT INTO kv (slug, key, value) VALUES (:s, 'k', 'v')"), {"s": slug}
                )
            records.remove(session, record(), keep_data=False, now=NOW)
        with db.read() as session:
            assert session.execute(text("SELECT slug FROM kv")).scalars().all() == ["rope"]
            assert records.kept(session) == {}


def test_a_spec_of_another_version_of_jackfield_stops_nothing() -> None:
    with Database() as db:
        with db.begin() as session:
            records.save(session, record())
            session.execute(text("UPDATE plugin_versions SET spec = '{\"dialect\": 5}'"))
        assert loaded(db)[0].spec.name == "lamp"
        assert loaded(db)[0].spec.version == "1.0"


def test_details_of_any_mapping() -> None:
    from dataclasses import replace

    spec = replace(SPEC, details=MappingProxyType({"a": 1}))
    assert records.spec_to_json(spec)["details"] == {"a": 1}
