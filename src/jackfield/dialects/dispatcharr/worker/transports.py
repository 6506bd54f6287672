"""How task messages travel: to the host when they are sent, from memory when they are taken.

:class:`HostTransport` is what Celery publishes with in every process. It hands each message to
the host, whose ledger answers for it from then on. :class:`WorkerTransport` is what the worker
takes messages from when there is no Redis: queues in its own memory, filled by the host.

Both are kombu transports, so that everything which Celery makes of a message (chains, chords,
retries, countdowns) works unchanged.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kombu.transport import TRANSPORT_ALIASES, base, virtual

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker.ledger import QUEUE, Message, queue_of

HOST_URL = "jackfield-host://localhost"
MEMORY_URL = "jackfield-memory://localhost"

TRANSPORT_ALIASES["jackfield-host"] = f"{__name__}:HostTransport"
TRANSPORT_ALIASES["jackfield-memory"] = f"{__name__}:WorkerTransport"
for _scheme in ("redis", "rediss"):
    TRANSPORT_ALIASES[_scheme] = f"{__package__}.redis_transport:PromptRedisTransport"


class NowhereToSend(RuntimeError):
    """A task was sent in a process that has neither a host nor a broker."""

    def __init__(self, task: str) -> None:
        super().__init__(
            f"the task {task} was not sent: this process was not started by a Jackfield host, and "
            "no broker is set (run it by the host, or set JACKFIELD_BROKER=redis://…)"
        )


class HostChannel(virtual.Channel):
    """Sends to the host; nothing can be taken from it."""

    do_restore = False
    supports_fanout = False

    def basic_publish(
        self,
        message: Message,
        exchange: str,
        routing_key: str,
        **kwargs: Any,  # noqa: ARG002 - its parent's signature
    ) -> None:
        """Hand one message over; returns when the host has it.

        :raises NowhereToSend: there is no host, and no broker is set.
        :raises RemoteError: the host refused it, with its reason.
        """
        self._inplace_augment_message(message, exchange, routing_key)
        outlet: Callable[[Message], None] | None = self.connection.client.transport_options.get(
            "outlet"
        )
        if here.role:
            here.call("task.publish", message=message, plugin=here.plugin)
        elif outlet is not None:
            outlet(message)
        else:
            raise NowhereToSend(str(message.get("headers", {}).get("task", "")))

    def _size(self, queue: str) -> int:  # noqa: ARG002
        return 0

    def _purge(self, queue: str) -> int:  # noqa: ARG002
        return 0


class HostTransport(virtual.Transport):
    """What is published through it goes to the host."""

    Channel = HostChannel
    driver_type = "jackfield"
    driver_name = "jackfield-host"
    # A host that is gone stays gone, and with it this process: nothing to try again.
    connection_errors = ()
    channel_errors = ()

    def driver_version(self) -> str:
        return "1"


class MemoryQueues:
    """The worker's queues. Thread-safe; one for the whole process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, queue.SimpleQueue[Message]] = {}
        self.woken = threading.Event()

    def of(self, name: str) -> queue.SimpleQueue[Message]:
        """The queue of that name, made when it is new."""
        with self._lock:
            return self._queues.setdefault(name, queue.SimpleQueue())

    def put(self, name: str, message: Message) -> None:
        """Queue a message and wake who waits for one."""
        self.of(name).put(message)
        self.woken.set()

    def forget(self) -> None:
        """Drop everything; for tests."""
        with self._lock:
            self._queues.clear()


MEMORY = MemoryQueues()

STOPPING = threading.Event()
"""The worker of this process is being stopped: nothing waits for messages any more."""


