"""What a plugin says of itself when it starts, and whether that agrees with its manifest.

Source: owncast spec 1.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from jackfield.dialects.owncast.commands import CommandInfo
from jackfield.dialects.owncast.custom_events import check_hooks
from jackfield.dialects.owncast.event_names import BUILT_IN, FEDIVERSE, OWNED
from jackfield.errors import InvalidInput, PluginError
from jackfield.plugins.events import Subscriptions
from jackfield.plugins.permissions import Grants

CHAT_FILTER = "chat.filter"
FEDIVERSE_INBOUND = "fediverse.inbound"


class _Notify(msgspec.Struct):
    event: str


class _Filter(msgspec.Struct):
    event: str
    priority: int = 0


class _Subscriptions(msgspec.Struct):
    notify: list[_Notify] | None = None
    filter: list[_Filter] | None = None


class _Registered(msgspec.Struct):
    slug: str = ""
    permissions: list[str] | None = None
    subscriptions: _Subscriptions = msgspec.field(default_factory=_Subscriptions)
    commands: list[CommandInfo] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What the plugin hears and answers to.

    :param hooks: its custom events, by its own names for them.
    """

    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    hooks: frozenset[str] = frozenset()
    commands: tuple[CommandInfo, ...] = ()
    warnings: tuple[str, ...] = ()


def read_registration(
    answer: Any, *, slug: str, declared: Iterable[str], grants: Grants
) -> Registration:
    """Check what ``register`` returned.

    :param declared: the permissions that the manifest asks for.
    :raises PluginError: it is not an object of the right form, or disagrees with the manifest.
    """
    try:
        told = msgspec.convert(answer, _Registered)
    except msgspec.ValidationError as error:
        raise PluginError(f"register returned something else: {error}", plugin=slug) from None
    declared = set(declared)
    if told.slug and told.slug != slug:
        raise PluginError(f"the code says it is {told.slug!r}, the manifest {slug!r}", plugin=slug)
    if surplus := sorted(set(told.permissions or ()) - declared):
        raise PluginError(
            f"the code asks for {', '.join(surplus)}, which the manifest does not declare",
            plugin=slug,
        )
    filters = {one.event: one.priority for one in told.subscriptions.filter or ()}
    if filters and CHAT_FILTER not in declared:
        raise _undeclared(slug, f"it filters {next(iter(filters))}", CHAT_FILTER)
    heard = {one.event for one in told.subscriptions.notify or ()}
    hooks = heard - BUILT_IN
    try:
        check_hooks(slug, sorted(hooks))
    except InvalidInput as error:
        raise PluginError(error.message, plugin=slug) from None
    warnings = []
    if filters and CHAT_FILTER not in grants:
        filters = {}
        warnings.append(f"its filter does not run: {CHAT_FILTER} was not granted")
    if (federated := sorted(heard & FEDIVERSE)) and FEDIVERSE_INBOUND not in grants:
        # Plugins from before this permission existed must still load (owncast spec 9).
        warnings.append(f"{', '.join(federated)} will not be heard: {FEDIVERSE_INBOUND} is missing")
        heard -= FEDIVERSE
    events = frozenset(heard & BUILT_IN) - OWNED
    return Registration(
        Subscriptions(events, filters),
        frozenset(hooks),
        tuple(told.commands or ()),
        tuple(warnings),
    )


def _undeclared(slug: str, what: str, permission: str) -> PluginError:
    return PluginError(
        f"{what}, which needs the permission {permission!r}",
        plugin=slug,
        hint='declare it under "permissions" in plugin.manifest.json',
    )
