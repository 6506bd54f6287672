"""Chat commands: tables, what a command's function receives, and the plugin's own router.

Each command has exactly one router (owncast spec 3.7 and 9):

- ``plugin.commands(table)``: **the host** matches, checks moderator and cooldown, and sends
  ``chat.command``. This is how the 0.11 SDK does it.
- ``define_commands(config)``: **the plugin** matches whatever message it hands to the router that
  this returns, as the 0.9 SDK does it; thus a filter can run a command and drop the message. The
  host lists these commands in ``!help`` and the plugin ignores ``chat.command`` for them.
- ``plugin.commands(table, on_unknown=...)``, or a table with ``on_denied`` or ``on_cooldown``:
  these exist in the 0.9 SDK only and the host knows nothing of them, so the plugin routes such a
  table itself, before its ``on_chat_message`` handler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from owncast_plugin._calls import finish
from owncast_plugin._owncast import owncast
from owncast_plugin._registry import registry
from owncast_plugin.payloads import ChatMessage, User

PREFIX = "!"

CommandFunction = Callable[["CommandContext"], Any]


class CommandContext:
    """What a command's ``run`` receives.

    :ivar msg: the message.
    :ivar user: who wrote it, or ``None``.
    :ivar command: the command's name as the table has it.
    :ivar invoked_as: the name or alias that was typed.
    :ivar args: the words after it.
    :ivar arg_string: everything after it, as typed.
    """

    def __init__(
        self, msg: ChatMessage, command: str, invoked_as: str, args: list[str], arg_string: str
    ) -> None:
        self.msg = msg
        self.user: User | None = msg.user
        self.command = command
        self.invoked_as = invoked_as
        self.args = args
        self.arg_string = arg_string

    def reply(self, text: object) -> None:
        """Answer in the chat."""
        owncast.chat.send(text)

    def reply_privately(self, text: object) -> None:
        """Answer to the writer alone; in the chat when the connection is not known."""
        if not owncast.chat.reply_to(self.msg, text):
            owncast.chat.send(text)


class CommandTable(dict[str, dict[str, Any]]):
    """The table that was given. Called with a message it tells whether the message invokes one of
    its commands, without running it: the 0.9 SDK returned its router here."""

    def __init__(self, table: Mapping[str, dict[str, Any]], router: Router) -> None:
        super().__init__(table)
        self._router = router

    def __call__(self, msg: ChatMessage) -> bool:
        found = self._router.match(msg)
        return found is not None and found[1] is not None


class Router:
    """Matches messages against one table, as owncast spec 3.7 describes the 0.9 SDK."""

    def __init__(
        self,
        table: Mapping[str, dict[str, Any]],
        *,
        prefix: str = PREFIX,
        case_sensitive: bool = False,
        **callbacks: Any,
    ) -> None:
        self.prefix = prefix
        self._fold: Callable[[str], str] = str if case_sensitive else str.lower
        self._callbacks = callbacks
        self._last_runs: dict[tuple[str, str], int] = {}
        self._by_name: dict[str, tuple[str, dict[str, Any]]] = {}
        for name, command in table.items():
            for spelling in (name, *(command.get("aliases") or ())):
                self._by_name[self._fold(spelling)] = (name, command)

    def match(self, msg: ChatMessage) -> tuple[CommandContext, dict[str, Any] | None] | None:
        """The context and the command; the command is ``None`` for an unknown name, all is
        ``None`` for a message that is no command at all."""
        body = str(msg.body or "")
        if not body.startswith(self.prefix):
            return None
        rest = body[len(self.prefix) :].strip()
        words = rest.split()
        if not words:
            return None
        typed, rest = words[0], rest[len(words[0]) :].strip()
        name, command = self._by_name.get(self._fold(typed), (self._fold(typed), None))
        return CommandContext(msg, name, typed, words[1:], rest), command

    def __call__(self, msg: ChatMessage) -> bool:
        """Run what *msg* invokes. ``False`` when it is no command, or an unknown one; ``True``
        when it is, even if the writer may not run it (now)."""
        found = self.match(msg)
        if found is None:
            return False
        context, command = found
        if command is None:
            self._tell("on_unknown", {}, context)
            return False
        if command.get("mod_only") and not _is_moderator(context.user):
            self._tell("on_denied", command, context)
        elif self._cools_down(context, int(command.get("cooldown_ms") or 0)):
            self._tell("on_cooldown", command, context)
        else:
            self._tell("run", command, context)
        return True

    def _tell(self, what: str, command: dict[str, Any], context: CommandContext) -> None:
        function = command.get(what) or self._callbacks.get(what)
        if callable(function):
            finish(function(context))

    def _cools_down(self, context: CommandContext, cooldown_ms: int) -> bool:
        now = _milliseconds(context.msg.timestamp)
        if cooldown_ms <= 0 or now is None:
            return False
        key = (context.command, _who(context.msg))
        last = self._last_runs.get(key)
        if last is not None and now - last < cooldown_ms:
            return True
        self._last_runs[key] = now
        return False


def define_commands(config: Mapping[str, Any] | None = None) -> Callable[[ChatMessage], bool]:
    """Make a router that the plugin itself hands messages to.

    :param config: ``commands`` (the table), ``prefix``, ``case_sensitive``, ``on_unknown``,
        ``on_denied``, ``on_cooldown``. A command has ``run``, and optionally ``aliases``,
        ``mod_only``, ``cooldown_ms``, ``description``, ``usage``, ``on_denied``, ``on_cooldown``.
    :returns: a function of a message: whether it was a command. See :meth:`Router.__call__`.
    """
    config = config or {}
    table = config.get("commands") or {}
    prefix = config.get("prefix", PREFIX)
    case_sensitive = bool(config.get("case_sensitive", False))
    registry.command_infos += describe(table, prefix, case_sensitive, self_routed=True)
    callbacks = {name: config.get(name) for name in ("on_unknown", "on_denied", "on_cooldown")}
    return Router(table, prefix=prefix, case_sensitive=case_sensitive, **callbacks)


def declare(
    table: Mapping[str, dict[str, Any]],
    prefix: str,
    case_sensitive: bool,
    on_unknown: CommandFunction | None,
) -> CommandTable:
    """What ``plugin.commands`` does; see there."""
    if not isinstance(prefix, str) or not prefix:
        raise TypeError(f"command prefix must be a non-empty str, not {prefix!r}")
    infos = describe(table, prefix, case_sensitive)
    router = Router(table, prefix=prefix, case_sensitive=case_sensitive, on_unknown=on_unknown)
    own = on_unknown is not None or any(
        callable(command.get(name))
        for command in table.values()
        for name in ("on_denied", "on_cooldown")
    )
    if own:
        infos = [{**info, "selfRouted": True} for info in infos]
        registry.chat_routers.append(router)
    else:
        registry.commands.update(table)
    registry.command_infos += infos
    return CommandTable(table, router)


def describe(
    table: Mapping[str, dict[str, Any]],
    prefix: str,
    case_sensitive: bool,
    *,
    self_routed: bool = False,
) -> list[dict[str, Any]]:
    """The table as the host is told of it.

    :raises TypeError: table, command, aliases or cooldown of the wrong type, each named.
    """
    if not isinstance(table, Mapping):
        raise TypeError(f"commands table must be a dict, not {type(table).__name__}")
    infos = []
    for name, command in table.items():
        if not isinstance(command, dict):
            raise TypeError(f'command "{name}" must be a dict, not {type(command).__name__}')
        aliases = command.get("aliases") or []
        if not isinstance(aliases, list) or not all(isinstance(a, str) for a in aliases):
            raise TypeError(f'command "{name}": aliases must be a list of str, not {aliases!r}')
        cooldown = command.get("cooldown_ms")
        cooldown = 0 if cooldown is None else cooldown
        if isinstance(cooldown, bool) or not isinstance(cooldown, int) or cooldown < 0:
            raise TypeError(
                f'command "{name}": cooldown_ms must be a non-negative int, not {cooldown!r}'
            )
        info: dict[str, Any] = {
            "name": name,
            "prefix": prefix,
            "description": command.get("description") or "",
            "usage": command.get("usage") or "",
            "aliases": list(aliases),
            "modOnly": bool(command.get("mod_only", False)),
            "caseSensitive": bool(case_sensitive),
            "cooldownMs": cooldown,
        }
        infos.append({**info, "selfRouted": True} if self_routed else info)
    return infos


def run_command(event: Any) -> None:
    """Run what a ``chat.command`` event names; nothing for a command that is not the host's."""
    event = event if isinstance(event, dict) else {}
    name = event.get("command")
    command = registry.commands.get(name) if isinstance(name, str) else None
    if command is None or not callable(run := command.get("run")):
        return
    context = CommandContext(
        ChatMessage(event.get("message")),
        str(name),
        event.get("invokedAs") or str(name),
        event.get("args") or [],
        event.get("argString") or "",
    )
    finish(run(context))


def _is_moderator(user: User | None) -> bool:
    return user is not None and "MODERATOR" in (user.scopes or ())


def _who(msg: ChatMessage) -> str:
    if msg.user is not None and msg.user.id is not None:
        return str(msg.user.id)
    return "anon" if msg.client_id is None else f"c{msg.client_id}"


def _milliseconds(timestamp: Any) -> int | None:
    """A message's time; ``None`` when it cannot be read, and then nothing cools down."""
    try:
        return int(datetime.fromisoformat(str(timestamp)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
