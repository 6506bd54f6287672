"""A real PostgreSQL of the tests' own, from the distribution's packages.

Its cluster lies in a temporary folder, listens on a socket there and on nothing else, and runs as
an unprivileged user: PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

ENVIRONMENT = "JACKFIELD_TEST_POSTGRESQL"
"""Set to the socket's folder: tests that open an SQLite database get one there instead."""

USER = "jackfield"
PASSWORD = "it's a%40secret"


@cache
def programs() -> Path | None:
    """The folder of the newest server's programs; ``None`` where there is none."""
    found = sorted(
        (p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: int(folder.parent.name),
    )
    if found:
        return found[-1]
    there = shutil.which("initdb")
    return None if there is None else Path(there).resolve().parent


needs_postgresql = pytest.mark.skipif(
    programs() is None, reason="postgresql is not installed (scripts/test does that)"
)


class Cluster:
    """A running server.

    :ivar folder: where its socket is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    def url(self, name: str, password: str = PASSWORD) -> str:
        """The address of a database."""
        return f"postgresql://{USER}:{quote(password, safe='')}@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A new database, empty or like *template*; its URL."""
        import psycopg

        name = f"db_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def stop(self) -> None:
        """End the server at once, as a crash does."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start it, again."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
        log = str(self.folder / "log")
        _run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new cluster until the end of the block."""
    # Short, because the name of a socket may have 107 bytes; not pytest's folder, which another
    # user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="jf-pg-"))
    made = Cluster(folder)
    try:
        if (who := _user()) is not None:
            shutil.chown(folder, who)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if who is not None:
            shutil.chown(secret, who)
        _run(
            "initdb", "-D", str(folder / "data"), "-U", USER, "--auth=scram-sha-256",
            f"--pwfile={secret}", "--no-sync", "--encoding=UTF8", "--locale=C",
        )  # fmt: skip
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """Who runs the server where we are root; ``None`` for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user for it")


def _run(program: str, *arguments: str) -> None:
    folder = programs()
    assert folder is not None
    done = subprocess.run(
        [str(folder / program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        user=_user(),
        check=False,
    )
    assert done.returncode == 0, done.stdout


def stand_in(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let every :class:`Database` that would be a file of SQLite be one of that cluster."""
    from jackfield.store import Database

    there = Cluster(folder)
    known: dict[str, str] = {}
    real = Database.__init__
    # To copy tables that are there is three times as fast as to make them.
    made = there.create()
    Database(made).close()
    template = made.partition("?")[0].rpartition("/")[2]

    def open_elsewhere(self: Database, url: str | None = None) -> None:
        if url is None:
            url = there.create(template)
        elif url.startswith("sqlite:"):
            if url not in known:
                known[url] = there.create(template)
            url = known[url]
        real(self, url)

    patch.setattr(Database, "__init__", open_elsewhere)
