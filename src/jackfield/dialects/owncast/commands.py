"""Chat commands: which of a plugin's commands a message calls, and the list for ``!help``.

Source: owncast spec 3.7.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from jackfield.dialects.owncast.rights import may_moderate

DEFAULT_PREFIX = "!"
HELP = frozenset({"!help", "!commands"})
_SWEEP_S = 60.0
_EM_DASH = "\N{EM DASH}"


class CommandInfo(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """One command, as ``register`` reports it.

    :param cooldown_ms: how long the same person has to wait.
    :param self_routed: the plugin matches it itself; it is here for the help only.
    """

    name: str
    prefix: str = ""
    description: str = ""
    usage: str = ""
    aliases: list[str] = []
    mod_only: bool = False
    case_sensitive: bool = False
    cooldown_ms: int = 0
    self_routed: bool = False

    @property
    def start(self) -> str:
        """What a message that calls it starts with."""
        return self.prefix or DEFAULT_PREFIX


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command as it was typed."""

    command: CommandInfo
    invoked_as: str
    args: tuple[str, ...]
    arg_string: str

    def event(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of ``chat.command``."""
        return {
            "message": message,
            "command": self.command.name,
            "invokedAs": self.invoked_as,
            "args": list(self.args),
            "argString": self.arg_string,
        }


def match(command: CommandInfo, body: str) -> Invocation | None:
    """How *body* calls *command*, if it does."""
    if not body.startswith(command.start):
        return None
    rest = body[len(command.start) :].strip()
    first, *args = rest.split() or [""]
    if not first:
        return None
    names = (command.name, *command.aliases)
    if command.case_sensitive:
        called = first in names
    else:
        called = first.casefold() in {name.casefold() for name in names}
    if not called:
        return None
    return Invocation(command, first, tuple(args), rest[len(first) :].strip())


class Commands:
    """The commands of one plugin, with who has to wait for which. Thread-safe."""

    def __init__(self, commands: Sequence[CommandInfo] = ()) -> None:
        self.all = tuple(commands)
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], float] = {}
        self._swept = 0.0

    def called_by(self, message: Mapping[str, Any]) -> list[Invocation]:
        """Every command that *message* calls and its sender may use now."""
        body = message.get("body")
        if not isinstance(body, str):
            return []
        return [
            found
            for command in self.all
            if not command.self_routed
            and (found := match(command, body)) is not None
            and (not command.mod_only or is_moderator(message))
            and self._ready(command, message)
        ]

    def _ready(self, command: CommandInfo, message: Mapping[str, Any]) -> bool:
        if command.cooldown_ms <= 0:
            return True
        now = _seconds(message.get("timestamp"))
        if now is None:
            return True
        key = (command.name, _sender(message))
        with self._lock:
            last = self._last.get(key)
            if last is not None and now < last + command.cooldown_ms / 1000:
                return False
            self._last[key] = now
            self._sweep(now)
        return True

    def _sweep(self, now: float) -> None:
        if now < self._swept + _SWEEP_S:
            return
        self._swept = now
        longest = max(command.cooldown_ms for command in self.all) / 1000
        self._last = {key: at for key, at in self._last.items() if at + longest > now}


def is_moderator(message: Mapping[str, Any]) -> bool:
    """Whether the message's sender may use commands of moderators."""
    return may_moderate(message.get("user"))


def asks_for_help(body: str) -> bool:
    """Whether a message asks for the list of commands."""
    return body.strip().lower() in HELP


def help_text(plugins: Iterable[tuple[str, Sequence[CommandInfo]]], *, moderator: bool) -> str:
    """The list of commands as Markdown; empty when there is none to show.

    :param plugins: each plugin's display name and commands.
    """
    parts: list[str] = []
    for name, commands in sorted(plugins, key=lambda pair: pair[0].casefold()):
        shown = [command for command in commands if moderator or not command.mod_only]
        if shown:
            lines = [_help_line(command) for command in sorted(shown, key=lambda c: c.name)]
            parts.append("\n".join([f"**{name}**", "", *lines]))
    return "\n\n".join(["Available commands:", *parts]) if parts else ""


def _help_line(command: CommandInfo) -> str:
    line = f"- `{command.start}{command.name}`"
    if command.description:
        line += f" {_EM_DASH} {command.description}"
    return line + (" *(mod)*" if command.mod_only else "")


def _sender(message: Mapping[str, Any]) -> str:
    user = message.get("user")
    user_id = user.get("id") if isinstance(user, Mapping) else None
    if user_id:
        return str(user_id)
    client_id = message.get("clientId")
    return "anonymous" if client_id is None else f"client:{client_id}"


def _seconds(timestamp: Any) -> float | None:
    """An RFC 3339 time as seconds; ``None`` for anything else."""
    if not isinstance(timestamp, str):
        return None
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()
