"""Configuring Django and migrating its database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.errors import InvalidInput, SurroundingsError

SET_UP = """
import json, sys
from jackfield.dialects.dispatcharr import django_setup
django_setup.configure(django_setup.Environment.from_dict(json.loads(sys.argv[1])))
"""


def child(environment: Environment, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SET_UP + code, json.dumps(environment.to_dict())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(environment: Environment, code: str) -> str:
    """What *code* prints in a process that is configured with *environment*."""
    process = child(environment, code)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip()


MIGRATE = """
from jackfield.errors import JackfieldError
try:
    django_setup.migrate()
except JackfieldError as error:
    print("refused:", error)
else:
    from core.models import StreamProfile, UserAgent
    from apps.m3u.models import M3UAccount
    print(UserAgent.objects.count(), StreamProfile.objects.count(), M3UAccount.objects.count())
"""


class TestEnvironment:
    def test_is_json_both_ways(self, tmp_path: Path) -> None:
        environment = Environment(
            home=tmp_path, broker="redis://r:6379/1", secret="s", era="current"
        )
        there = json.loads(json.dumps(environment.to_dict()))
        assert Environment.from_dict(there) == environment

    def test_plugins_lie_in_the_home_unless_said(self, tmp_path: Path) -> None:
        assert Environment(home=tmp_path).plugins == tmp_path / "plugins"
        assert Environment(home=tmp_path, plugins=tmp_path / "p").plugins == tmp_path / "p"

    def test_refuses_an_unknown_era(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="'next' is unknown"):
            Environment(home=tmp_path, era="next")


class TestConfigure:
    def test_again_changes_nothing(self, django_env: Environment) -> None:
        django_setup.configure(Environment.from_dict(django_env.to_dict()))
        assert django_setup.environment() == django_env

    def test_refuses_another_environment(self, django_env: Environment, tmp_path: Path) -> None:
        with pytest.raises(SurroundingsError, match="cannot change"):
            django_setup.configure(Environment(home=tmp_path))

    def test_opens_no_connection(self, tmp_path: Path) -> None:
        code = """
