from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from jackfield.errors import InvalidInput, JackfieldError, SurroundingsError, Unavailable
from jackfield.store import Database
from jackfield.store import database as database_module
from jackfield.store.schema import HEAD
from jackfield.store.tables.kv import KvRow
from jackfield.store.tables.plugins import KeptSettingsRow


def url(path: Path) -> str:
    return f"sqlite:///{path / 'jackfield.db'}"


def put(db: Database, key: str, value: str = "v") -> None:
    with db.begin() as session:
        session.merge(KvRow(slug="lamp", key=key, value=value))


def keys(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(KvRow.key).order_by(KvRow.key)))


def test_what_is_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        put(db, "a")
    with Database(url(tmp_path)) as db:
        assert keys(db) == ["a"]


def test_an_error_inside_the_block_stores_nothing(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        with pytest.raises(ZeroDivisionError), db.begin() as session:
            session.add(KvRow(slug="lamp", key="a", value="v"))
            session.flush()
            raise ZeroDivisionError
        assert keys(db) == []


def test_reading_stores_nothing(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        with db.read() as session:
            session.add(KvRow(slug="lamp", key="a", value="v"))
            session.flush()
        assert keys(db) == []


def test_it_keeps_its_promises_on_every_connection(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db, db.read() as session, db.read() as other:
        for one in (session, other):
            assert one.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert one.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert one.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_temporary_one_is_a_file_that_goes() -> None:
    with Database() as db:
        put(db, "a")
        assert keys(db) == ["a"]
        assert Path(db.place).exists()
    assert not Path(db.place).exists()


def test_a_reader_sees_one_moment_while_a_writer_goes_on() -> None:
    with Database() as db, db.read() as session:
        assert list(session.scalars(select(KvRow.key))) == []
        put(db, "a")
        assert list(session.scalars(select(KvRow.key))) == []
        assert keys(db) == ["a"]


def test_many_writers_and_readers_at_once() -> None:
    def work(number: int) -> None:
        for step in range(10):
            with db.begin() as session:
                row = session.get(KvRow, ("lamp", "count"))
                assert row is not None
                row.value = str(int(row.value) + 1)
            put(db, f"{number}-{step}")
            keys(db)

    with Database() as db:
        put(db, "count", "0")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        with db.read() as session:
            row = session.get(KvRow, ("lamp", "count"))
            assert row is not None and row.value == "80"
        assert len(keys(db)) == 81


def test_a_writer_that_waits_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    with Database() as db:
        inside, leave = threading.Event(), threading.Event()

        def hold() -> None:
            with db.begin() as session:
                session.execute(select(KvRow))
                inside.set()
                leave.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        inside.wait(20)
        try:
            with pytest.raises(Unavailable, match="the database is busy"):
                put(db, "a")
        finally:
            leave.set()
            thread.join()
        put(db, "a")


def test_faults_of_the_program_are_not_dressed_up() -> None:
    with Database() as db:
        put(db, "a")
        with pytest.raises(IntegrityError), db.begin() as session:
            session.add(KvRow(slug="lamp", key="a", value="again"))


# -- surroundings ---------------------------------------------------------------------------------


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        put(db, "a")
        with db.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(SurroundingsError, match="the disk is full") as caught:
            put(db, "b", "x" * 500_000)
        assert "nothing that was stored is lost" in str(caught.value)
        assert caught.value.exit_code == 6
        assert keys(db) == ["a"]
        put(db, "c")
        assert keys(db) == ["a", "c"]


@pytest.mark.parametrize("content", [b"hello" * 500, os.urandom(4096), b"SQLite format 3\0" * 50])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "jackfield.db"
    file.write_bytes(content)
    with pytest.raises(SurroundingsError, match="the database failed") as caught:
        Database(url(tmp_path))
    assert caught.value.file == str(file)
    assert file.read_bytes() == content


def test_a_damaged_database(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        for number in range(50):
            put(db, str(number), "x" * 2000)
        assert db.check() == []
    file = tmp_path / "jackfield.db"
    data = bytearray(file.read_bytes())
    data[8192:] = os.urandom(len(data) - 8192)
    file.write_bytes(bytes(data))
    with pytest.raises(SurroundingsError, match="damaged"), Database(url(tmp_path)) as db:
        assert db.check() != []
        with db.read() as session:
            list(session.scalars(select(KvRow.value)))
    assert file.read_bytes()[8192:] == bytes(data[8192:])


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "jackfield.db").mkdir()
    with pytest.raises(SurroundingsError, match="it is a directory"):
        Database(url(tmp_path))


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="cannot be opened"):
        Database(url(tmp_path / "missing"))


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        put(db, "a")
    script = (
        "import os, sys\n"
        "from jackfield.errors import SurroundingsError\n"
        "from jackfield.store import Database\n"
        "from jackfield.store.tables.kv import KvRow\n"
        "Database().close()  # another user may not be able to import what this needs\n"
        "path = sys.argv[1]\n"
        "if os.getuid() == 0:\n"
        "    import pathlib\n"
        "    for parent in pathlib.Path(path).parents:\n"
        "        try: os.chmod(parent, parent.stat().st_mode | 0o111)\n"
        "        except OSError: pass\n"
        "    os.chmod(path, 0o444); os.setuid(65534)\n"
        "else:\n"
        "    os.chmod(path, 0o444); os.chmod(os.path.dirname(path), 0o500)\n"
        "try:\n"
        "    with Database('sqlite:///' + path) as db, db.begin() as session:\n"
        "        session.add(KvRow(slug='lamp', key='b', value='v'))\n"
        "except SurroundingsError as error:\n"
        "    print(error)\n"
    )
    file = tmp_path / "jackfield.db"
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=False
    )
    tmp_path.chmod(0o700)
    assert "the database failed" in done.stdout, done.stderr
    assert str(file) in done.stdout


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    with Database(url(tmp_path)) as db:
        put(db, "a")
        with db.begin() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (tmp_path / "jackfield.db").read_bytes()
    with pytest.raises(SurroundingsError, match="newer version of Jackfield") as caught:
        Database(url(tmp_path))
    assert "'9999'" in str(caught.value) and HEAD in str(caught.value)
    assert (tmp_path / "jackfield.db").read_bytes() == before


def test_somebody_elses_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "jackfield.db") as connection:
        connection.execute("CREATE TABLE plugins (id INTEGER)")
    connection.close()
    with pytest.raises(SurroundingsError, match="a database of its own"):
        Database(url(tmp_path))


