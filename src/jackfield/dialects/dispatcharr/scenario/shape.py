"""The format of a scenario file, as types: ``__tests__/*.test.json``, a list of scenarios."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from jackfield.errors import InvalidInput
from jackfield.plugins.scenario_file import read_scenarios
from jackfield.plugins.scenario_play import ActionExpect, ActionStep, LogEntry

STEP_KEYS = ("action", "event", "task", "periodic", "wait", "enabled", "settings", "rows", "check")

Rows = dict[str, list[dict[str, Any]]]
"""Model (``Channel``, or ``apps.channels.models.Channel``) → its rows.

A row names fields by their names; a foreign key is the other row's id, a many-to-many field a list
of ids. A moment is a text, or ``{"now": "-2h"}``.
"""


class _Part(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    pass


class Given(_Part):
    """What the plugin will find.

    :param rows: put into the database, in this order, without signals.
    :param files: path below ``/data`` → text.
    :param settings: of the plugin.
    :param grant: what it is granted, in the written form; all that it asks for without it.
    """

    rows: Rows = {}
    files: dict[str, str] = {}
    settings: dict[str, Any] = {}
    grant: list[str] | None = None


class TaskStep(_Part):
    """Sends a task, as the application would, and waits for its end.

    :param name: as Celery knows it.
    """

    name: str
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    seconds: float = 60.0
    expect: ActionExpect | None = None


class WaitStep(_Part):
    """Waits until nothing runs in the background, *seconds* at most."""

    seconds: float = 60.0


class RowsExpect(_Part):
    """Rows of one model.

    :param filter: as Django's ``filter(…)`` takes it; all rows without it.
    :param order: as Django's ``order_by(…)`` takes it.
    :param count: how many there are.
    :param rows: each has at least these fields; the list matches in length.
    """

    model: str
    filter: dict[str, Any] = {}
    order: tuple[str, ...] = ("pk",)
    count: int | None = None
    rows: list[dict[str, Any]] | None = None


class FileExpect(_Part):
    """A file below ``/data``: whole text, or a part of it; without either it must be there."""

    text: str | None = None
    contains: str | list[str] = ""


class JobExpect(_Part):
    """A job: an action that was run, or a task. What is left out is not looked at."""

    title: str = ""
    state: str = ""
    error: str = ""
    message: str = ""


class Expect(_Part):
    """What must be so. What is left out is not looked at.

    :param files: path below ``/data`` → its text, what to look for in it, or ``null``: not there.
    :param logs: lines that must be there, in this order among others; ``[]``: none at all.
    :param websocket: messages that were sent to those who watch, in this order among others; each
        has at least these members. ``[]``: none at all.
    :param jobs: in this order among others; ``[]``: none at all.
    :param settings: what is stored has at least this.
    """

    rows: list[RowsExpect] = []
    files: dict[str, str | FileExpect | None] = {}
    logs: list[LogEntry] | None = None
    websocket: list[Any] | None = None
    jobs: list[JobExpect] | None = None
    settings: Any = UNSET


class Step(_Part):
    """Exactly one of :data:`STEP_KEYS`; *payload* belongs to an event.

    :param event: a system event such as ``channel_start``; waits until the plugin has dealt with
        it.
    :param periodic: name of a ``PeriodicTask``, which runs as if it were due.
    :param enabled: the operator's switch.
    :param settings: stored as the operator's, those not named keep their value.
    :param rows: put into the database now.
    :param check: as at the end, but now.
    """

    action: ActionStep | None = None
    event: str | None = None
    payload: dict[str, Any] = {}
    task: TaskStep | None = None
    periodic: str | None = None
    wait: WaitStep | None = None
    enabled: bool | None = None
    settings: dict[str, Any] | None = None
    rows: Rows | None = None
    check: Expect | None = None


class ScenarioFile(_Part):
    """One scenario."""

    name: str
    given: Given = msgspec.field(default_factory=Given)
    events: list[Step] = []
    expect: Expect | None = None


def parse_file(data: bytes) -> list[ScenarioFile]:
    """The scenarios of a file.

    :raises InvalidInput: not JSON, or not in the format; the message names the place.
    """
    found = read_scenarios(data, ScenarioFile, STEP_KEYS)
    for number, scenario in enumerate(found):
        for at, step in enumerate(scenario.events):
            if step.payload and step.event is None:
                raise InvalidInput(f"$[{number}].events[{at}].payload: belongs to an event")
    return found
