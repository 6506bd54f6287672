"""The two seams of the core: a :class:`Dialect` reads and starts plugins, a :class:`Runtime` is
a started one. A sixth dialect is a package with the entry point group ``jackfield.dialects``
whose object satisfies :class:`Dialect`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from jackfield.errors import PluginError
from jackfield.plugins.events import Event, FilterResult, Subscriptions
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.permissions import Grants
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec

if TYPE_CHECKING:
    from jackfield.plugins.approval import Answer
    from jackfield.plugins.files import PluginFiles
    from jackfield.plugins.job import Job
    from jackfield.plugins.logs import PluginLog
    from jackfield.plugins.states import Change, PluginState
    from jackfield.plugins.stats import CallKind

T = TypeVar("T")


Risk = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class LesserRight:
    """A part of a permission that no plugin declares, and that an operator may grant in its place:
    ``sandbox=true`` of a permission to run as trusted code.

    :param title: what it means, as of :class:`PermissionInfo`.
    """

    parameter: str
    value: str
    title: str
    risk: Risk = "low"


@dataclass(frozen=True, slots=True)
class PermissionInfo:
    """What a permission means, as the operator reads it before granting.

    :param risk: ``high`` is shown with a warning: it reaches people, money or the network.
    :param lesser: what may be granted in its place. Where there is any, no other parameter than
        those and the declared ones can be granted.
    """

    title: str
    risk: Risk = "low"
    lesser: tuple[LesserRight, ...] = ()


@dataclass(frozen=True, slots=True)
class PluginContext:
    """Everything that a plugin is started with.

    :param root: the plugin's own unpacked folder; read only.
    :param data: a folder that only this plugin may write; may not exist yet, survives updates.
    :param grants: what the operator granted; hand over nothing else.
    :param settings: returns the effective settings of this moment: stored ones over defaults.
    :param stored_settings: returns what is stored of them at this moment, without the defaults.
    :param in_place: *root* belongs to an existing installation, in which the plugin may write
        where its ecosystem lets it.
    """

    spec: PluginSpec
    root: Path
    data: Path
    grants: Grants
    services: ServiceTable
    log: PluginLog
    settings: Callable[[], Mapping[str, Any]]
    in_place: bool = False
    stored_settings: Callable[[], Mapping[str, Any]] = dict


class PluginFailure(PluginError):
    """A call into a plugin failed. Raised by a :class:`Runtime`, counted by the core.

    :param call: what was being done, such as ``filter chat.message.received``.
    :param kind: ``raised`` (its own exception), ``timeout``, ``limit`` (memory, stack, output) or
        ``busy`` (re-entered, or waited longer than the time allowed).
    :param traceback: the plugin's own traceback, where it raised.
    """

    code = "plugin_failed"

    def __init__(
        self,
        message: str,
        *,
        plugin: str,
        call: str,
        kind: Literal["raised", "timeout", "limit", "busy"] = "raised",
        traceback: str = "",
        file: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, plugin=plugin, file=file, hint=hint)
        self.call = call
        self.kind = kind
        self.traceback = traceback


class Runtime(Protocol):
    """A started plugin. Methods may be called from any thread; one call runs at a time.

    Each raises :class:`PluginFailure` when the plugin's code fails, and keeps within the time that
    its dialect gives to that kind of call.
    """

    @property
    def subscriptions(self) -> Subscriptions: ...

    def notify(self, event: Event) -> None:
        """Tell the plugin of an event. Called from its mailbox, never on the event loop."""

    def filter(self, event: Event) -> FilterResult:
        """Let the plugin pass, change or drop the event. The wait for the plugin counts."""
        ...

    def request(self, request: HttpRequest) -> HttpResponse:
        """Answer a request to the plugin's own pages."""
        ...

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        """Run one of the plugin's actions; the result is plain JSON."""
        ...

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        """What the plugin puts into a slot of a page; empty for nothing."""
        ...

    def stop(self, reason: str) -> None:
        """Stop everything of the plugin. After it returns no code of the plugin runs."""

    @property
    def memory_bytes(self) -> int:
        """What the plugin holds now, as far as its dialect can tell; 0 when it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A plugin that runs now: what the registry started and the dispatcher reaches."""

    spec: PluginSpec
    context: PluginContext
    runtime: Runtime


class RunningPlugins(Protocol):
    """The plugins that run now, as sites and dialects see them (the registry implements it)."""

    def running(self, slug: str) -> Running | None:
        """That plugin, or ``None`` when it does not run."""

    def all_running(self, dialect: str | None = None) -> list[Running]:
        """Every running plugin (of that dialect), sorted by slug."""
        ...

    def adopt(self, folder: Path, *, dialect: str, enable: bool = True) -> Any:
        """Take a plugin of an existing installation where it lies."""
        ...


