"""Unit tests for plugins, on the author's machine and without a host::

    from owncast_plugin import testing

    def test_greets():
        with testing.load("src/plugin.py") as bot:
            bot.message("hi", user="Ada")
            assert bot.host.chat == ["hello, Ada!"]

Scenario files (``__tests__/*.test.json``) run the plugin in the real sandbox; these tests are for
single functions, with a debugger and with coverage. Nothing here limits time or memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self

from owncast_plugin import _host, guest
from owncast_plugin._registry import registry
from owncast_plugin._wire import FUNCTIONS, pack, unpack

_EMPTY_LISTS = frozenset(
    {
        "owncast_chat_history",
        "owncast_chat_clients",
        "owncast_server_socials",
        "owncast_server_emotes",
        "owncast_server_tags",
        "owncast_users_list",
    }
)
_BY_RESULT: Mapping[str, Any] = {"outcome": {"ok": True}, "flag": True, "json": {}}


class Call(NamedTuple):
    """A call that the plugin made: ``Call("chat.send", ("hello",))``."""

    method: str
    arguments: tuple[Any, ...]


class Refused(Exception):
    """What a host function raises on the host's side; ``type`` names it for the plugin."""

    def __init__(self, message: str, type: str = "HostError") -> None:  # noqa: A002
        super().__init__(message)
        self.type = type


