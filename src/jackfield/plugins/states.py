"""The state machine of an installed plugin, and what the outside sees of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from msgspec import to_builtins

State = Literal["discovered", "disabled", "starting", "running", "suspended", "failed"]

EDGES: Final[frozenset[tuple[State, State]]] = frozenset(
    {
        ("discovered", "disabled"),  # install
        ("disabled", "starting"),  # enable, start of the host
        ("starting", "running"),
        ("starting", "failed"),
        ("starting", "disabled"),  # found after the host was killed
        ("starting", "suspended"),  # found after the host was killed: the suspect
        ("running", "starting"),  # reload, update
        ("running", "disabled"),  # disable, stop of the host
        ("running", "suspended"),
        ("failed", "starting"),
        ("failed", "disabled"),
        ("failed", "suspended"),
        ("disabled", "suspended"),  # the suspect of a start-up that did not finish
        ("suspended", "starting"),
        ("suspended", "disabled"),
    }
)
"""Every change of state that there is; staying in a state is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """One plugin as an operator sees it, at one moment.

    :ivar slug: its name in addresses and commands; no two plugins of a host share one.
    :ivar dialect: the plugin system that it was written for.
    :ivar name: what people call it; like the next five, what its author says.
    :ivar version: the one in use.
    :ivar description: what it does, in a line or two.
    :ivar author: who wrote it.
    :ivar homepage: the address of its site.
    :ivar category: what kind of plugin it is, in the words of its plugin system.
    :ivar state: what it does; ``discovered`` is a file that waits to be installed.
    :ivar reason: why it is in that state, or does not leave it; begins with ``incompatible`` or
        ``needs approval`` for those.
    :ivar enabled: what the operator wants, whatever the state is.
    :ivar permissions: what it asks for; with :attr:`pending_version` what that version asks for.
    :ivar granted: those that the operator granted.
    :ivar refused: those that the operator refused.
    :ivar missing: those of them that nobody has answered for.
    :ivar warnings: what an operator should know before granting anything.
    :ivar installed_at: when, in UTC: ``2026-11-20T18:30:00Z``.
    :ivar versions: those that are kept, newest first.
    :ivar pending_version: an update that is stored and waits for approval.
    :ivar settings_count: how many settings it has.
    :ivar has_icon: whether there is a picture of it.
    :ivar has_instructions: whether there is a text for the operator.
    :ivar last_error: why it last failed to start; with file and line where its code is at fault.
    """

    slug: str
    dialect: str
    name: str
    version: str
    description: str = ""
    author: str = ""
    homepage: str = ""
    category: str = ""
    state: State
    reason: str = ""
    enabled: bool = False
    permissions: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    installed_at: str = ""
    versions: tuple[str, ...] = ()
    pending_version: str | None = None
    settings_count: int = 0
    has_icon: bool = False
    has_instructions: bool = False
    last_error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        found: dict[str, Any] = to_builtins(self)
        return {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the registry has done and stored.

    :ivar what: ``installed``, ``updated``, ``rolled_back``, ``state``, ``settings``, ``log`` or
        ``uninstalled``.
    :ivar state: the plugin afterwards; ``None`` when it is gone.
    """

    slug: str
    what: str
    state: PluginState | None
