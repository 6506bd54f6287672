"""django_celery_beat's scheduler, which overwrites nothing that a plugin writes meanwhile.

Its own reads a row and writes it back as a whole each time that a task was sent.
"""

from __future__ import annotations

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry


class RowEntry(ModelEntry):
    """One row. Of it only what the beat itself counts is ever written."""

    def save(self) -> None:
        """Note when it was last sent, and how often."""
        _row(self.model).update(
            last_run_at=self.model.last_run_at, total_run_count=self.model.total_run_count
        )

    def _disable(self, model: Any) -> None:
        model.enabled = False
        _row(model).update(enabled=False)


class RowScheduler(DatabaseScheduler):
    """All rows."""

    Entry = RowEntry


def _row(model: Any) -> Any:
    return type(model)._default_manager.filter(pk=model.pk)  # noqa: SLF001 - as its parent
