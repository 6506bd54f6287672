from __future__ import annotations

import asyncio
from typing import Any

from jackfield.web.security import CONTENT_POLICY, OwnPolicy, SecurityHeaders


def headers_of(app: Any, sent: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an answer that *app* wraps and that itself sets *sent*."""
    got: dict[str, str] = {}

    async def inner(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(sent)})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            got.update({key.decode(): value.decode() for key, value in message["headers"]})

    asyncio.run(app(inner)({"type": "http"}, receive, send))
    return got


def test_our_pages_run_nothing_inline_and_sit_in_no_foreign_frame() -> None:
    headers = headers_of(SecurityHeaders, [])
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_stricter_answer_keeps_its_own() -> None:
    strict = (b"content-security-policy", b"default-src 'none'; sandbox")
    headers = headers_of(SecurityHeaders, [strict])
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_site_chooses_its_policy_but_is_still_not_sniffed() -> None:
    headers = headers_of(lambda app: SecurityHeaders(OwnPolicy(app)), [])
    assert "content-security-policy" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_other_scopes_pass_untouched() -> None:
    seen: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    scope, marker = {"type": "websocket"}, object()
    asyncio.run(SecurityHeaders(inner)(scope, marker, marker))  # type: ignore[arg-type]
    assert seen == [(scope, marker, marker)]
    assert CONTENT_POLICY
