"""Alembic's migrations, one file a step. :mod:`jackfield.store.schema` runs them."""
