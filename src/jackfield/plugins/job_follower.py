"""What is new of a job since one last looked."""

from __future__ import annotations

from typing import Any

from jackfield.plugins.job import Job


class JobFollower:
    """Reads memory only, so it may be asked often. For one thread.

    :param after: the number of the last entry of the log that is known already.
    :ivar over: whether everything was told: the job has ended.
    """

    def __init__(self, job: Job, after: int = 0) -> None:
        self.job = job
        self.over = False
        self._after = after
        self._seen: dict[str, Any] | None = None

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        """New entries as ``("log", entry)``, then ``("job", job)`` if it changed."""
        # In this order, so that nothing is written between the last look at the log and the end.
        ended = self.job.ended
        found = [("log", line.to_dict()) for line in self.job.lines(self._after)]
        if found:
            self._after = found[-1][1]["number"]
        now = self.job.to_dict()
        if now != self._seen:
            self._seen = now
            found.append(("job", now))
        self.over = ended
        return found
