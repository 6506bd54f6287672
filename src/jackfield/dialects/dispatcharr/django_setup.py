"""Makes Django ready in a process that runs Dispatcharr's plugins, tasks or pages.

Django is configured from an :class:`Environment`, not from a settings module: the host's process
makes one and sends it to its children, so that all of them agree on folders and database.
Importing this module imports no Django; the host's own process never does.

Source: dispatcharr spec 4.3 and 5 (the ORM is the real one, app labels and tables are the
original's), 2.1 (folders).
"""

from __future__ import annotations

import importlib
import json
import os
import secrets
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jackfield.errors import InvalidInput, SurroundingsError

COMPAT = Path(__file__).parent / "compat"
"""The folder with the packages that plugins import: ``apps``, ``core``, ``dispatcharr``."""

SCHEMA = "dispatcharr"
"""The PostgreSQL schema that holds the tables, beside the host's own."""

ENVIRONMENT = "JACKFIELD_DISPATCHARR_ENVIRONMENT"
"""The variable by which programs that a plugin starts learn the :class:`Environment`, as JSON."""

_BUSY_SECONDS = 120.0
"""A guide with half a million programmes is written in one transaction; a plugin waits for it."""

_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_celery_beat",
    "core",
    "apps.accounts",
    "apps.channels",
    "apps.m3u",
    "apps.epg",
    "apps.vod",
    "apps.plugins",
]

_lock = threading.Lock()
_configured: Environment | None = None


@dataclass(frozen=True)
class Environment:
    """Where the data lies and which helpers stand beside it.

    :param home: what Dispatcharr calls ``/data``.
    :param database: empty for ``home/dispatcharr.db`` (SQLite), or ``postgresql://…``.
    :param plugins: the plugins' folder; ``home/plugins`` unless ``DISPATCHARR_PLUGINS_DIR`` is set.
    :param broker: empty for Celery's memory transport, or ``redis://…``.
    :param redis: URL of a Redis, or ``unix://…`` of the fake that the processes share; empty for
        a fake inside the process.
    :param secret: Django's ``SECRET_KEY``; signs the tokens of the API, too.
    :param era: ``seed`` or ``current``: what to do where releases differ.
    """

    home: Path
    database: str = ""
    plugins: Path = Path()
    broker: str = ""
    redis: str = ""
    secret: str = ""
    era: str = "seed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home))
        plugins = Path(self.plugins)
        if plugins == Path():
            plugins = self.home / "plugins"
        object.__setattr__(self, "plugins", plugins)
        if self.era not in ("seed", "current"):
            raise InvalidInput(
                f"the era {self.era!r} is unknown",
                field="JACKFIELD_DISPATCHARR_ERA",
                hint="say seed or current",
            )

    def to_dict(self) -> dict[str, str]:
        """The environment as plain JSON."""
        return {
            "home": str(self.home),
            "database": self.database,
            "plugins": str(self.plugins),
            "broker": self.broker,
            "redis": self.redis,
            "secret": self.secret,
            "era": self.era,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> Environment:
        """What :meth:`to_dict` gave, in another process."""
        return cls(
            home=Path(data["home"]),
            database=data.get("database", ""),
            plugins=Path(data.get("plugins", "")),
            broker=data.get("broker", ""),
            redis=data.get("redis", ""),
            secret=data.get("secret", ""),
            era=data.get("era", "seed"),
        )


def environment() -> Environment:
    """The environment that this process was configured with.

    :raises SurroundingsError: :func:`configure` was not called yet.
    """
    if _configured is None:
        raise SurroundingsError("Django is not configured in this process")
    return _configured


def configure(environment: Environment) -> None:
    """Put :data:`COMPAT` on the path and set Django up; opens no database connection.

    Once a process; the same environment again changes nothing.

    :raises SurroundingsError: another environment was configured before, or the database's driver
        is missing.
    :raises InvalidInput: the database's URL is none that is understood.
    """
    global _configured
    with _lock:
        if _configured is not None:
            if _configured == environment:
                return
            raise SurroundingsError(
                f"Django works on {_configured.home} in this process and cannot change to "
                f"{environment.home}",
                hint="start another process",
            )
        values = _settings(environment)
        _see_compat()
        import django
        from django.conf import settings

        settings.configure(**values)
        _configured = environment
        django.setup()


def subprocess_variables() -> dict[str, str]:
    """What a plugin's process sets in its ``os.environ`` for the programs that the plugin starts.

    With it a Python program that gets the plugin's ``sys.path``, too, can do what it does in the
    original: import ``apps`` and ``core`` after ``django.setup()``. The path is not among these:
    in programs that are no part of a plugin, our packages would stand before theirs.
    """
    return {
        "DJANGO_SETTINGS_MODULE": "dispatcharr.settings",
        ENVIRONMENT: json.dumps(environment().to_dict()),
    }


def inherited_settings() -> dict[str, Any]:
    """Django's settings for a program that a plugin started.

    :raises SurroundingsError: nobody left :func:`subprocess_variables`.
    """
    global _configured
    if ENVIRONMENT not in os.environ:
        raise SurroundingsError(
            "Django has no settings in this process",
            hint="call django_setup.configure, or start the program from a plugin",
        )
    with _lock:
        _configured = Environment.from_dict(json.loads(os.environ[ENVIRONMENT]))
        return _settings(_configured)


def migrate() -> None:
    """Bring the database to this version's tables and give a new one its first rows.

    Quick when nothing is to do; safe when several processes call it at once.

    :raises SurroundingsError: the database was made by a newer version, or cannot be opened.
    """
    from core.schema import migrate as bring_up_to_date

    bring_up_to_date(environment().home)


def _see_compat() -> None:
    path = str(COMPAT)
    if path not in sys.path:
        sys.path.insert(0, path)


def _settings(environment: Environment) -> dict[str, Any]:
    home = environment.home
    return {
        "DEBUG": False,
        "SECRET_KEY": environment.secret or secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": ["*"],
        "BASE_DIR": home,
        "MEDIA_ROOT": str(home),
        "MEDIA_URL": "/media/",
        "STATIC_URL": "/static/",
        "TIME_ZONE": "UTC",
        "USE_TZ": True,
        "USE_I18N": False,
        "LANGUAGE_CODE": "en-us",
        "LOGGING_CONFIG": None,
        "INSTALLED_APPS": _APPS,
        "MIDDLEWARE": [],
        "ROOT_URLCONF": "dispatcharr.urls",
        "AUTH_USER_MODEL": "accounts.User",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATABASES": {"default": _database(environment)},
        "CACHES": {"default": {"BACKEND": "core.cache.PatternLocMemCache"}},
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.Argon2PasswordHasher",
        ],
        "CELERY_BROKER_URL": environment.broker or "memory://",
        "DJANGO_CELERY_BEAT_TZ_AWARE": True,
        **_redis(environment.redis),
    }


