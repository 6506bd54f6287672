"""The Celery application that every process of the dialect has: ``dispatcharr.celery.app``.

What differs between processes is only where messages go and come from: they are published through
the host (see :mod:`transports`), taken by the worker from its memory or from Redis, and results lie
where every process can read them.

Source: dispatcharr spec 4.2 and 4.3 (plugins import ``dispatcharr.celery.app``, ``shared_task``,
``current_app``, ``chain``).
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker import broker_url, transports

TASK_MODULES = (
    "apps.m3u.tasks",
    "apps.epg.tasks",
    "apps.vod.tasks",
    "apps.channels.tasks",
    "apps.plugins.tasks",
    "core.tasks",
)
"""Where the application's own tasks lie, under the original's paths."""

RESULT_DAYS = 1.0
"""How long a result can be asked for."""

REDELIVER_S = 120
"""After this time Redis gives a message to another worker when nobody has said of it that it is
being worked on (see :mod:`claims`)."""

CONNECT_S = 5.0
"""How long a connection to Redis may take before it counts as gone."""


def make_app(environment: Environment) -> Celery:
    """The application for this process, made the current and the default one."""
    app = Celery(
        "dispatcharr",
        control=f"{__package__}.control:HostControl",
        task_cls=f"{__package__}.requests:HostTask",
        set_as_current=True,
    )
    app.conf.update(settings(environment))
    app.set_default()
    _want_beat()
    return app


def _want_beat() -> None:
    """Have the host start a worker as soon as somebody writes a periodic task down."""
    from django.db.models.signals import post_save
    from django_celery_beat.models import PeriodicTask

    post_save.connect(_periodic_task_saved, sender=PeriodicTask)


def _periodic_task_saved(instance: Any, **_: Any) -> None:
    if instance.enabled and not instance.task.startswith("celery."):
        here.tell("worker.wanted")


def settings(environment: Environment) -> dict[str, Any]:
    """Celery's settings for that environment."""
    broker = broker_url.for_celery(environment.broker)
    options = broker_options(broker)
    outlet = transports.BrokerOutlet(broker, options) if broker else None
    return {
        # Sent through the host, which answers for it; read by the worker alone.
        "broker_write_url": transports.HOST_URL,
        "broker_read_url": broker or transports.MEMORY_URL,
        "broker_transport_options": {"outlet": outlet, **options},
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": CONNECT_S,
        "task_publish_retry": False,
        # A message is forgotten when its task has ended, not when it has begun.
        "task_acks_late": True,
        "task_default_queue": "celery",
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "result_expires": RESULT_DAYS * 24 * 3600,
        "result_extended": True,
        **_results(environment),
        "timezone": "UTC",
        "enable_utc": True,
        "worker_pool": f"{__package__}.pool:InterruptiblePool",
        "worker_consumer": f"{__package__}.consumer:DeferringConsumer",
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_deduplicate_successful_tasks": True,
        # Without Redis there is one worker, and it is asked directly.
        "worker_enable_remote_control": bool(broker),
        # That a task was sent is written down at once: else a one-off would be sent again by the
        # next worker.
        "beat_sync_every": 1,
        "beat_scheduler": f"{__package__}.beat_scheduler:RowScheduler",
    }


def broker_options(broker: str) -> dict[str, Any]:
    """What the connection to that broker is given; nothing for the memory."""
    if not broker:
        return {}
    return {
        "visibility_timeout": REDELIVER_S,
        "socket_connect_timeout": CONNECT_S,
        "socket_keepalive": True,
        "health_check_interval": 10,
        # One lost connection shall not end the worker, nor shall a publisher wait for ever.
        "retry_on_timeout": True,
    }


def _results(environment: Environment) -> dict[str, Any]:
    if environment.broker:
        scheme, _, rest = broker_url.for_celery(environment.broker).partition("://")
        return {
            # Celery takes the class from the part before the plus, and the URL from after it.
            "result_backend": f"{__package__}.results:PatientRedisBackend+{scheme}://{rest}",
            "redis_socket_connect_timeout": CONNECT_S,
            "redis_socket_keepalive": True,
            "redis_backend_health_check_interval": 10,
            "redis_retry_on_timeout": True,
            "result_backend_always_retry": True,
            "result_backend_max_retries": 1000,
            "result_backend_base_sleep_between_retries_ms": 200,
            "result_backend_max_sleep_between_retries_ms": 5000,
        }
    file = environment.home / "results.db"
    return {
        "result_backend": f"{__package__}.results:FileBackend+sqlite:///{file}",
        "database_engine_options": {"connect_args": {"timeout": 30.0}},
        "database_engine_callback": f"{__package__}.results:prepare",
        "database_create_tables_at_setup": True,
    }


def import_tasks() -> list[str]:
    """Import the application's own tasks; the modules that were found.

    :raises Exception: whatever a module raised: they are ours, so it is our mistake.
    """
    found = []
    for name in TASK_MODULES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
            found.append(name)
    return found


def is_internal(name: str) -> bool:
    """Whether a task is Celery's own plumbing, of which no one wants to hear."""
    return name.startswith("celery.") and name not in ("celery.map", "celery.starmap")


@task_prerun.connect
@task_postrun.connect
def _close_connections(**_: Any) -> None:
    """Give the database's connections back between tasks, as Celery does for Django projects."""
    from django.db import close_old_connections, connection

    if not connection.in_atomic_block:
        close_old_connections()
