"""What ``jackfield doctor`` looks at: one function a question, none of which changes anything."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from jackfield.config import default_database
from jackfield.errors import JackfieldError

Status = Literal["ok", "warning", "problem"]

LOW_DISK_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    :param advice: what to do; empty where all is well.
    """

    name: str
    status: Status
    found: str
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return asdict(self)


def checkup(data: Path) -> list[Finding]:
    """Every check, in an order in which the first problem is the one to solve first."""
    checks: list[tuple[str, Callable[[Path], Iterator[Finding]]]] = [
        ("python", _python),
        ("sandbox", _sandbox),
        ("data", _data_directory),
        ("disk", _disk),
        ("database", _database),
        ("host", _host),
        ("plugins", _plugins),
    ]
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check(data)
        except JackfieldError as error:
            findings.append(Finding(name, "problem", error.message, error.hint or ""))
        except OSError as error:
            findings.append(Finding(name, "problem", str(error)))
    return findings


def _python(_data: Path) -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _sandbox(_data: Path) -> Iterator[Finding]:
    from jackfield.config import default_cache_dir
    from jackfield.sandbox import EngineCache

    try:
        import wasmtime  # noqa: F401
    except (ImportError, OSError) as error:
        yield Finding(
            "sandbox",
            "problem",
            f"wasmtime cannot be loaded: {error}",
            "install it for this machine: pip install --force-reinstall wasmtime",
        )
        return
    yield Finding("wasmtime", "ok", version("wasmtime"))
    directory = default_cache_dir()
    if EngineCache(directory).ready():
        yield Finding("engine", "ok", f"compiled, in {directory}")
    else:
        yield Finding(
            "engine",
            "warning",
            "not compiled yet; the first start does it, once",
            "to do it now: jackfield engine compile",
        )
    nearest = _nearest(directory)
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield Finding(
            "cache",
            "problem",
            f"{nearest} cannot be written",
            "make it writable, or set JACKFIELD_CACHE to another directory",
        )


def _data_directory(data: Path) -> Iterator[Finding]:
    if not data.exists():
        nearest = _nearest(data)
        if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
            yield Finding("data", "ok", f"{data} will be made at the first start")
        else:
            yield Finding(
                "data",
                "problem",
                f"{data} cannot be made: {nearest} is not writable",
                "choose another with --data or JACKFIELD_DATA",
            )
    elif not data.is_dir():
        yield Finding(
            "data",
            "problem",
            f"{data} is not a directory",
            "choose another with --data or JACKFIELD_DATA",
        )
    elif not os.access(data, os.W_OK | os.X_OK):
        yield Finding(
            "data",
            "problem",
            f"{data} cannot be written",
            "make it writable for this user, or choose another",
        )
    else:
        yield Finding("data", "ok", str(data))


def _disk(data: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(data)).free
    found = f"{free / 1e9:.1f} GB free"
    if free < LOW_DISK_BYTES:
        yield Finding("disk", "warning", found, "free some space before it is full")
    else:
        yield Finding("disk", "ok", found)


def _database(data: Path) -> Iterator[Finding]:
    if url := default_database():
        yield from _database_elsewhere(url)
        return
    file = data / "jackfield.db"
    if not file.is_file():
        return
    try:
        # Read only, and beside a running host if there is one: SQLite's log allows both.
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as db:
            verdict = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
    except sqlite3.Error as error:
        verdict = [str(error)]
    if verdict == ["ok"]:
        yield Finding("database", "ok", f"{file.stat().st_size:,} bytes, undamaged")
    else:
        yield Finding(
            "database",
            "problem",
            f"{file}: {'; '.join(verdict)}",
            "stop the host and restore a backup in its place",
        )


def _database_elsewhere(url: str) -> Iterator[Finding]:
    from jackfield.store import Database

    try:
        with Database(url) as db:
            yield Finding("database", "ok", db.place)
    except JackfieldError as error:
        yield Finding(
            "database", "problem", error.message, error.hint or "check JACKFIELD_DATABASE"
        )


def _host(data: Path) -> Iterator[Finding]:
    from jackfield.cli.operator import running_host
    from jackfield.cli.serve import DEFAULT_HOST, DEFAULT_PORT
    from jackfield.cli.server import listen

    if (info := running_host(data)) is not None:
        place = f"{info['host']}:{info['port']}"
        yield Finding("host", "ok", f"process {info.get('pid')} serves at {place}")
        return
    wanted = os.environ.get("JACKFIELD_PORT") or str(DEFAULT_PORT)
    address = os.environ.get("JACKFIELD_HOST") or DEFAULT_HOST
    if not (wanted.isdecimal() and int(wanted) <= 65535):
        yield Finding(
            "host",
            "problem",
            f"JACKFIELD_PORT={wanted} is no port",
            "set it to a number up to 65535, or not at all",
        )
        return
    try:
        listen(address, int(wanted)).close()
    except JackfieldError as error:
        yield Finding(
            "host",
            "warning",
            f"none runs; {error.message}",
            error.hint or "choose another with --host or JACKFIELD_HOST",
        )
        return
    yield Finding("host", "ok", f"none runs on this data; {address}:{wanted} is free")


def _plugins(data: Path) -> Iterator[Finding]:
    if not (data / "jackfield.db").is_file():
        return
    from jackfield.cli.operator import open_operator

    with open_operator(data) as operator:
        host = operator.info()
        plugins = operator.plugins()
    if host["safe_mode"]:
        yield Finding(
            "safe mode",
            "warning",
            "the last start did not finish; no plugin runs",
            "disable the plugin that is named in 'jackfield list', then start again",
        )
    if host["engine"]["state"] == "failed":
        yield Finding("engine", "problem", str(host["engine"]["error"]), "see the lines above")
    for plugin in plugins:
        slug = plugin["slug"]
        if plugin["state"] in ("failed", "suspended"):
            yield Finding(
                f"plugin {slug}",
                "problem",
                f"{plugin['state']}: {plugin['reason'] or plugin['last_error']}",
                f"jackfield logs {slug}; then enable, update, roll back or uninstall it",
            )
        elif plugin["enabled"] and plugin["missing"]:
            yield Finding(
                f"plugin {slug}", "warning", "waits for approval", f"jackfield enable {slug}"
            )
        else:
            yield Finding(f"plugin {slug}", "ok", plugin["state"])


def _nearest(path: Path) -> Path:
    """The first part of *path*, from its end, that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
