"""The two ways to this version's tables, all at once or step by step, lead to the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from jackfield.errors import SurroundingsError
from jackfield.store import Database, schema
from jackfield.store.tables import metadata


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def tables(file: Path) -> dict[str, str]:
    """What SQLite remembers of each table and index, without the spelling."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        found = {name: re.sub(r"\s+", " ", sql).replace('"', "") for name, sql in rows}
    engine.dispose()
    return found


def migrated(file: Path, target: str) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        schema.upgrade(connection, target)
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    assert scripts().get_heads() == [schema.HEAD]


def test_migrations_are_numbered_in_order() -> None:
    revisions = [script.revision for script in scripts().walk_revisions()][::-1]
    assert revisions == sorted(revisions)
    assert all(schema.knows(revision) for revision in revisions)
    assert not schema.knows("9999")


def test_both_ways_lead_to_the_same_tables(tmp_path: Path) -> None:
    migrated(tmp_path / "stepwise.db", "head")
    Database(f"sqlite:///{tmp_path}/at-once.db").close()
    stepwise, at_once = tables(tmp_path / "stepwise.db"), tables(tmp_path / "at-once.db")
    assert sorted(stepwise) == sorted(at_once)
    assert set(metadata.tables) < set(at_once)


def test_alembic_sees_no_difference(tmp_path: Path) -> None:
    migrated(tmp_path / "x.db", "head")
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_older_database_is_brought_up_and_a_copy_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = [script.revision for script in scripts().walk_revisions()][::-1]
    file = tmp_path / "jackfield.db"
    migrated(file, revisions[0])
    if len(revisions) == 1:  # nothing is older yet: act as if this version were one further
        monkeypatch.setattr(schema, "HEAD", "0002")
        step = text("UPDATE alembic_version SET version_num = '0002'")
        monkeypatch.setattr(schema, "upgrade", lambda connection: connection.execute(step))
    with Database(f"sqlite:///{file}") as db, db.read() as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        assert found == schema.HEAD
    copy = tmp_path / f"jackfield.db.before-{schema.HEAD}-was-{revisions[0]}"
    assert "plugins" in tables(copy)


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database(f"sqlite:///{tmp_path}/jackfield.db").close()
    before = tables(tmp_path / "jackfield.db")

    def half(connection: object) -> None:
        connection.execute(text("DROP TABLE kv"))  # type: ignore[attr-defined]
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "HEAD", "9999")
    monkeypatch.setattr(schema, "upgrade", half)
    with pytest.raises(ZeroDivisionError):
        Database(f"sqlite:///{tmp_path}/jackfield.db")
    assert tables(tmp_path / "jackfield.db") == before


def test_creating_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: object, place: str) -> None:
        metadata.create_all(connection)  # type: ignore[arg-type]
        raise SurroundingsError("the disk is full", file=place)

    with monkeypatch.context() as patch:
        patch.setattr(schema, "create", half)
        with pytest.raises(SurroundingsError):
            Database(f"sqlite:///{tmp_path}/jackfield.db")
    assert tables(tmp_path / "jackfield.db") == {}
    Database(f"sqlite:///{tmp_path}/jackfield.db").close()


def test_alembic_is_not_imported_for_a_current_or_a_new_database(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from jackfield.store import Database\n"
        "for _ in range(2):\n"
        "    Database(sys.argv[1]).close()\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path}/x.db"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"
