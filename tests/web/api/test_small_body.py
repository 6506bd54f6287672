"""Nobody fills the host's memory with a request's body, least of all somebody unknown."""

from __future__ import annotations

import anyio
import pytest
from starlette.types import Message

from jackfield.web.api.small_body import MAX_BODY_BYTES
from jackfield.web.app import create_app
from web.api.conftest import Api

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("token", [True, False])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", ""])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "plugins/toy/enable"),
        ("POST", "plugins/toy/rollback"),
        ("PUT", "plugins/toy/settings"),
        ("POST", "users"),
        ("PATCH", "users/ann"),
        ("POST", "tokens"),
    ],
)
def test_a_body_is_read_up_to_its_cap(
    unchanged: Api, method: str, path: str, kind: str, token: bool
) -> None:
    read = 0

    async def send_endlessly() -> list[Message]:
        async def receive() -> Message:
            nonlocal read
            read += 65_536
            assert read < 4 * MAX_BODY_BYTES, "the host goes on reading"
            return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

        answer: list[Message] = []

        async def send(message: Message) -> None:
            answer.append(message)

        headers = [(b"content-type", kind.encode())]
        if token:
            bearer = unchanged.client.headers["authorization"].encode()
            headers.append((b"authorization", bearer))
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
            "path": f"/api/v1/{path}", "raw_path": f"/api/v1/{path}".encode(),
            "query_string": b"", "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        }  # fmt: skip
        await create_app(unchanged.host)(scope, receive, send)
        return answer

    answer = anyio.run(send_endlessly)
    assert answer[0]["status"] == 413
    assert b'"too_large"' in answer[1]["body"]


def test_a_body_below_the_cap_arrives_whole(unchanged: Api) -> None:
    padded = b'{"name": "ci", "days": 0' + b" " * (MAX_BODY_BYTES - 100) + b"}"
    answer = unchanged.client.post("/api/v1/tokens", content=padded, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "days")


def test_a_body_in_pieces_is_put_together(unchanged: Api) -> None:
    pieces = iter([b'{"name":', b' "ci", ', b'"days": 0}'])
    answer = unchanged.client.post("/api/v1/tokens", content=pieces, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "days")


def test_a_body_that_breaks_off_is_the_senders_mistake(
    unchanged: Api, caplog: pytest.LogCaptureFixture
) -> None:
    answer: list[Message] = []

    async def send_half() -> None:
        messages = iter([{"type": "http.request", "body": b"{", "more_body": True}])

        async def receive() -> Message:
            return next(messages, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            answer.append(message)

        scope = {
            "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/api/v1/tokens", "raw_path": b"/api/v1/tokens", "query_string": b"",
            "root_path": "", "headers": [(b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        }  # fmt: skip
        await create_app(unchanged.host)(scope, receive, send)

    anyio.run(send_half)
    assert answer[0]["status"] == 400
    assert not caplog.records
