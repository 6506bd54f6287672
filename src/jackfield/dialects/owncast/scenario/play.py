"""Plays scenarios of one Owncast plugin, each on a host of its own.

Source: owncast spec 6.1 (steps) and 6.2 (what stands in for the host's services).
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from msgspec import UNSET

from jackfield.dialects.owncast.custom_events import hook_for
from jackfield.dialects.owncast.event_names import BUILT_IN, CHAT_MESSAGE, OWNED
from jackfield.dialects.owncast.pages import FileAnswer, PluginPages, StreamAnswer
from jackfield.dialects.owncast.runtime import OwncastRuntime
from jackfield.dialects.owncast.scenario.expect import base64_difference, compare
from jackfield.dialects.owncast.scenario.folding import read
from jackfield.dialects.owncast.scenario.shape import (
    AuthStep,
    ContentStep,
    FilterExpect,
    HttpExpect,
    HttpStep,
    ScenarioFile,
    Step,
    parse_file,
)
from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.events import Event
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.scenario import (
    MakeStage,
    Scenario,
    Stage,
    deep_equal,
    load_error,
    partial_match,
)
from jackfield.plugins.scenario_play import Play as BasePlay
from jackfield.plugins.scenario_play import play_action, show
from jackfield.plugins.spec import PluginSpec
from jackfield.services.chat import ChatMessage
from jackfield.services.console import Console
from jackfield.services.kv import KeyValue
from jackfield.services.recording import Found, Recorded, recording_services

DRAIN_S = 60.0
"""How long a step may take in all; each call in it has a limit of its own."""

REMOTE = "192.0.2.1:1234"
HOST = "example.com"


class PluginScript:
    """See :class:`jackfield.plugins.scenario.Script`.

    :param package: the plugin as it would be installed.
    :param console: hears what the plugin prints and logs while it is tested.
    """

    def __init__(
        self,
        spec: PluginSpec,
        package: Path,
        make_stage: MakeStage,
        console: Console | None = None,
    ) -> None:
        self.spec = spec
        self.package = package
        self.make_stage = make_stage
        self.console = console

    def check_load(self) -> None:
        """Load the plugin once, on a host like that of a scenario."""
        Play(self, ScenarioFile(name="load")).open().stop()

    def read(self, data: bytes) -> list[Scenario]:
        """The scenarios of one file."""
        return [
            Scenario(
                scenario.name,
                lambda scenario=scenario: Play(self, scenario).run(),  # type: ignore[misc]
                tuple(f"{place} is not part of the format and does nothing" for place in unknown),
            )
            for scenario, unknown in parse_file(data)
        ]


class Play(BasePlay):
    """One scenario on its way."""

    def __init__(self, script: PluginScript, scenario: ScenarioFile) -> None:
        super().__init__(script.spec, script.package, script.make_stage)
        self._script = script
        self._scenario = scenario
        self._recorded = Recorded()

    def services(self) -> Mapping[type, Any]:
        given: Found = self._scenario.given
        return recording_services(self.slug, given, self._recorded, self._script.console)

    def settings(self) -> Mapping[str, Any]:
        declared = self.spec.settings
        given = self._scenario.given.config
        return {key: value for key, value in given.items() if declared.get(key) is not None}

    def steps(self) -> Sequence[Step]:
        return self._scenario.events

    def started(self, stage: Stage) -> None:
        self._steps = Steps(stage, self.slug, _runtime(stage, self.slug))

    def play(self, stage: Stage, step: Step) -> list[str]:  # noqa: ARG002 - its parent's
        return self._steps.play(step)

    def compare(self, stage: Stage) -> list[str]:
        if self._scenario.expect is None:
            return []
        kv = stage.core.services.get(KeyValue)
        return compare(
            self._scenario.expect,
            self._recorded,
            kv=lambda key: kv.get(self.slug, key),
            commands=_runtime(stage, self.slug).commands.all,
        )


def _runtime(stage: Stage, slug: str) -> OwncastRuntime:
    running = stage.registry.running(slug)
    assert running is not None
    assert isinstance(running.runtime, OwncastRuntime)
    return running.runtime


class Steps:
    """Plays single steps on a stage; each gives what did not go as expected."""

    def __init__(self, stage: Stage, slug: str, runtime: OwncastRuntime) -> None:
        self._stage = stage
        self._slug = slug
        self._runtime = runtime
        self._pages = PluginPages(stage.core)

    def play(self, step: Step) -> list[str]:
        """Play one step and wait until the plugin has dealt with it."""
        try:
            errors = self._play(step)
        except JackfieldError as error:
            errors = [load_error(error)]
        if not self._stage.dispatcher.drain(self._slug, DRAIN_S):
            errors.append(f"the plugin was still busy after {DRAIN_S:g} s")
        return errors

    def _play(self, step: Step) -> list[str]:
        if step.event is not None:
            return self._event(step.event, step.payload)
        if step.filter is not None:
            return self._filter(step.filter, step.payload, step.expect)
        if step.http is not None:
            return self._http(step.http)
        if step.action is not None:
            return list(play_action(self._stage, self._slug, step.action))
        if step.auth_check is not None:
            return self._auth(step.auth_check)
        contents = {
            "tab/": step.tab_content,
            "page/": step.page_content,
            "styles": step.page_styles,
            "scripts": step.page_scripts,
        }
        slot, content = next((slot, c) for slot, c in contents.items() if c is not None)
        return self._content(slot + content.slug if slot.endswith("/") else slot, content)

    # -- events and filters -----------------------------------------------------------------

    def _event(self, name: str, payload: Any) -> list[str]:
        """Without the filters. What goes wrong in a handler is logged, and is no mistake here."""
        if name == CHAT_MESSAGE:
            payload = chat_message(payload)
        if name in OWNED:
            self._stage.dispatcher.deliver(self._slug, Event(name, payload))
        elif name in BUILT_IN:
            self._stage.dispatcher.notify(Event(name, payload))
        else:
            hook = hook_for(self._slug, self._runtime.hooks, "", name)
            if hook is not None:
                self._stage.dispatcher.deliver(self._slug, Event(hook, payload))
        return []

    def _filter(self, name: str, payload: Any, expect: FilterExpect | None) -> list[str]:
        result = self._stage.dispatcher.filter(Event(name, payload))
        if expect is None:
            return []
        final = result.payload if result.action == "modify" else payload
        match expect.action:
            case "pass":
                if result.dropped:
                    return [f"expected pass, but it was dropped: {result.reason}"]
                if not deep_equal(payload, final):
                    return [f"expected pass, but the payload was changed to {show(final)}"]
            case "modify":
                if result.dropped:
                    return [f"expected modify, but it was dropped: {result.reason}"]
                if expect.payload is not UNSET and not partial_match(expect.payload, final):
                    return [f"expected payload {show(expect.payload)}, got {show(final)}"]
            case "drop":
                if not result.dropped:
                    return [f"expected drop, but it passed with payload {show(final)}"]
                if expect.reason and expect.reason != result.reason:
                    return [f"expected reason {show(expect.reason)}, got {show(result.reason)}"]
            case other:
                return [f"expect.action: expected pass, modify or drop, found {other!r}"]
        return []

    # -- requests and content ---------------------------------------------------------------

    def _http(self, step: HttpStep) -> list[str]:
        answer = self._pages.answer(self._slug, _request(step))
        if isinstance(answer, StreamAnswer):  # no stand-in makes one
            return ["an event stream cannot be tested"]
        if isinstance(answer, FileAnswer):
            kind = mimetypes.guess_type(answer.path.name)[0] or "application/octet-stream"
            answer = HttpResponse(200, (("Content-Type", kind),), answer.path.read_bytes())
        return [] if step.expect is None else _compare_response(step.expect, answer)

    def _content(self, slot: str, step: ContentStep) -> list[str]:
        context = {} if step.user is None else {"user": step.user}
        try:
            content = self._stage.dispatcher.call(
                self._slug, "render", lambda: self._runtime.render(slot, context)
            )
        except PluginFailure as failure:
            return [load_error(failure)]
        content = content or ""
        if step.expect is None:
            return []
        errors = []
        if step.expect.body and step.expect.body != content:
            errors.append(f"expected body {show(step.expect.body)}, got {show(content)}")
        if step.expect.body_contains and step.expect.body_contains not in content:
            errors.append(f"body does not contain {show(step.expect.body_contains)}: {content}")
        return errors

    def _auth(self, step: AuthStep) -> list[str]:
        verdict = self._runtime.auth_check(step.user or {})
        if step.expect is None:
            return []
        return [
            f"expected {name} {show(wanted)}, got {show(verdict.get(name, ''))}"
            for name, wanted in (("action", step.expect.action), ("reason", step.expect.reason))
            if wanted and wanted != verdict.get(name, "")
        ]


def chat_message(payload: Any) -> Any:
    """A message as the host would send it: unknown members are lost, missing texts are empty.

    A user that is only a name, as tests from before user objects have it, stays one.

    :raises InvalidInput: a member of the wrong type.
    """
    if not isinstance(payload, Mapping):
        return payload
    user = payload.get("user")
    rest = {k: v for k, v in payload.items() if k != "user" or isinstance(v, Mapping)}
    message = msgspec.to_builtins(read(rest, ChatMessage, "payload", []))
    full = {"id": "", "body": "", "timestamp": "", **message}
    return {**full, "user": user} if isinstance(user, str) else full


def _request(step: HttpStep) -> HttpRequest:
    parts = urlsplit(step.path if step.path.startswith("/") else f"/{step.path}")
    headers = {name.lower(): [value] for name, value in step.headers.items()}
    if step.authenticated:
        headers["x-test-admin"] = ["1"]
    if step.user is not None:
        headers["x-test-user"] = [json.dumps(step.user, separators=(",", ":"))]
    return HttpRequest(
        (step.method or "GET").upper(),
        unquote(parts.path),
        parse_qs(parts.query, keep_blank_values=True),
        {"host": [HOST], **headers},
        step.body.encode(),
        remote=REMOTE,
        user=step.user,
        admin=step.authenticated or step.user is not None,
    )


def _compare_response(expect: HttpExpect, answer: HttpResponse) -> list[str]:
    errors = []
    if expect.status and expect.status != answer.status:
        errors.append(f"expected status {expect.status}, got {answer.status}")
    for name, value in expect.headers.items():
        found = next((v for k, v in answer.headers if k.lower() == name.lower()), "")
        if found != value:
            errors.append(f"expected header {name} {show(value)}, got {show(found)}")
    text = answer.body.decode("utf-8", "replace")
    if expect.body and expect.body.encode() != answer.body:
        errors.append(f"expected body {show(expect.body)}, got {show(text)}")
    if expect.body_base64 is not None:
        difference = base64_difference("bodyBase64", expect.body_base64, answer.body)
        errors += [difference] if difference else []
    if expect.body_contains and expect.body_contains not in text:
        errors.append(f"body does not contain {show(expect.body_contains)}: {text}")
    return errors
