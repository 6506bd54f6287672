"""What the worker makes of a message: Celery's request, which also tells when it is done with."""

from __future__ import annotations

from celery.app.task import Task
from celery.worker.request import Request

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker import reports

ACKING = f"{__name__}:AckingRequest"


class AckingRequest(Request):
    """Tells the host when a message was acknowledged, so that its ledger can forget it."""

    def acknowledge(self) -> None:
        """Source: Celery's own, which tells the broker."""
        first = not self.acknowledged
        if first and self.delivery_info.get("redelivered"):
            # Celery runs nothing again that succeeded before, and says nothing of it either.
            reports.tell_again(self._app.AsyncResult(self.id))
        super().acknowledge()
        if first:
            self._settled()

    def reject(self, requeue: bool = False) -> None:
        """Source: Celery's own; a message that goes back to its queue is not done with."""
        first = not self.acknowledged
        super().reject(requeue)
        if first and not requeue:
            self._settled()

    def _settled(self) -> None:
        here.tell("task.acked", key=str(self.message.delivery_tag))


class HostTask(Task):
    """The base of every task of the application."""

    abstract = True
    Request = ACKING