@pytest.mark.parametrize(
    "bad", ["nonsense", "", "mysql2://x", "sqlite://", "sqlite:///:memory:", "mysql://x"]
)
def test_a_url_that_is_none(bad: str) -> None:
    with pytest.raises(InvalidInput, match="not the URL of a database"):
        Database(bad)


def test_postgresql_is_asked_for_by_its_url() -> None:
    """Whatever is missing here (the driver, or the server), it is one clear error."""
    with pytest.raises(JackfieldError) as caught:
        Database("postgresql://user:secret@127.0.0.1:1/jackfield")
    assert isinstance(caught.value, SurroundingsError)
    assert "secret" not in str(caught.value)


# -- times ------------------------------------------------------------------------------------


def test_moments_keep_their_meaning() -> None:
    east = datetime(2026, 11, 20, 12, 30, tzinfo=timezone(timedelta(hours=3)))
    with Database() as db:
        with db.begin() as session:
            session.add(
                KeptSettingsRow(slug="lamp", dialect="stage", settings={}, uninstalled_at=east)
            )
        with db.read() as session:
            row = session.get(KeptSettingsRow, "lamp")
            assert row is not None
            assert row.uninstalled_at == east
            assert row.uninstalled_at.tzinfo == UTC
        with pytest.raises(StatementError, match="has no time zone"), db.begin() as session:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001
            session.add(
                KeptSettingsRow(slug="b", dialect="stage", settings={}, uninstalled_at=naive)
            )
