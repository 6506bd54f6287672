"""The host's side of the operator's commands: a process for each, a job for each import.

Imports no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, Self

from jackfield import errors
from jackfield.dialects.dispatcharr.processes.family import Family
from jackfield.dialects.dispatcharr.processes.link import LinkClosed, RemoteError
from jackfield.errors import InvalidInput, JackfieldError, JobCancelled, PluginError, Unavailable
from jackfield.plugins.job import Job
from jackfield.plugins.jobs import Jobs

ROLE = "console"
DIALECT = "dispatcharr"
_ASK_S = 300.0

WORKS = {"match": "Match channels with guides", "refresh": "Refresh the {what} {name}"}
"""Commands that are done in the background, and what their jobs are called."""


class Opened(Protocol):
    """What is needed of an installation."""

    @property
    def family(self) -> Family: ...


class Desk:
    """Answers commands of :mod:`console`; those that take a while give a job.

    :param jobs: where they are shown.
    """

    def __init__(self, opened: Opened, jobs: Jobs) -> None:
        self._opened = opened
        self._jobs = jobs

    def ask(self, command: str, params: Mapping[str, Any]) -> Any:
        """The answer to a command.

        ``match``, and ``refresh`` with ``kind``, ``id`` and ``name`` as ``find`` gives them, are
        answered with the job that they begin. Its result has ``counts`` and ``message``.

        :raises JackfieldError: as the command does.
        """
        if command in WORKS:
            title = WORKS[command].format_map(_Titles(params))
            work = partial(self._work, command, dict(params))
            return self._jobs.start(title, work, dialect=DIALECT).to_dict()
        with _Process(self._opened, {}) as process:
            return process.ask(command, params, timeout=_ASK_S)

    def _work(self, command: str, params: Mapping[str, Any], job: Job) -> Any:
        def frame(frame: Mapping[str, Any]) -> None:
            message = str(frame.get("message") or str(frame["action"]).replace("_", " "))
            job.report(float(frame["progress"]) / 100, message)

        with _Process(self._opened, {"console.frame": frame}) as process:
            job.on_cancel = process.cancel
            if job.cancelled:
                process.cancel()
            outcome = process.ask(command, params)
        for line in outcome["problems"]:
            job.log(line, "warning")
        if not outcome["ok"]:
            raise _Failed(outcome["message"])
        job.report(1.0, outcome["message"])
        return outcome


class _Titles(dict[str, Any]):
    """What a title names, of parameters that nobody has checked yet."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        what = {"m3u": "account", "epg": "guide"}.get(str(params.get("kind")), "source")
        super().__init__(what=what, name=str(params.get("name") or params.get("id") or ""))


class _Failed(JackfieldError):
    """An account or guide that could not be refreshed; its message says why."""


class _Process:
    """A process that answers, for as long as the block lasts."""

    def __init__(self, opened: Opened, handlers: Mapping[str, Callable[..., Any]]) -> None:
        self._child = opened.family.spawn(ROLE, {}, handlers, name=ROLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait(5)

    def cancel(self) -> None:
        """Have it end at its next step."""
        with suppress(LinkClosed, RemoteError, TimeoutError):
            self._child.link.call("cancel", timeout=5)

    def ask(self, command: str, params: Mapping[str, Any], *, timeout: float | None = None) -> Any:
        """The answer to a command.

        :raises JackfieldError: as it raised there.
        :raises JobCancelled: it was cancelled.
        """
        try:
            said = self._child.link.call(
                "ask", timeout=timeout, command=command, params=dict(params)
            )
        except LinkClosed:
            end = self._child.wait(5)
            raise Unavailable(f"the process that does this {end or 'is gone'}") from None
        except TimeoutError:
            raise Unavailable(f"no answer came within {timeout:g} seconds") from None
        except RemoteError as error:
            raise PluginError(f"the IPTV database: {error}\n{error.traceback}") from None
        if "error" in said:
            raise _raised(said["error"])
        if "cancelled" in said:
            raise JobCancelled("cancelled")
        return said["result"]


def _raised(said: Mapping[str, Any]) -> JackfieldError:
    """The error that was raised over there, with its code, message and places."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    known = {
        kind.code: kind
        for kind in kinds
        if issubclass(kind, JackfieldError) and kind.__init__ is JackfieldError.__init__
    }
    places = {key: said.get(key) for key in ("plugin", "file", "field", "hint")}
    return known.get(str(said.get("code")), InvalidInput)(str(said.get("message")), **places)
