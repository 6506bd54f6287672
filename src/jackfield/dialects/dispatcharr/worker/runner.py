"""The Celery worker inside a process of the dialect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.result import _set_task_join_will_block
from celery.worker import WorkController, state

from jackfield.dialects.dispatcharr.worker import control
from jackfield.dialects.dispatcharr.worker.transports import MEMORY, STOPPING

CONCURRENCY = 6
"""Threads, and so tasks that run at once."""


class Runner:
    """A worker that takes no signal, prints nothing and can be stopped from any thread.

    :param queues: names of the queues to take from at first.
    :param on_end: called, with the reason if one is known, when it ended without being told to.
    """

    def __init__(
        self,
        app: Celery,
        *,
        concurrency: int = CONCURRENCY,
        queues: tuple[str, ...] = ("celery",),
        name: str = "jackfield@localhost",
        on_end: Callable[[BaseException | None], None] = lambda _error: None,
    ) -> None:
        self._on_end = on_end
        self._stopping = False
        self._ready = threading.Event()
        self._app = app
        self.failed: BaseException | None = None
        self.worker = WorkController(
            app=app,
            hostname=name,
            concurrency=concurrency,
            loglevel="INFO",
            queues=list(queues),
            ready_callback=self._on_ready,
            # Both loops would do for Redis. This one acknowledges on the thread that ran the task,
            # also while the worker is being stopped.
            use_eventloop=False,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self._thread = threading.Thread(target=self._run, name="celery worker", daemon=True)

    def start(self) -> None:
        """Begin to take tasks, in a thread."""
        _set_task_join_will_block(False)
        self._thread.start()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until tasks are taken; ``False`` when that did not come in time."""
        return self._ready.wait(timeout)

    @property
    def ready(self) -> bool:
        """Whether tasks have been taken once."""
        return self._ready.is_set()

    @property
    def consumer(self) -> Any:
        """Celery's consumer; ``None`` until it was made."""
        return getattr(self.worker, "consumer", None)

    def running(self) -> int:
        """How many tasks run now."""
        return len(state.active_requests)

    def consume(self, queue: str) -> None:
        """Take from that queue, too."""
        consumer = self.consumer
        if consumer is not None:
            consumer.call_soon(consumer.add_task_queue, queue)

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more tasks, and wait for those that run.

        :returns: whether it ended in time.
        """
        self._stopping = True
        state.should_stop = 0
        STOPPING.set()
        MEMORY.woken.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _on_ready(self, consumer: Any) -> None:
        control.serve(consumer)
        self._ready.set()

    def _run(self) -> None:
        try:
            self.worker.start()
        except BaseException as error:  # noqa: BLE001 - the thread's end; the process asks for it
            self.failed = error
        finally:
            control.serve(None)
            state.should_stop = None
            STOPPING.clear()
        if not self._stopping:
            self._on_end(self.failed)
