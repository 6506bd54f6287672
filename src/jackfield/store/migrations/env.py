"""Run by Alembic for every command; the connection comes from the caller."""

from __future__ import annotations

from alembic import context

from jackfield.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=False,  # one transaction around all, opened by the caller
)
context.run_migrations()