def _redis(url: str) -> dict[str, Any]:
    """What plugins that connect on their own read: ``REDIS_HOST``, ``REDIS_PORT``, ``REDIS_DB``."""
    parts = urlsplit(url)
    number = parts.path.strip("/") if parts.scheme != "unix" else ""
    return {
        "REDIS_URL": url,
        "REDIS_HOST": parts.hostname or "localhost",
        "REDIS_PORT": parts.port or 6379,
        "REDIS_DB": number or "0",
        "REDIS_USER": unquote(parts.username or ""),
        "REDIS_PASSWORD": unquote(parts.password or ""),
    }


def _database(environment: Environment) -> dict[str, Any]:
    if not environment.database:
        return _sqlite(environment.home / "dispatcharr.db")
    scheme = environment.database.partition(":")[0]
    if scheme.partition("+")[0] in ("postgresql", "postgres"):
        return _postgresql(environment.database)
    raise InvalidInput(
        f"a database of the kind {scheme!r} cannot hold Dispatcharr's tables",
        field="database",
        hint="use SQLite or postgresql://…",
    )


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "timeout": _BUSY_SECONDS,
            # Otherwise a transaction that reads and then writes fails at once when another has
            # written in between: SQLite does not let it wait.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        importlib.import_module("psycopg")
    except ImportError:
        raise SurroundingsError(
            "the database is PostgreSQL, and its driver psycopg is not installed",
            hint="pip install 'jackfield[postgresql]'",
        ) from None
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    path = f"-c search_path={SCHEMA}"
    options["options"] = f"{options['options']} {path}" if "options" in options else path
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