class InstalledPlugins(RunningPlugins, Protocol):
    """The installed plugins, as a dialect whose own HTTP API manages them sees them. Each method
    is the registry's of that name."""

    def list(self) -> builtins.list[PluginState]: ...

    def get(self, slug: str) -> PluginState: ...

    def spec(self, slug: str) -> PluginSpec: ...

    def folder(self, slug: str) -> Path: ...

    def observe(self, observer: Callable[[Change], None]) -> None: ...

    def install(self, source: Path, *, dialect: str | None = None) -> PluginState: ...

    def update(self, slug: str, source: Path) -> PluginState: ...

    def uninstall(self, slug: str, keep_data: bool = True) -> None: ...

    def enable(self, slug: str, grant: Answer = None) -> PluginState: ...

    def disable(self, slug: str) -> PluginState: ...

    def reload(self, slug: str) -> PluginState: ...

    def ever_enabled(self, slug: str) -> bool: ...

    def settings(self, slug: str) -> dict[str, Any]: ...

    def stored_settings(self, slug: str) -> dict[str, Any]: ...

    def set_settings(
        self, slug: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> dict[str, Any]: ...

    def keep_settings(self, slug: str, values: Mapping[str, Any]) -> None: ...

    def learn(self, slug: str, spec: PluginSpec) -> None: ...

    def run_action(
        self, slug: str, action: str, params: Mapping[str, Any] | None = None
    ) -> Any: ...

    def start_action(
        self, slug: str, action: str, params: Mapping[str, Any] | None = None
    ) -> Job: ...


class AuthorTools(Protocol):
    """What a dialect does for authors; the command line calls it."""

    def new(self, folder: Path, *, slug: str) -> list[Path]:
        """Write a working starter plugin into *folder*, which must not exist. Returns the files."""
        ...

    def build(self, folder: Path) -> list[Path]:
        """Make what can be loaded from the sources. Returns what was written."""
        ...

    def package(self, folder: Path, out: Path | None = None) -> Path:
        """Build, check that the plugin loads, and write the archive. Returns its path."""
        ...


class Dialect(Protocol):
    """A plugin system whose plugins we run.

    It may have ``archive_names``, the :class:`jackfield.plugins.archive.NameRules` of its archives.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    """Endings of this dialect's archives, such as ``.ocpkg``."""

    permissions: Mapping[str, PermissionInfo]
    """Every permission that it knows, by name."""

    site_prefix: str
    """Where its site lies on the host's own address: ``/servemsx``, or empty for the root."""

    native_port: int | None
    """The port on which its ecosystem's clients expect it, served by ``--native-ports``."""

    author: AuthorTools

    def recognises(self, files: PluginFiles) -> bool:
        """Whether these files look like a plugin of this dialect. Never raises."""
        ...

    def read(self, files: PluginFiles) -> PluginSpec:
        """Read the manifest without running anything.

        :raises ManifestError: naming file, field, what was found and what was expected.
        """
        ...

    def start(self, context: PluginContext) -> Runtime:
        """Load the plugin and return it running.

        :raises PluginFailure: its code failed to load.
        """
        ...

    def attach(self, core: Core) -> None:
        """Called once when the host is composed, before any plugin starts: the place to listen to
        host events and to keep what a site needs.

        A dialect that also has ``detach(core)`` is told when the host stops: its plugins have
        stopped, and what it has beside them (processes, threads) has to end."""

    def site(self, core: Core) -> Any | None:
        """The dialect's own HTTP surface as an ASGI application, or ``None``."""
        ...


class EventBus(Protocol):
    """What dialects and services see of the dispatcher."""

    def notify(self, event: Event) -> None:
        """Queue the event for every subscriber; returns at once."""

    def filter(self, event: Event) -> FilterResult:
        """Run the chain of filters in the caller's thread."""
        ...

    def deliver(self, slug: str, event: Event) -> bool:
        """Queue the event for one plugin, subscribed or not; ``False`` if it does not run."""
        ...

    def listen(self, name: str, listener: Callable[[Event], None]) -> None:
        """Call *listener* in the notifier's thread after each event of that name was queued."""

    def call(self, slug: str, kind: CallKind, function: Callable[[], T]) -> T | None:
        """Run a call into that plugin in the caller's thread, counted and judged like any;
        ``None`` if the plugin does not run. A site calls plugins through this.

        :raises PluginFailure: what the plugin's code did wrong.
        """
        ...


@dataclass(frozen=True, slots=True)
class Core:
    """What the composed host gives to a dialect.

    :param data: the host's data directory.
    :param homes: dialect → folder of an existing installation of the original, taken in place.
    :param database: URL of the host's database; empty for SQLite inside *data*. With a password.
    """

    plugins: InstalledPlugins
    events: EventBus
    services: ServiceTable
    data: Path
    homes: Mapping[str, Path] = field(default_factory=dict)
    database: str = ""
