"""A host in small, for tests of background work: real processes, real jobs, a real database."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.processes.child import Child
from jackfield.dialects.dispatcharr.processes.family import Family
from jackfield.dialects.dispatcharr.worker.shared_keys import url_for
from jackfield.dialects.dispatcharr.worker.tasks import Tasks
from jackfield.plugins.job import Job
from jackfield.plugins.jobs import Jobs
from jackfield.store import Database


def until(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until it is true; what it was then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.02)
    return true()


class SmallHost:
    """Everything of a host that background work needs."""

    def __init__(self, home: Path, broker: str = "", config: dict[str, Any] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.broker = broker
        self.said: list[tuple[str, str]] = []
        self.printed: list[str] = []
        self.config = dict(config or {})
        self.environment = Environment(
            home=home, secret="for tests only", broker=broker, redis=broker or url_for(home)
        )
        self.database = Database(f"sqlite:///{home / 'jackfield.db'}")
        self.plugins: dict[str, Child] = {}
        self._known: dict[str, Job] = {}
        self.begin()

    def begin(self) -> None:
        self.jobs = Jobs(self.database)
        self.family = Family(
            self.environment.to_dict,
            roles={"worker": "worker_roles", "plugin": "worker_roles"},
            imports=("dispatcharr.celery", "jackfield.dialects.dispatcharr.worker.main"),
            on_output=lambda _level, text: self.printed.append(text),
        )
        self.tasks = Tasks(
            self.home,
            self.jobs,
            worker=self.family.worker,
            run_in_plugin=self._in_plugin,
            broker=self.broker,
            say=lambda level, text: self.said.append((level, text)),
        )
        self.family.handlers.update(self.tasks.handlers())
        self.family.handlers["worker.start"] = lambda: self.family.worker() is not None
        self.family.define("worker", lambda: self.config, on_ready=self.tasks.worker_ready)
        self.watch()
        self._known |= dict(self.tasks.book._of)

    def _in_plugin(self, plugin: str, method: str, **params: Any) -> Any:
        return self.plugins[plugin].link.call(method, **params)

    def plugin(self, key: str = "sample") -> Child:
        """A plugin's process that runs and has said which tasks it offers."""
        child = self.family.spawn("plugin", {"role": "plugin", "key": key}, name=key)
        self.plugins[key] = child
        child.link.call("load", timeout=60)
        return child

    def drop(self, key: str = "sample") -> None:
        child = self.plugins.pop(key, None)
        self.tasks.forget(key)
        if child is not None:
            child.kill()
            child.wait(10)

    def act(self, what: str, key: str = "sample", /, **params: Any) -> Any:
        return self.plugins[key].link.call("act", what=what, params=params, timeout=60)

    def send(self, name: str, *args: Any, **options: Any) -> str:
        return self.tasks.send(f"sample_tasks.{name}", list(args), options=options)

    def job(self, task_id: str) -> Job:
        """The job of a task, running or ended."""
        job: Job = until(lambda: self._known.get(task_id))
        return job

    def watch(self) -> None:
        """Remember each job by its task, also after its end."""
        sent = self.tasks.book.sent

        def remembering(task_id: str, *args: Any, **kwargs: Any) -> Job | None:
            job = sent(task_id, *args, **kwargs)
            if job is not None:
                self._known[task_id] = job
            return job

        self.tasks.book.sent = remembering  # type: ignore[method-assign]

    def ended(self, task_id: str, seconds: float = 60.0) -> Job:
        """The job of a task once it has ended."""
        job = self.job(task_id)
        assert job.wait(seconds), f"{job.title} is {job.state}: {job.message}; {self.said}"
        return job

    def texts(self) -> str:
        return "\n".join(f"{level}: {text}" for level, text in self.said)

    def end(self) -> None:
        self.tasks.close()
        self.family.stop()
        self.jobs.close()

    def close(self) -> None:
        self.end()
        self.database.close()
