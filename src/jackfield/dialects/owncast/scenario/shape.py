"""The format of a scenario file, as types. Source: owncast spec 6.1."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from jackfield.dialects.owncast.commands import CommandInfo
from jackfield.dialects.owncast.scenario.folding import read
from jackfield.errors import InvalidInput
from jackfield.plugins.scenario_play import ActionStep
from jackfield.services.recording import Found
from jackfield.services.video import VideoConfigUpdate

STEP_KEYS = (
    "event",
    "filter",
    "http",
    "tabContent",
    "pageContent",
    "pageStyles",
    "pageScripts",
    "authCheck",
    "action",
)


class _Part(msgspec.Struct, rename="camel", kw_only=True):
    pass


class FilterExpect(_Part):
    action: str = ""
    payload: Any = UNSET
    reason: str = ""


class HttpExpect(_Part):
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: str | None = None
    body_contains: str = ""


class HttpStep(_Part):
    path: str
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    authenticated: bool = False
    user: dict[str, Any] | None = None
    expect: HttpExpect | None = None


class ContentExpect(_Part):
    body: str = ""
    body_contains: str = ""


class ContentStep(_Part):
    slug: str = ""
    user: dict[str, Any] | None = None
    expect: ContentExpect | None = None


class AuthExpect(_Part):
    action: str = ""
    reason: str = ""


class AuthStep(_Part):
    user: dict[str, Any] | None = None
    expect: AuthExpect | None = None


class Step(_Part):
    """Exactly one of :data:`STEP_KEYS`; *payload* belongs to the first two."""

    event: str | None = None
    filter: str | None = None
    payload: Any = None
    expect: FilterExpect | None = None
    http: HttpStep | None = None
    tab_content: ContentStep | None = None
    page_content: ContentStep | None = None
    page_styles: ContentStep | None = None
    page_scripts: ContentStep | None = None
    auth_check: AuthStep | None = None
    action: ActionStep | None = None


class LogEntry(_Part):
    plugin: str = ""
    level: str = ""
    message: str = ""


class PushEntry(_Part):
    title: str = ""
    body: str = ""
    url: str = ""


class NoticeEntry(_Part):
    type: str = ""
    body: str = ""
    image: str = ""
    link: str = ""


class ModerationEntry(_Part):
    user_id: str = ""
    enabled: bool = False
    reason: str = ""


class RegistrationEntry(_Part):
    auth_id: str = ""
    display_name: str | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    profile_url: str | UnsetType = UNSET
    handle: str | UnsetType = UNSET
    public: bool | UnsetType = UNSET


class GrantEntry(_Part):
    user_id: str = ""
    ttl: int = 0


class UploadEntry(_Part):
    name: str = ""
    body: str = ""
    body_base64: str | None = None


class PrivateEntry(_Part):
    client_id: int = 0
    text: str = ""


class EmitEntry(_Part):
    event_type: str = ""
    payload: Any = UNSET


class StreamEntry(_Part):
    channel: str = ""
    event: str = ""
    data: str = ""


class RequestEntry(_Part):
    url: str = ""
    method: str = ""
    body: str = ""


class CommandEntry(CommandInfo, frozen=True, kw_only=True):
    aliases: list[str] | UnsetType = UNSET  # type: ignore[assignment]


class Expect(_Part):
    """What must have happened by the end. What is absent is not looked at; ``[]`` says that
    nothing of the kind may have happened."""

    chat_sends: list[str] | None = None
    chat_actions: list[str] | None = None
    chat_systems: list[str] | None = None
    deleted_messages: list[str] | None = None
    discord_posts: list[str] | None = None
    banned_ips: list[str] | None = msgspec.field(default=None, name="bannedIPs")
    fediverse_outbox: list[str] | None = None
    kicked_clients: list[int] | None = None
    video_config_writes: list[VideoConfigUpdate] | None = None
    logs: list[LogEntry] | None = None
    browser_pushes: list[PushEntry] | None = None
    user_moderations: list[ModerationEntry] | None = None
    user_registrations: list[RegistrationEntry] | None = None
    session_grants: list[GrantEntry] | None = None
    session_clears: int = 0
    uploads: list[UploadEntry] | None = None
    fediverse_posts: list[NoticeEntry] | None = None
    chat_to: list[PrivateEntry] | None = None
    emits: list[EmitEntry] | None = None
    sse_sends: list[StreamEntry] | None = None
    http_requests: list[RequestEntry] | None = None
    kv: dict[str, str] | None = None
    commands: list[CommandEntry] | None = None


class ScenarioFile(_Part):
    """One scenario."""

    name: str = ""
    given: Found = msgspec.field(default_factory=Found)
    events: list[Step] = []
    expect: Expect | None = None


def parse_file(data: bytes) -> list[tuple[ScenarioFile, tuple[str, ...]]]:
    """The scenarios of a file, each with the places of what nothing reads.

    :raises InvalidInput: not JSON, or not in the format; one bad scenario fails the whole file.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"is not JSON: {error}") from None
    if not isinstance(value, list):
        raise InvalidInput(f"expected a list of scenarios, found {type(value).__name__}")
    return [_scenario(entry, f"[{number}]") for number, entry in enumerate(value)]


def _scenario(value: Any, place: str) -> tuple[ScenarioFile, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{place}: expected an object, found {type(value).__name__}")
    unknown: list[str] = []
    scenario = read(value, ScenarioFile, place, unknown)
    if not scenario.name:
        raise InvalidInput(f"{place}.name: is missing or empty")
    written = next((v for k, v in value.items() if k.lower() == "events"), None) or []
    for number, step in enumerate(scenario.events):
        _check_step(step, written[number], f"{place}.events[{number}]")
    return scenario, tuple(unknown)


def _check_step(step: Step, written: dict[str, Any], place: str) -> None:
    lowered = {key.lower() for key, value in written.items() if value is not None}
    given = [key for key in STEP_KEYS if key.lower() in lowered]
    if len(given) != 1:
        found = "none" if not given else " and ".join(given)
        raise InvalidInput(
            f"{place}: expected exactly one of {', '.join(STEP_KEYS)}, found {found}"
        )
    if step.expect is not None and given != ["filter"]:
        raise InvalidInput(
            f"{place}.expect: is only for a filter step; put it inside of {given[0]!r}"
            if given != ["event"]
            else f"{place}.expect: is only for a filter step"
        )
    if step.http is not None and not step.http.path:
        raise InvalidInput(f"{place}.http.path: is missing or empty")
