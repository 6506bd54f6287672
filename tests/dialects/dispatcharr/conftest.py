"""Fixtures for the Dispatcharr dialect.

Django is configured once a process, so all tests of one process share a database file. Each test
that asks for ``django_env`` finds it as a new installation has it, and whatever the test leaves in
it is gone for the next one, primary keys included.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.django_setup import Environment


@pytest.fixture(scope="session")
def _installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Environment, sqlite3.Connection]]:
    """A migrated database, and a copy of it in memory as it was then."""
    environment = Environment(home=tmp_path_factory.mktemp("dispatcharr"), secret="for tests only")
    django_setup.configure(environment)
    django_setup.migrate()
    from django.db import connections

    pristine = sqlite3.connect(":memory:")
    with connections["default"].cursor() as cursor:
        cursor.connection.backup(pristine)
    yield environment, pristine
    connections.close_all()
    pristine.close()


@pytest.fixture
def django_env(
    _installation: tuple[Environment, sqlite3.Connection],
) -> Iterator[Environment]:
    """The environment that Django works on in this process, its database as a new one's."""
    environment, pristine = _installation
    from django.core.cache import cache
    from django.db import connections

    yield environment

    cache.clear()
    connection = connections["default"]
    # A test that broke off within a transaction leaves a connection that nobody can use.
    connection.close()
    with connection.cursor() as cursor:
        pristine.backup(cursor.connection)
    connection.close()
