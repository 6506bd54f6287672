"""The same host on a real PostgreSQL: its own tests, and those that are written for SQLite."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text

from jackfield.config import Config
from jackfield.errors import SurroundingsError
from jackfield.host import Host
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.store import Database, schema
from jackfield.store.tables import metadata
from jackfield.store.tables.kv import KvRow
from postgresql_rig import ENVIRONMENT, PASSWORD, Cluster, cluster, needs_postgresql

pytestmark = [
    needs_postgresql,
    pytest.mark.skipif(ENVIRONMENT in os.environ, reason="runs inside of itself"),
]

TESTS = Path(__file__).parents[1]
SUITES = {
    "people": [
        "services/test_accounts.py",
        "services/test_access_tokens.py",
        "services/test_ip_bans.py",
        "services/test_plugin_sign_in.py",
        "services/test_visitors.py",
    ],
    "chat": [
        "services/test_chat_store.py",
        "services/test_chat_room.py",
        "services/test_moderation.py",
        "services/test_community.py",
        "services/test_kv.py",
        "services/test_host_settings.py",
    ],
    "registry": [
        "plugins/test_records.py",
        "plugins/registry",
        "plugins/test_adopting.py",
        "plugins/test_settings.py",
        "plugins/test_jobs.py",
    ],
}
OF_SQLITE = ("test_durable_commits_wait_for_the_disk", "test_what_a_killed_host_left_is_marked")
"""They look at SQLite's settings, or open its file in another process."""


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


def keys(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(KvRow.key).order_by(KvRow.key)))


def put(db: Database, key: str, value: str = "v") -> None:
    with db.begin() as session:
        session.merge(KvRow(slug="lamp", key=key, value=value))


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_true_of_sqlite_is_true_here(server: Cluster, suite: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--no-cov",
    ]
    files = [str(TESTS / name) for name in SUITES[suite]]
    done = subprocess.run(
        [*command, "-k", " and ".join(f"not {name}" for name in OF_SQLITE), *files],
        env={**os.environ, ENVIRONMENT: str(server.folder)},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 10 * len(files)


def test_what_is_stored_is_there_after_opening_again(server: Cluster) -> None:
    url = server.create()
    with Database(url) as db:
        put(db, "a")
        assert PASSWORD not in db.place
        assert db.check() == []
    with Database(url) as db:
        assert keys(db) == ["a"]


def test_an_error_inside_the_block_stores_nothing(server: Cluster) -> None:
    with Database(server.create()) as db:
        with pytest.raises(ZeroDivisionError), db.begin() as session:
            session.add(KvRow(slug="lamp", key="a", value="v"))
            session.flush()
            raise ZeroDivisionError
        assert keys(db) == []


def test_a_reader_sees_one_moment(server: Cluster) -> None:
    with Database(server.create()) as db:
        put(db, "a")
        with db.read() as session:
            assert session.scalars(select(KvRow.key)).all() == ["a"]
            put(db, "b")
            assert session.scalars(select(KvRow.key)).all() == ["a"]
        assert keys(db) == ["a", "b"]


def test_a_text_may_have_what_postgresql_cannot_hold(server: Cluster) -> None:
    with Database(server.create()) as db:
        put(db, "a", "before\0after")
        with db.read() as session:
            assert session.scalar(select(KvRow.value)) == "before\N{REPLACEMENT CHARACTER}after"


OPEN = """
import sys
from jackfield.store import Database
from sqlalchemy import text
with Database(sys.argv[1]) as db, db.read() as session:
    print(session.execute(text("SELECT count(*) FROM alembic_version")).scalar())
"""


def test_several_who_come_to_a_new_database_make_its_tables_once(server: Cluster) -> None:
    url = server.create()
    command = [sys.executable, "-c", OPEN, url]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    ends = [child.communicate(timeout=120) for child in children]
    assert [out.strip() for out, _ in ends] == ["1"] * 4, [error for _, error in ends]


# -- tables ------------------------------------------------------------------------------------


def columns(url: str) -> list[Any]:
    with Database(url) as db, db.read() as session:
        rows = session.execute(
            text(
                "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length "
                "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            )
        )
        return [tuple(row) for row in rows]


def stepwise(url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        schema.upgrade(connection, "head")
    engine.dispose()


def test_both_ways_lead_to_the_same_tables(server: Cluster) -> None:
    first, second = server.create(), server.create()
    stepwise(first)
    found = columns(first)
    assert found == columns(second)
    assert {row[0] for row in found} >= set(metadata.tables)


def test_alembic_sees_no_difference(server: Cluster) -> None:
    url = server.create()
    stepwise(url)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


# -- what can go wrong -------------------------------------------------------------------------


def test_a_newer_database_is_left_alone(server: Cluster) -> None:
    url = server.create()
    with Database(url) as db, db.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SurroundingsError, match="written by a newer version"):
        Database(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (lambda server: server.url("postgres", "wrong"), "password authentication failed"),
        (lambda server: server.url("nothing"), 'database "nothing" does not exist'),
        (lambda _server: "postgresql://x@/y?host=/nonexistent", "/nonexistent"),
    ],
)
def test_what_the_server_refuses_is_one_sentence(server: Cluster, url: Any, said: str) -> None:
    with pytest.raises(SurroundingsError) as error:
        Database(url(server))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_a_server_that_was_restarted_is_found_again() -> None:
    with cluster() as own, Database(own.create()) as db:
        put(db, "a")
        own.stop()
        with pytest.raises(SurroundingsError, match="the database failed"):
            put(db, "b")
        own.start()
        assert keys(db) == ["a"]
        put(db, "c")
        assert keys(db) == ["a", "c"]


# -- a host ------------------------------------------------------------------------------------


def test_a_host_keeps_its_people_and_chat_there(server: Cluster, tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "data", database=server.create())
    with Host(config, dialects={}) as host:
        assert host.wait_started(60)
        ann, token = host.services.get(Accounts).register("Ann")
        host.services.get(ChatRoom).post(ann, "hello there")
    assert not (tmp_path / "data" / "jackfield.db").exists()
    with Host(config, dialects={}) as host:
        found = host.services.get(Accounts).authenticate(token)
        assert found is not None
        assert found.display_name == "Ann"
        assert [m.body for m in host.services.get(ChatRoom).history()] == ["hello there"]


def jackfield(data: Path, url: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jackfield", "--data", str(data), *arguments],
        env={**os.environ, "JACKFIELD_DATABASE": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_use_it_too(server: Cluster, tmp_path: Path) -> None:
    url = server.create()
    assert "Ann" in jackfield(tmp_path, url, "user", "create", "Ann")
    assert "Ann" in jackfield(tmp_path, url, "user", "list")
    assert "Nobody" in jackfield(tmp_path, server.create(), "user", "list")
    assert PASSWORD not in jackfield(tmp_path, url, "doctor")
    assert not (tmp_path / "jackfield.db").exists()
