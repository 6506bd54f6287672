"""The format of a scenario file, as types: ``__tests__/*.test.json``, a list of scenarios."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from jackfield.dialects.servemsx.host_state import Client, ClientFlags, PlainHostState
from jackfield.plugins.scenario_file import read_scenarios
from jackfield.plugins.scenario_play import ActionStep, LogEntry
from jackfield.services.recording import CannedResponse

STEP_KEYS = ("http", "action")


class _Part(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    pass


class GivenClient(_Part):
    """A Media Station X client: ``settings.player``, ``settings.compressed``."""

    flags: int = 0
    player: str = ""
    platform: str = ""


class Given(_Part):
    """What the plugin will find.

    :param http_responses: answers to ``server.request``, the first that matches counts.
    :param files: path in the plugin's folder → text, written before the first step.
    :param torr_server: ``HOST:PORT``; *dictionary*: name of the loaded one.
    :param clients: by the ``id`` that the client sends.
    """

    http_responses: list[CannedResponse] = []
    files: dict[str, str] = {}
    torr_server: str = ""
    dictionary: str = ""
    clients: dict[str, GivenClient] = {}

    def state(self) -> PlainHostState:
        """The host's state that this describes."""
        return PlainHostState(
            address=self.torr_server,
            dictionary=self.dictionary or None,
            clients={
                name: Client(ClientFlags(one.flags), one.player, one.platform)
                for name, one in self.clients.items()
            },
        )


class HttpExpect(_Part):
    """What is left out is not looked at.

    :param body_json: the body must be JSON with at least these members; lists match in length.
    """

    status: int = 0
    headers: dict[str, str] = {}
    body: str | None = None
    body_contains: str = ""
    body_json: Any = UNSET


class HttpStep(_Part):
    """One request.

    :param path: behind the plugin's name, with its query: ``/``, ``/search?q=x``, ``logo.png``.
    """

    path: str
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    expect: HttpExpect | None = None


class Step(_Part):
    """Exactly one of :data:`STEP_KEYS`."""

    http: HttpStep | None = None
    action: ActionStep | None = None


class RequestEntry(_Part):
    """A request that the plugin made."""

    url: str
    method: str = ""
    body: str | None = None


class Expect(_Part):
    """What must have happened by the end. What is left out is not looked at.

    :param logs: lines that must be there, in this order among others; ``[]``: none at all.
    :param http_requests: all requests, in order.
    :param files: path in the plugin's folder → its text; ``null``: there is none.
    """

    logs: list[LogEntry] | None = None
    http_requests: list[RequestEntry] | None = None
    files: dict[str, str | None] = {}


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
    return read_scenarios(data, ScenarioFile, STEP_KEYS)
