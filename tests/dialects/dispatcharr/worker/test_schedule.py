"""Whether periodic tasks want a worker, asked without Django."""

from __future__ import annotations

from pathlib import Path

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.worker.schedule import is_wanted


def test_without_a_database_nothing_is_wanted(tmp_path: Path) -> None:
    assert not is_wanted("", tmp_path)
    (tmp_path / "dispatcharr.db").write_bytes(b"")
    assert not is_wanted("", tmp_path)
    (tmp_path / "dispatcharr.db").write_bytes(b"no database" * 500)
    assert not is_wanted("", tmp_path)


def test_a_database_elsewhere_counts(tmp_path: Path) -> None:
    assert is_wanted("postgresql://host/name", tmp_path)


def test_an_enabled_task_is_wanted(django_env: Environment) -> None:
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.create(name="own", task="celery.backend_cleanup", interval=hourly)
    PeriodicTask.objects.create(name="off", task="a.task", interval=hourly, enabled=False)
    assert not is_wanted("", django_env.home)
    PeriodicTask.objects.create(name="on", task="a.task", interval=hourly)
    assert is_wanted("", django_env.home)
