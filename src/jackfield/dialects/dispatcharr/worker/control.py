"""``app.control``: revoke, inspect and their kin, answered by the worker through the host.

Without Redis there is one worker, so its commands are called directly in its process; with Redis
the worker beside the host asks all workers on behalf of whoever asked it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.app.control import Control
from celery.utils.collections import AttributeDict
from celery.worker.control import Panel
from kombu.pools import producers
from kombu.utils.functional import lazy

from jackfield.dialects.dispatcharr.processes import here

Reply = dict[str, Any]

_consumer: Any = None


def serve(consumer: Any) -> None:
    """This process is the worker: its commands are called on this consumer."""
    global _consumer
    _consumer = consumer


class HostControl(Control):
    """Control commands, led through the host."""

    def __init__(self, app: Any = None) -> None:
        super().__init__(app)
        if app.conf.worker_enable_remote_control:
            # Commands and their answers go straight to the broker: they are no tasks to be kept.
            pool = lazy(lambda: producers[app.connection_for_read()])
            self.mailbox._producer_pool = pool  # noqa: SLF001 - no argument of Control leads there

    def broadcast(
        self,
        command: str,
        arguments: dict[str, Any] | None = None,
        destination: Any = None,
        connection: Any = None,  # noqa: ARG002 - its parent's signature
        reply: bool = False,
        timeout: float | None = 1.0,
        limit: int | None = None,
        callback: Callable[[Reply], None] | None = None,
        channel: Any = None,
        pattern: str | None = None,
        matcher: Any = None,
        **extra: Any,
    ) -> list[Reply] | None:
        """Have every worker do something; their answers, ``[{name: answer}, …]``, if asked for.

        Source: Celery's ``Control.broadcast``, of which this is one with another way to travel.

        :raises NowhereToSend: this process has no host and no broker is set.
        """
        values = dict(arguments or {}, **extra)
        if _consumer is None and here.role:
            answers = here.call(
                "task.control",
                command=command,
                arguments=_plain(values),
                destination=_names(destination),
                reply=reply,
                wait=timeout,
            )
        elif self.app.conf.worker_enable_remote_control:
            with self.app.connection_for_read() as broker:
                return super().broadcast(
                    command,
                    values,
                    destination,
                    broker,
                    reply,
                    timeout,
                    limit,
                    callback,
                    channel,
                    pattern,
                    matcher,
                )
        elif _consumer is not None:
            answers = call(self.app, command, values, _names(destination))
        else:
            from jackfield.dialects.dispatcharr.worker.transports import NowhereToSend

            raise NowhereToSend(f"control command {command}")
        if not reply:
            return None
        for answer in answers:
            if callback is not None:
                callback(answer)
        return list(answers)


def call(
    app: Any, command: str, arguments: dict[str, Any], destination: list[str] | None
) -> list[Reply]:
    """Call a command of this worker."""
    consumer = _consumer
    if consumer is None or (destination and consumer.hostname not in destination):
        return []
    handler = Panel.data.get(command)
    if handler is None:
        return [{consumer.hostname: {"error": f"No such control command: {command}"}}]
    state = AttributeDict(app=app, hostname=consumer.hostname, consumer=consumer, tset=set)
    try:
        answer = handler(state, **arguments)
    except Exception as error:  # noqa: BLE001 - an answer, too: what was asked for was wrong
        answer = {"error": repr(error)}
    return [{consumer.hostname: _plain(answer)}]


def _names(destination: Any) -> list[str] | None:
    if not destination:
        return None
    return [destination] if isinstance(destination, str) else [str(name) for name in destination]


def _plain(value: Any) -> Any:
    """*value* as JSON keeps it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
