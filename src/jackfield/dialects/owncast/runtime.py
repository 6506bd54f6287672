"""A started Owncast plugin: its instance in the sandbox and everything that reaches it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.dialects.owncast.call_scope import CallScope, RequestScope
from jackfield.dialects.owncast.code import Code, load_code
from jackfield.dialects.owncast.commands import Commands
from jackfield.dialects.owncast.custom_events import SilentBus
from jackfield.dialects.owncast.event_names import CHAT_MESSAGE, TIMER_FIRED
from jackfield.dialects.owncast.failures import plugin_failure
from jackfield.dialects.owncast.hostfunctions import Caller, build_table
from jackfield.dialects.owncast.http import BadAnswer, from_wire, to_wire
from jackfield.dialects.owncast.live import Live, live_of
from jackfield.dialects.owncast.manifest_json import describe
from jackfield.dialects.owncast.registration import read_registration
from jackfield.dialects.owncast.rights import in_their_words
from jackfield.dialects.owncast.slots import static_slot
from jackfield.errors import JackfieldError, NotFound
from jackfield.plugins.dialect import Core, PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec
from jackfield.sandbox import Limits, SandboxError
from jackfield.services.bus import PluginBus
from jackfield.services.console import Console
from jackfield.services.engine import SandboxEngine
from jackfield.services.gates import Gates
from jackfield.services.globs import compile_glob
from jackfield.services.sse import EventStreams, StreamHub
from jackfield.services.timers import Timers

if TYPE_CHECKING:
    from jackfield.sandbox import Instance

SDK = "owncast_plugin.guest"
GATE = "auth.gate"


class OwncastRuntime:
    """See :class:`jackfield.plugins.dialect.Runtime`.

    :ivar hooks: the custom events that it hears, by its own names for them.
    :ivar commands: its chat commands, with who has to wait for which.
    :raises PluginFailure: the code failed to load, or disagrees with the manifest.
    """

    def __init__(
        self,
        context: PluginContext,
        *,
        code: Code | None = None,
        bus: PluginBus | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.spec = context.spec
        self.slug = context.spec.slug
        self.limits = limits or Limits()
        self._context = context
        self._log = context.log
        self._services = context.services
        self._scope = CallScope()
        self._stopped = False
        self._timers_lock = threading.Lock()
        self._timers_of = 0
        self._instance: Instance | None = None
        table = build_table(self._caller(bus or SilentBus()))
        # Imported here, because it brings the native library and a composed host without plugins
        # needs none of it.
        from jackfield.sandbox import Instance

        try:
            for page in context.spec.details.get("adminPages") or ():
                compile_glob(page["path"])
            engine = self._services.get(SandboxEngine).get()
            code = code or load_code(
                FolderFiles(context.root), self.slug, context.spec.details.get("code")
            )
            self._instance = Instance(
                engine,
                code.source,
                filename=code.filename,
                name=self.slug,
                host=table,
                output=self._printed,
                limits=self.limits,
                sdk=SDK,
                config={"manifest": {"slug": self.slug, "name": self.spec.name}},
                modules=code.modules,
            )
            registered = read_registration(
                self._instance.call(
                    "register",
                    seconds=self.limits.load_seconds,
                    output_bytes=self.limits.register_output_bytes,
                ),
                slug=self.slug,
                declared=context.spec.details["permissions"],
                grants=context.grants,
            )
        except JackfieldError as error:
            self.stop("it failed to load")
            raise plugin_failure(error, plugin=self.slug, call="load") from error
        except BaseException:
            self.stop("it failed to load")
            raise
        for warning in registered.warnings:
            self._log.warning(warning)
        self._subscriptions = registered.subscriptions
        self.hooks = registered.hooks
        self.commands = Commands(registered.commands)

    @property
    def subscriptions(self) -> Subscriptions:
        """The host's events that it hears, and its filters. Custom events reach it by
        :class:`~jackfield.dialects.owncast.custom_events.CustomEvents`."""
        return self._subscriptions

    @property
    def memory_bytes(self) -> int:
        """How far its heap reaches; 0 after it was stopped."""
        instance = self._instance
        if instance is None or self._stopped:
            return 0
        try:
            return instance.memory_bytes
        except SandboxError:
            return 0

    # -- calls ------------------------------------------------------------------------------

    def notify(self, event: Event) -> None:
        """Source of the time: owncast spec 3.4."""
        fired = event.payload.get("id") if event.name == TIMER_FIRED else None
        try:
            self._call(
                f"event {event.name}",
                "on_event",
                _envelope(event),
                limit="event_seconds",
            )
        finally:
            if fired is not None and (timers := self._services.find(Timers)) is not None:
                timers.handled(self.slug, fired)

    def filter(self, event: Event) -> FilterResult:
        """The wait for the plugin counts (owncast spec 3.2); an unknown verdict passes (3.3).

        So does a message changed into something else, which the original takes as it is: a mistake
        in one filter should cost nobody their message.
        """
        verdict = self._call(
            f"filter {event.name}",
            "on_filter",
            _envelope(event),
            limit="filter_seconds",
            output_bytes=self.limits.filter_output_bytes,
            wait_included=True,
        )
        action = verdict.get("action") if isinstance(verdict, dict) else None
        match action:
            case "modify":
                payload = verdict.get("payload")
                if _is_message(event) and (found := no_message(payload)):
                    self._log.failure(
                        f"filter {event.name}: {self.slug} answered 'modify' with {found}; "
                        "expected an object with the text 'body'. The message stays as it was",
                        "warning",
                    )
                    return PASS
                return FilterResult("modify", payload)
            case "drop":
                return FilterResult("drop", reason=str(verdict.get("reason") or ""))
            case "pass" | "" | None:
                return PASS
        self._log.warning(f"filter {event.name}: unknown action {action!r:.60}, taken as pass")
        return PASS

    def request(self, request: HttpRequest) -> HttpResponse:
        """Ask the plugin's own code.

        :raises NotFound: the plugin may not serve pages.
        """
        if "http.serve" not in self._context.grants:
            raise NotFound("serves no pages", plugin=self.slug)
        scope = RequestScope(secure=request.secure)
        label = f"request {request.method} {request.path}"
        answer = self._call(
            label,
            "on_http_request",
            to_wire(request),
            limit="request_seconds",
            output_bytes=self.limits.response_output_bytes,
            request=scope,
        )
        try:
            return from_wire(answer, scope)
        except BadAnswer as error:
            raise PluginFailure(f"bad answer: {error}", plugin=self.slug, call=label) from None

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        """Owncast plugins have no actions of their own; their buttons are links."""
        del params
        raise NotFound(f"has no action {action!r}", plugin=self.slug)

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        """What the plugin puts into ``tab/<slug>``, ``page/<slug>``, ``styles`` or ``scripts``.

        :param context: ``user``, the viewer, may be in it.
        """
        if "ui.modify" not in self._context.grants:
            return ""
        fixed = static_slot(self.spec, self._context.root, slot)
        if fixed is not None:
            return fixed
        kind, _, name = slot.partition("/")
        export = {"tab": "on_tab_content", "page": "on_page_content"}.get(kind)
        if export is not None:
            payload: dict[str, Any] | None = {"slug": name}
            if context.get("user") is not None:
                payload = {"slug": name, "user": context["user"]}
        elif slot in ("styles", "scripts"):
            export, payload = f"on_page_{slot}", None
        else:
            return ""
        content = self._call(
            f"content {slot}",
            export,
            payload,
            limit="request_seconds",
            output_bytes=self.limits.response_output_bytes,
        )
        return content if isinstance(content, str) else ""

    def auth_check(self, user: Mapping[str, Any]) -> dict[str, Any]:
        """Whether a viewer's session goes on: ``{"action": "ok" | "refresh" | "deny", ...}``.

        :raises PluginFailure: the caller refuses the viewer then (owncast spec 2.6).
        """
        verdict = self._call(
            "auth check", "on_auth_check", {"user": dict(user)}, limit="request_seconds"
        )
        return verdict if isinstance(verdict, dict) and verdict.get("action") else {"action": "ok"}

    def _call(
        self,
        label: str,
        export: str,
        payload: Any,
        *,
        limit: str,
        request: RequestScope | None = None,
        **more: Any,
    ) -> Any:
        instance = self._instance
        if instance is None:
            raise PluginFailure("was stopped", plugin=self.slug, call=label, kind="busy")
        generation = instance.generation
        seconds: float = getattr(self.limits, limit)
        with self._scope.enter(request):
            try:
                return instance.call(export, payload, seconds=seconds, **more)
            except SandboxError as error:
                if getattr(error, "instance_lost", False):
                    self._timers_belong_to(generation + 1)
                raise plugin_failure(error, plugin=self.slug, call=label) from error

    def stop(self, reason: str) -> None:
        """Close the instance, and drop timers and event streams. May be repeated."""
        del reason
        self._stopped = True
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.close()
        if (timers := self._services.find(Timers)) is not None:
            timers.clear_all(self.slug)
        hub = self._services.find(EventStreams)
        if isinstance(hub, StreamHub):
            hub.close_all(self.slug)

    # -- what the plugin's calls reach --------------------------------------------------------

    def _caller(self, bus: PluginBus) -> Caller:
        context = self._context
        return Caller(
            slug=self.slug,
            bot_name=context.spec.details.get("bot") or context.spec.name,
            grants=context.grants,
            services=context.services,
            log=context.log,
            root=context.root,
            settings=context.settings,
            bus=bus,
            scope=self._scope,
            set_timer=self._set_timer,
            clear_timer=self._clear_timer,
        )

    def _set_timer(self, timer_id: int, delay_ms: int, repeat: bool) -> bool:
        timers = self._services.find(Timers)
        if timers is None or self._stopped:
            return False
        # While a new instance is loaded, its generation does not count yet.
        loaded = self._instance.generation if self._instance is not None else 0
        self._timers_belong_to(loaded if self._scope.inside else loaded + 1)
        return timers.set(self.slug, timer_id, delay_ms, repeat)

    def _clear_timer(self, timer_id: int) -> None:
        if (timers := self._services.find(Timers)) is not None:
            timers.clear(self.slug, timer_id)

    def _timers_belong_to(self, generation: int) -> None:
        """Drop the timers of an instance that is gone: their callbacks went with it."""
        with self._timers_lock:
            if generation <= self._timers_of:
                return
            first = self._timers_of == 0
            self._timers_of = generation
            if not first and (timers := self._services.find(Timers)) is not None:
                timers.clear_all(self.slug)

    def _printed(self, channel: str, line: str) -> None:
        self._log.write("info" if channel == "stdout" else "warning", line)
        console = self._services.find(Console)
        if console is not None:
            console.printed(self.slug, line)


def _envelope(event: Event) -> dict[str, Any]:
    """What the guest is handed (owncast spec 0.2)."""
    chat = event.name.startswith("chat.")
    return {
        "eventType": event.name,
        "payload": in_their_words(event.payload) if chat else event.payload,
    }


def no_message(payload: Any) -> str | None:
    """What *payload* is instead of a chat message, in words; ``None`` if it can be one."""
    if not isinstance(payload, dict):
        return describe(payload)
    if isinstance(payload.get("body"), str):
        return None
    return f"an object whose 'body' is {describe(payload.get('body'))}"


def _is_message(event: Event) -> bool:
    """Whether a chat message is filtered; a scenario may filter anything under that name."""
    return event.name == CHAT_MESSAGE and no_message(event.payload) is None


def start(context: PluginContext) -> OwncastRuntime:
    """Load the plugin and return it running.

    :raises PluginFailure: its code failed to load, or disagrees with the manifest.
    """
    live = live_of(context.services)
    if live is not None and GATE in context.grants and (other := live.gate()):
        raise PluginFailure(
            f"{other!r} keeps the door already; one plugin with {GATE} can run at a time",
            plugin=context.spec.slug,
            call="load",
            hint=f"disable {other!r} first",
        )
    return OwncastRuntime(context, bus=live.bus if live is not None else None)


def attach(core: Core) -> None:
    """Let plugins of that host reach each other, and the chat their commands; let one of them
    keep the door."""
    from jackfield.dialects.owncast.gate import OwncastGate

    Live(core)
    if (gates := core.services.find(Gates)) is not None:
        gates.add(OwncastGate(core))


def check_load(spec: PluginSpec, code: Code, *, root: Path | None = None) -> None:
    """Load the plugin once, with stand-ins for everything that it could reach.

    :param root: the plugin's folder, for its assets.
    :raises PluginFailure: a host would refuse it.
    """
    from jackfield.config import default_cache_dir
    from jackfield.services.recording import Found, Recorded, recording_services

    engine = SandboxEngine(default_cache_dir())
    services = ServiceTable(
        {**recording_services(spec.slug, Found(), Recorded()), SandboxEngine: engine}
    )
    nowhere = root or Path("/nonexistent")
    defaults: Callable[[], Mapping[str, Any]] = lambda: spec.settings.effective({})  # noqa: E731
    context = PluginContext(
        spec, nowhere, nowhere, Grants(spec.permissions), services, PluginLog(spec.slug), defaults
    )
    OwncastRuntime(context, code=code).stop("checked")