import apps.channels.models, apps.m3u.models, apps.epg.models, apps.vod.models
import apps.plugins.models, apps.accounts.models, core.models
from django.db import connections
print(connections["default"].connection)
"""
        assert run(Environment(home=tmp_path), code) == "None"
        assert list(tmp_path.iterdir()) == []

    def test_settings_that_plugins_read(self, django_env: Environment) -> None:
        from django.conf import settings

        assert django_env.home == settings.BASE_DIR
        assert str(django_env.home) == settings.MEDIA_ROOT
        assert settings.TIME_ZONE == "UTC"
        assert settings.USE_TZ is True
        assert django_env.secret == settings.SECRET_KEY
        assert settings.AUTH_USER_MODEL == "accounts.User"

    def test_redis_settings_follow_the_url(self) -> None:
        values = django_setup._redis("redis://u:p%40@box:6380/3")
        assert values["REDIS_HOST"] == "box"
        assert values["REDIS_PORT"] == 6380
        assert values["REDIS_DB"] == "3"
        assert values["REDIS_PASSWORD"] == "p@"
        assert django_setup._redis("unix:///run/x.sock")["REDIS_DB"] == "0"

    def test_sqlite_waits_and_keeps_foreign_keys(self, django_env: Environment) -> None:
        from django.db import connection

        def pragma(name: str) -> Any:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA {name}")
                return cursor.fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") >= 30_000

    def test_a_connection_closed_by_a_plugin_comes_back(self, django_env: Environment) -> None:
        from core.models import UserAgent
        from django.db import close_old_connections

        assert UserAgent.objects.count() == 1
        close_old_connections()
        assert UserAgent.objects.count() == 1


class TestManyAtOnce:
    def test_threads_lose_no_change_and_none_fails(self, django_env: Environment) -> None:
        """Read, change and write in one transaction: SQLite lets one writer in at a time."""
        from core.models import CoreSettings
        from django.db import connection, transaction

        row = CoreSettings.objects.create(key="count", value={"n": 0})
        failed: list[BaseException] = []

        def count() -> None:
            try:
                for _ in range(10):
                    with transaction.atomic():
                        mine = CoreSettings.objects.select_for_update().get(key="count")
                        mine.value["n"] += 1
                        mine.save()
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        row.refresh_from_db()
        assert row.value == {"n": 80}

    def test_readers_see_what_was_before_while_one_writes(self, django_env: Environment) -> None:
        from core.models import UserAgent
        from django.db import connection, transaction

        seen: list[int] = []

        def read() -> None:
            seen.append(UserAgent.objects.count())
            connection.close()

        with transaction.atomic():
            UserAgent.objects.create(name="new", user_agent="new")
            reader = threading.Thread(target=read)
            reader.start()
            reader.join()
        assert seen == [1]


class TestProgramsThatPluginsStart:
    def test_have_the_same_django(self, django_env: Environment) -> None:
        code = (
            "import django; django.setup()\n"
            "from core.models import UserAgent\n"
            "from dispatcharr.settings import BASE_DIR\n"
            "from jackfield.dialects.dispatcharr import django_setup\n"
            "print(UserAgent.objects.count(), BASE_DIR, django_setup.environment().era)\n"
        )
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env={
                **os.environ,
                **django_setup.subprocess_variables(),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.stdout == f"1 {django_env.home} seed\n", ran.stderr

    def test_others_have_no_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(django_setup.ENVIRONMENT, raising=False)
        with pytest.raises(SurroundingsError, match="has no settings in this process"):
            django_setup.inherited_settings()


class TestDatabaseUrl:
    def test_refuses_a_kind_it_does_not_know(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="'mysql'"):
            django_setup._database(Environment(home=tmp_path, database="mysql://x/y"))

    def test_postgresql_without_its_driver_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(SurroundingsError, match="psycopg is not installed"):
            django_setup._database(Environment(home=tmp_path, database="postgresql://h/d"))

    def test_postgresql_lies_in_its_own_schema(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", object())
        url = "postgresql+psycopg://me:s%2Fs@db:5433/tv?sslmode=require&options=-c%20jit%3Doff"
        values = django_setup._database(Environment(home=tmp_path, database=url))
        assert values["NAME"] == "tv"
        assert values["USER"] == "me"
        assert values["PASSWORD"] == "s/s"
        assert (values["HOST"], values["PORT"]) == ("db", "5433")
        assert values["OPTIONS"] == {
            "sslmode": "require",
            "options": "-c jit=off -c search_path=dispatcharr",
        }


class TestMigrate:
    def test_two_processes_at_once(self, tmp_path: Path) -> None:
        environment = Environment(home=tmp_path)
        processes = [child(environment, MIGRATE) for _ in range(2)]
        for process in processes:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            assert out.strip() == "1 5 1"

    def test_others_of_the_machine_cannot_read_it(self, django_env: Environment) -> None:
        assert (django_env.home / "dispatcharr.db").stat().st_mode & 0o777 == 0o600

    def test_when_current_looks_at_the_fingerprint_only(self, django_env: Environment) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            django_setup.migrate()
        statements = [query["sql"] for query in queries]
        assert len(statements) == 2, statements

    def test_refuses_what_a_newer_version_made(self, tmp_path: Path) -> None:
        environment = Environment(home=tmp_path)
        assert run(environment, MIGRATE) == "1 5 1"
        with sqlite3.connect(tmp_path / "dispatcharr.db") as database:
            database.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('m3u', '0999_later', '2030-01-01')"
            )
            database.execute("UPDATE jackfield_schema SET fingerprint = 'other'")
        database.close()
        refused = run(environment, MIGRATE)
        assert refused.startswith("refused:")
        assert "made by a newer version: it has m3u.0999_later" in refused

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "dispatcharr.db").write_bytes(b"this is no database at all" * 100)
        refused = run(Environment(home=tmp_path), MIGRATE)
        assert refused.startswith("refused:")
        assert "dispatcharr.db: the IPTV database cannot be opened" in refused

    def test_no_migration_is_missing(self, django_env: Environment) -> None:
        from django.core.management import call_command

        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