class WorkerChannel(virtual.Channel):
    """Takes from :data:`MEMORY`."""

    do_restore = False
    supports_fanout = False

    def _new_queue(self, queue: str, **kwargs: Any) -> None:  # noqa: ARG002
        MEMORY.of(queue)

    def _get(self, queue_name: str, timeout: float | None = None) -> Message:  # noqa: ARG002
        return MEMORY.of(queue_name).get(block=False)

    def _put(self, queue_name: str, message: Message, **kwargs: Any) -> None:  # noqa: ARG002
        MEMORY.put(queue_name, message)

    def _size(self, queue_name: str) -> int:
        return MEMORY.of(queue_name).qsize()

    def _purge(self, queue_name: str) -> int:
        taken = 0
        waiting = MEMORY.of(queue_name)
        while True:
            try:
                waiting.get(block=False)
            except queue.Empty:
                return taken
            taken += 1

    def _restore(self, message: Any) -> None:
        """Source: kombu's own puts it where it was addressed to; here all come from one queue."""
        raw = message.serializable()
        raw["redelivered"] = True
        MEMORY.put(QUEUE, raw)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        MEMORY.woken.set()  # there is room for one more


class WorkerTransport(virtual.Transport):
    """Messages in the worker's own memory. Waits to be woken where kombu's would poll."""

    Channel = WorkerChannel
    driver_type = "memory"
    driver_name = "memory"
    global_state: ClassVar[virtual.BrokerState] = virtual.BrokerState()
    implements = base.Transport.implements

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state

    def driver_version(self) -> str:
        return "1"

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:  # noqa: ARG002
        """Deliver one message; waits up to *timeout* seconds, or until woken.

        :raises TimeoutError: none came.
        """
        MEMORY.woken.clear()
        try:
            self.cycle.get(self._deliver, timeout=timeout)
        except queue.Empty:
            if not STOPPING.is_set():
                MEMORY.woken.wait(timeout)
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except queue.Empty:
                raise TimeoutError from None


class BrokerOutlet:
    """Puts messages that already are in kombu's form into a real broker. Thread-safe.

    :param url: ``redis://…``
    """

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        from kombu import Connection

        self._connection = Connection(url, transport_options=dict(options or {}))
        self._lock = threading.Lock()
        self._bound: set[str] = set()

    def __call__(self, message: Message) -> None:
        """Publish one message to the queue that it is addressed to.

        :raises kombu.exceptions.OperationalError: the broker does not answer.
        """
        name = queue_of(message)
        with self._lock:
            try:
                channel = self._connection.default_channel
                if name not in self._bound:
                    from kombu import Exchange, Queue

                    Queue(name, Exchange(name, type="direct"), routing_key=name)(channel).declare()
                    self._bound.add(name)
                channel._put(name, message)  # noqa: SLF001 - the message has its tag already
            except self._connection.recoverable_connection_errors as error:
                raise self._gone(error) from error

    def absent(self, messages: Mapping[str, str]) -> list[str]:
        """Which of these messages the broker has neither in a queue nor given to a worker.

        :param messages: delivery tag → queue.
        :raises kombu.exceptions.OperationalError: the broker does not answer.
        """
        with self._lock:
            try:
                channel = self._connection.default_channel
                with channel.conn_or_acquire() as client:
                    there = {_text(tag) for tag in client.hkeys(channel.unacked_key)}
                    for name in sorted(set(messages.values())):
                        for step in channel.priority_steps:
                            key = channel._q_for_pri(name, step)  # noqa: SLF001
                            there.update(map(_tag, client.lrange(key, 0, -1)))
            except self._connection.recoverable_connection_errors as error:
                raise self._gone(error) from error
        return [tag for tag in messages if tag not in there]

    def _gone(self, error: Exception) -> Exception:
        from kombu.exceptions import OperationalError

        self._connection.collect()
        self._bound.clear()
        return OperationalError(str(error))

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._connection.release()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _tag(raw: bytes | str) -> str:
    """The delivery tag of a message as it lies in a queue; empty for what is none."""
    try:
        return str(json.loads(raw)["properties"]["delivery_tag"])
    except (ValueError, KeyError, TypeError):
        return ""
