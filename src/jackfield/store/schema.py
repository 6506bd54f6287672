"""Brings a database to this version's tables.

Alembic takes half a second to import, so it is, only when there is something to migrate. A new
database gets all tables at once; tests hold that both ways lead to the same schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from jackfield.errors import SurroundingsError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0003"
"""The newest migration. A test compares it with the files in ``migrations/versions``."""

MIGRATIONS = Path(__file__).with_name("migrations")

# As Alembic makes it, so that its own commands work on the database too.
_stamp = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), primary_key=True, nullable=False),
)


def revision(connection: Connection) -> str | None:
    """The migration the database is at; ``None`` when it was never set up."""
    if not inspect(connection).has_table(_stamp.name):
        return None
    return connection.execute(select(_stamp.c.version_num)).scalar()


def create(connection: Connection, place: str) -> None:
    """Make every table in a new database.

    :raises SurroundingsError: it holds tables of those names that are not Jackfield's.
    """
    from jackfield.store.tables import metadata

    if taken := sorted(set(inspect(connection).get_table_names()) & set(metadata.tables)):
        raise SurroundingsError(
            f"the database has a table {taken[0]!r} but was not set up by Jackfield",
            file=place,
            hint="give Jackfield a database of its own",
        )
    metadata.create_all(connection)
    _stamp.create(connection, checkfirst=True)
    connection.execute(_stamp.insert().values(version_num=HEAD))


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Run the migrations that are missing, in the caller's transaction."""
    from alembic import command

    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def knows(found: str) -> bool:
    """Whether *found* is a migration of this version; a newer version's is not."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_alembic())
    return found in {script.revision for script in scripts.walk_revisions()}


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