class RecordingHost:
    """A host that remembers every call. Within ``with``, the plugin's calls go to it.

    Storage works, in memory; other calls succeed and return something empty, or what *answers*
    says.

    :param answers: method (``"stream.current"``) → what it returns, or an exception to raise, or a
        function of the arguments. Values as on the wire, see :mod:`owncast_plugin._wire`.
    :param config: what the operator set.
    :param kv: what is stored already.
    :param assets: path → content of the plugin's ``assets/``.
    :param permissions: what is granted; ``None`` grants everything.
    :ivar calls: every call that was granted, in order.
    :ivar denied: the methods that were called without their permission, in order.
    :ivar files: what ``owncast.fs`` holds.
    """

    def __init__(
        self,
        *,
        answers: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        kv: Mapping[str, str] | None = None,
        assets: Mapping[str, str | bytes] | None = None,
        permissions: Iterable[str] | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self.denied: list[str] = []
        self.answers = dict(answers or {})
        self.config = dict(config or {})
        self.kv = dict(kv or {})
        self.files: dict[str, bytes] = {}
        self.assets = {
            path: data.encode() if isinstance(data, str) else data
            for path, data in (assets or {}).items()
        }
        self.permissions = None if permissions is None else frozenset(permissions)
        self._before: list[_host.HostCall | None] = []

    def __enter__(self) -> Self:
        self._before.append(_host.connect(self.call))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _host.connect(self._before.pop())

    @property
    def chat(self) -> list[str]:
        """What the plugin posted with ``owncast.chat.send``, in order."""
        return [call.arguments[0] for call in self.of("chat.send")]

    def of(self, method: str) -> list[Call]:
        """The calls of one method, such as ``"users.ban_ip"``."""
        return [call for call in self.calls if call.method == method]

    def call(self, name: str, *arguments: Any) -> Any:
        """Answer one host call; see :data:`owncast_plugin._wire.FUNCTIONS`."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise Refused(f"there is no host function {name!r}")
        if self.permissions is not None and function.permission not in (None, *self.permissions):
            self.denied.append(function.method)
            raise Refused(f"{name} was not granted", "PermissionDenied")
        self.calls.append(Call(function.method, arguments))
        if function.method in self.answers:
            return _given(self.answers[function.method], arguments)
        own = getattr(self, f"_{name.removeprefix('owncast_')}", None)
        if own is not None:
            return own(*arguments)
        return [] if name in _EMPTY_LISTS else _BY_RESULT.get(function.result)

    def _kv_get(self, key: str) -> str | None:
        return self.kv.get(key)

    def _kv_set(self, key: str, value: str) -> dict[str, Any]:
        self.kv[key] = value
        return {"ok": True}

    def _config_get(self, key: str) -> Any:
        return self.config.get(key)

    def _asset_read(self, path: str) -> str | None:
        return _packed(self.assets.get(path))

    def _fs_read(self, path: str) -> str | None:
        return _packed(self.files.get(_plain(path)))

    def _fs_write(self, path: str, data: str) -> dict[str, Any]:
        self.files[_plain(path)] = unpack(data)
        return {"ok": True}

    def _fs_delete(self, path: str) -> dict[str, Any]:
        if self.files.pop(_plain(path), None) is None:
            return {"ok": False, "error": "no such file"}
        return {"ok": True}

    def _fs_exists(self, path: str) -> bool:
        wanted = PurePosixPath(_plain(path))
        return any(wanted in (p, *p.parents) for p in map(PurePosixPath, self.files))

    def _fs_list(self, directory: str) -> list[str]:
        folder = PurePosixPath(_plain(directory))
        inside = (
            p.relative_to(folder) for p in map(PurePosixPath, self.files) if folder in p.parents
        )
        return sorted({path.parts[0] for path in inside})

    def _users_register(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"userId": f"u-{request['authId']}"}


class LoadedPlugin:
    """A plugin that :func:`load` ran; its handlers can be reached as a host reaches them."""

    def __init__(self, names: dict[str, Any], host: RecordingHost, loaded: set[str]) -> None:
        self.names = names
        self.host = host
        self._loaded = loaded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the plugin's handlers and its modules, and disconnect its host."""
        registry.clear()
        for name in self._loaded:
            sys.modules.pop(name, None)
        self.host.__exit__(None, None, None)

    def register(self) -> dict[str, Any]:
        """The plugin's subscriptions and commands."""
        return dict(guest.exports["register"](None))

    def event(self, name: str, payload: Any = None) -> None:
        """Tell the plugin of an event; *payload* as on the wire."""
        guest.exports["on_event"]({"eventType": name, "payload": payload})

    def message(self, body: str, *, user: str = "tester", **more: Any) -> None:
        """Tell the plugin of a chat message; *more* are members of the message."""
        self.event("chat.message.received", _message(body, user, more))

    def filter(self, body: str, *, user: str = "tester", **more: Any) -> dict[str, Any]:
        """What the plugin's filter says of a chat message."""
        envelope = {
            "eventType": "chat.message.received",
            "payload": _message(body, user, more),
        }
        return dict(guest.exports["on_filter"](envelope))

    def command(self, name: str, *args: str, user: str = "tester", **more: Any) -> None:
        """Invoke a command of the plugin, as a host does that has matched it."""
        text = " ".join(args)
        payload = {
            "message": _message(f"!{name} {text}".strip(), user, more),
            "command": name,
            "invokedAs": name,
            "args": list(args),
            "argString": text,
        }
        self.event("chat.command", payload)

    def fire_timer(self, timer_id: int) -> None:
        """Let a timer fire now."""
        self.event("timer.fire", {"id": timer_id})

    def request(self, method: str, path: str, body: str = "", **more: Any) -> dict[str, Any]:
        """What the plugin answers to a request; *more* are members of the request."""
        request = {
            "method": method,
            "path": path,
            "query": {},
            "headers": {},
            "body": body,
            "remoteAddr": "192.0.2.1:1234",
            "authenticated": False,
            **more,
        }
        return dict(guest.exports["on_http_request"](request))


def load(path: str | Path, host: RecordingHost | None = None) -> LoadedPlugin:
    """Run a plugin's main file and return the plugin; close it, or use it in ``with``.

    One plugin is loaded at a time: loading another forgets the one before.

    :param host: where its calls go; a fresh :class:`RecordingHost` if not given.
    """
    path = Path(path).resolve()
    host = host or RecordingHost()
    registry.clear()
    host.__enter__()
    names = guest.namespace() | {"__name__": "__plugin__", "__file__": str(path)}
    there = set(sys.modules)
    sys.path.insert(0, str(path.parent))
    try:
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)  # noqa: S102 - its purpose
    except BaseException:
        host.__exit__(None, None, None)
        registry.clear()
        raise
    finally:
        sys.path.remove(str(path.parent))
    loaded = {
        name
        for name in set(sys.modules) - there
        if path.parent in Path(getattr(sys.modules[name], "__file__", None) or "/").parents
    }
    return LoadedPlugin(names, host, loaded)


def _given(answer: Any, arguments: tuple[Any, ...]) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    return answer(*arguments) if callable(answer) else answer


def _message(body: str, user: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "m1",
        "body": body,
        "timestamp": "2026-01-01T12:00:00Z",
        "clientId": 1,
        "user": {"id": f"u-{user}", "displayName": user, "displayColor": 1, "scopes": []},
        **more,
    }


def _packed(data: bytes | None) -> str | None:
    return None if data is None else pack(data)


def _plain(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
