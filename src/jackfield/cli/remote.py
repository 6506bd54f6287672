"""A running host, reached through its platform API.

With the standard library's client: it loads ten times faster than one that can do more, and every
command pays for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from json import dumps
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urlencode

from jackfield import errors
from jackfield.cli.operator import at_home
from jackfield.errors import JackfieldError, Unavailable

JSON = dict[str, Any]

_PATIENCE_S = 120.0
"""Enabling waits for the plugin to load, and may wait for the sandbox engine before that."""


class RemoteError(JackfieldError):
    """What the host answered, with the same code, message and exit code as if made here."""

    code: ClassVar[str] = "error"

    def __init__(self, answer: Mapping[str, Any], status: int) -> None:
        known = {k: answer.get(k) for k in ("plugin", "file", "field", "hint")}
        super().__init__(str(answer.get("message", f"the host answered {status}")), **known)
        self.answer = dict(answer)
        kind = _kinds().get(str(answer.get("code")), JackfieldError)
        self.exit_code = kind.exit_code  # type: ignore[misc]

    def to_dict(self) -> dict[str, Any]:
        return self.answer


def _kinds() -> dict[str, type[JackfieldError]]:
    found = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, JackfieldError):
            found[kind.code] = kind
    found["unauthorized"] = errors.PermissionDenied
    found["too_large"] = errors.InvalidInput
    return found


class RemoteOperations:
    """The methods of :class:`~jackfield.operations.Operations`, asked of a running host.

    :param info: its ``host``, ``port`` and ``token``.
    """

    def __init__(self, info: Mapping[str, Any]) -> None:
        host = str(info["host"])
        self.address = f"http://{at_home(host)}:{info['port']}"
        self._place = (at_home(host).strip("[]"), int(info["port"]))
        self._token = str(info["token"])

    # The host

    def info(self) -> JSON:
        return self._ask("GET", "/info")

    def operate(self, dialect: str, command: str, params: Mapping[str, Any]) -> Any:
        path = f"/dialects/{_part(dialect)}/{_part(command)}"
        return self._ask("POST", path, json=dict(params))

    # Plugins

    def plugins(self) -> list[JSON]:
        return self._list("GET", "/plugins")

    def plugin(self, slug: str) -> JSON:
        return self._ask("GET", f"/plugins/{_part(slug)}")

    def install(self, source: Path, *, dialect: str | None = None) -> JSON:
        return self._send("/plugins", source, dialect)

    def enable(self, slug: str, grant: Iterable[str] | Literal["all"] | None = None) -> JSON:
        wanted = grant if grant is None or grant == "all" else list(grant)
        return self._ask("POST", f"/plugins/{_part(slug)}/enable", json={"grant": wanted})

    def disable(self, slug: str) -> JSON:
        return self._ask("POST", f"/plugins/{_part(slug)}/disable")

    def reload(self, slug: str) -> JSON:
        return self._ask("POST", f"/plugins/{_part(slug)}/reload")

    def update(self, slug: str, source: Path) -> JSON:
        return self._send(f"/plugins/{_part(slug)}/update", source, None)

    def rollback(self, slug: str, version: str | None = None) -> JSON:
        return self._ask("POST", f"/plugins/{_part(slug)}/rollback", json={"version": version})

    def uninstall(self, slug: str, *, keep_data: bool = True) -> JSON:
        query = {"delete_data": "false" if keep_data else "true"}
        return self._ask("DELETE", f"/plugins/{_part(slug)}", params=query)

    def leave_safe_mode(self) -> JSON:
        return self._ask("POST", "/safe-mode/leave")

    def versions(self, slug: str) -> list[JSON]:
        return self._list("GET", f"/plugins/{_part(slug)}/versions")

    def settings(self, slug: str) -> JSON:
        return self._ask("GET", f"/plugins/{_part(slug)}/settings")

    def set_settings(self, slug: str, values: Mapping[str, Any], *, replace: bool = False) -> JSON:
        body = {"values": dict(values), "replace": replace}
        return self._ask("PUT", f"/plugins/{_part(slug)}/settings", json=body)

    def actions(self, slug: str) -> list[JSON]:
        return self._list("GET", f"/plugins/{_part(slug)}/actions")

    def stats(self, slug: str) -> JSON:
        return self._ask("GET", f"/plugins/{_part(slug)}/stats")

    def log(self, slug: str, *, lines: int = 100, after: int = 0) -> list[JSON]:
        query = {"lines": lines, "after": after}
        return self._list("GET", f"/plugins/{_part(slug)}/logs", params=query)

    def follow_log(self, slug: str, *, after: int) -> Iterator[JSON]:
        """The log's entries as they are written, until the host stops."""
        path = f"/plugins/{_part(slug)}/logs/stream"
        with self._answer("GET", path, headers={"last-event-id": str(after)}) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def icon(self, slug: str) -> tuple[bytes, str]:
        with self._answer("GET", f"/plugins/{_part(slug)}/icon") as answer:
            return answer.read(), answer.headers["content-type"]

    def instructions(self, slug: str) -> dict[str, str]:
        return self._ask("GET", f"/plugins/{_part(slug)}/instructions")

    # Jobs

    def run(
        self,
        slug: str,
        action: str,
        params: Mapping[str, Any] | None = None,
        *,
        confirm: bool = False,
        background: bool = False,
    ) -> JSON:
        body = {
            "action": action,
            "params": dict(params or {}),
            "confirm": confirm,
            "background": True,  # a connection that waits would be given up too early
        }
        job = self._ask("POST", f"/plugins/{_part(slug)}/run", json=body)
        if not background:
            for kind, news in self.follow_job(job["id"]):
                job = news if kind == "job" else job
        return job

    def jobs(
        self,
        *,
        plugin: str | None = None,
        dialect: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[JSON]:
        asked = {"plugin": plugin, "dialect": dialect, "state": state, "limit": limit}
        query = {key: value for key, value in asked.items() if value is not None}
        return self._list("GET", "/jobs", params=query)

    def job(self, job_id: int | str) -> JSON:
        return self._ask("GET", f"/jobs/{_part(str(job_id))}")

    def job_log(self, job_id: int | str, *, after: int = 0) -> list[JSON]:
        return self._list("GET", f"/jobs/{_part(str(job_id))}/logs", params={"after": after})

    def cancel_job(self, job_id: int | str) -> JSON:
        return self._ask("POST", f"/jobs/{_part(str(job_id))}/cancel")

    def follow_job(self, job_id: int | str, *, after: int = 0) -> Iterator[tuple[str, JSON]]:
        path = f"/jobs/{_part(str(job_id))}/stream"
        kind = ""
        with self._answer("GET", path, headers={"last-event-id": str(after)}) as answer:
            for line in answer:
                if line.startswith(b"event: "):
                    kind = line.removeprefix(b"event: ").decode().strip()
                elif line.startswith(b"data: "):
                    yield kind, json.loads(line.removeprefix(b"data: "))

    # People and tokens

    def users(self) -> list[JSON]:
        return self._list("GET", "/users")

    def create_user(self, name: str, scopes: Sequence[str] = ()) -> JSON:
        return self._ask("POST", "/users", json={"name": name, "scopes": list(scopes)})

    def change_user(
        self,
        name_or_id: str,
        *,
        add_scopes: Sequence[str] = (),
        remove_scopes: Sequence[str] = (),
        banned: bool | None = None,
        reason: str = "",
    ) -> JSON:
        body = {
            "add_scopes": list(add_scopes),
            "remove_scopes": list(remove_scopes),
            "banned": banned,
            "reason": reason,
        }
        return self._ask("PATCH", f"/users/{_part(name_or_id)}", json=body)

    def admin_link(self) -> JSON:
        return self._ask("POST", "/admin-link")

    def tokens(self) -> list[JSON]:
        return self._list("GET", "/tokens")

    def create_token(
        self, name: str, scopes: Sequence[str] = ("ADMIN",), days: int | None = None
    ) -> JSON:
        body = {"name": name, "scopes": list(scopes), "days": days}
        return self._ask("POST", "/tokens", json=body)

    def revoke_token(self, token_id: str) -> JSON:
        return self._ask("DELETE", f"/tokens/{_part(token_id)}")

    # Inside

    def _send(self, path: str, source: Path, dialect: str | None) -> JSON:
        """A path on this machine: the host reads it itself, if it may; otherwise it is sent."""
        source = source.expanduser().absolute()
        return self._ask("POST", path, json={"path": str(source), "dialect": dialect})

    def _ask(self, method: str, path: str, **how: Any) -> JSON:
        with self._answer(method, path, **how) as answer:
            found: JSON = json.loads(answer.read())
        return found

    def _list(self, method: str, path: str, **how: Any) -> list[JSON]:
        with self._answer(method, path, **how) as answer:
            found: list[JSON] = json.loads(answer.read())
        return found

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[HTTPResponse]:
        """Ask, and hand out an answer that is none of a mistake."""
        query = f"?{urlencode(params)}" if params else ""
        sent = {"authorization": f"Bearer {self._token}", **(headers or {})}
        body = None
        if json is not None:
            body, sent["content-type"] = dumps(json), "application/json"
        connection = HTTPConnection(*self._place, timeout=_PATIENCE_S)
        try:
            connection.request(method, f"/api/v1{path}{query}", body, sent)
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _error(answer)
            yield answer
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"the host at {self.address} does not answer: {error or type(error).__name__}",
                hint="it may be starting or stopping; try again",
            ) from None
        finally:
            connection.close()


def _error(answer: HTTPResponse) -> RemoteError:
    try:
        body = json.loads(answer.read())["error"]
    except (ValueError, KeyError, TypeError):
        body = {}
    return RemoteError(body if isinstance(body, dict) else {}, answer.status)


def _part(text: str) -> str:
    """One segment of a path, whatever the user typed."""
    return quote(text, safe="")
