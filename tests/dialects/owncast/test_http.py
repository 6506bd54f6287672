"""Requests and answers on the wire. Source: owncast spec 4.2."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from jackfield.dialects.owncast import http
from jackfield.dialects.owncast.call_scope import RequestScope
from jackfield.dialects.owncast.http import BadAnswer, canonical, from_wire, to_wire
from jackfield.plugins.http import HttpRequest


def test_a_request_keeps_the_first_value_and_no_secret() -> None:
    wire = to_wire(
        HttpRequest(
            "POST",
            "/a/b//",
            {"x": ["1", "2"], "accessToken": ["secret"], "empty": []},
            {
                "content-type": ["text/plain"],
                "x-foo-bar": ["1", "2"],
                "cookie": ["c"],
                "host": ["h"],
            },
            "é".encode(),
            remote="192.0.2.1:5",
            user={"id": "u1"},
            admin=True,
        )
    )
    assert wire == {
        "method": "POST",
        "path": "/a/b",
        "query": {"x": "1"},
        "headers": {"Content-Type": "text/plain", "X-Foo-Bar": "1"},
        "body": "é",
        "remoteAddr": "192.0.2.1:5",
        "authenticated": True,
        "user": {"id": "u1"},
    }


def test_nobody_is_left_out_and_the_root_stays() -> None:
    wire = to_wire(HttpRequest("GET", "/", body=b"\xff"))
    assert wire["path"] == "/"
    assert "user" not in wire
    assert wire["authenticated"] is False
    assert wire["body"] == "\ufffd"


@pytest.mark.parametrize(
    ("name", "expected"), [("etag", "Etag"), ("X-FOO-bar", "X-Foo-Bar"), ("a--b", "A--B")]
)
def test_header_names(name: str, expected: str) -> None:
    assert canonical(name) == expected


@pytest.mark.parametrize("status", [None, 0])
def test_no_status_is_200(status: Any) -> None:
    assert from_wire({"status": status}).status == 200


def test_only_some_headers_go_out() -> None:
    allowed = {
        "Content-Type": "text/css",
        "cache-control": "no-store",
        "ACCESS-CONTROL-ALLOW-ORIGIN": "*",
        "location": "/x",
        "set-cookie": "mine=1",
    }
    refused = {
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "x",
        "server": "x",
        "content-length": "1",
        "strict-transport-security": "x",
    }
    headers = from_wire({"headers": {**allowed, **refused}, "body": "a"}).headers
    assert {name for name, _ in headers} == {
        "Content-Type",
        "Cache-Control",
        "Access-Control-Allow-Origin",
        "Location",
        "Set-Cookie",
    }


@pytest.mark.parametrize(
    "value",
    [
        "owncast_session=forged",
        " owncast_session =x; Path=/",
        "=owncast_session=x",
        "\t= =owncast_session=x",
    ],
)
def test_the_session_cookie_is_the_hosts(value: str) -> None:
    scope = RequestScope()
    scope.set_session("token", 60)
    answer = from_wire({"headers": {"Set-Cookie": value}}, scope)
    assert answer.headers == (
        (
            "Set-Cookie",
            "owncast_session=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
        ),
    )


def test_cookies_go_out_in_order_and_are_secure_where_the_request_was() -> None:
    scope = RequestScope(secure=True)
    scope.set_session("t", 5)
    scope.clear_session()
    cookies = [value for _, value in from_wire({"headers": {"set-cookie": "a=1"}}, scope).headers]
    assert cookies == [
        "a=1",
        "owncast_session=t; Path=/; Max-Age=5; HttpOnly; Secure; SameSite=Lax",
        "owncast_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
    ]


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=1", "a\nb", "é", "a\0b", "\x1b[31m", "\x7f"])
def test_a_header_that_cannot_be_sent_is_left_out(value: str) -> None:
    assert from_wire({"headers": {"location": value}}).headers == ()


@pytest.mark.parametrize("name", ["", " x", "\0", "a b", "a:b", "é", "a\r\nb"])
def test_a_header_whose_name_cannot_be_sent_is_left_out(name: str) -> None:
    assert from_wire({"headers": {f"access-control-{name}\n": "1"}}).headers == ()
    if name:
        assert from_wire({"headers": {f"access-control-{name}": "1"}}).headers == ()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_in_http_gets_none(status: int) -> None:
    answer = from_wire({"status": status, "body": "text", "headers": {"etag": "1"}})
    assert (answer.status, answer.body, answer.headers) == (status, b"", (("Etag", "1"),))


def test_bytes_come_as_base64() -> None:
    packed = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    answer = from_wire({"bodyBase64": packed})
    assert answer.body == b"\x89PNG\r\n\x1a\n"
    assert answer.headers == (("Content-Type", "image/png"),)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (None, "expected an object, found NoneType"),
        ("text", "expected an object, found str"),
        ({"status": "200"}, "status: expected a number"),
        ({"status": True}, "status: expected a number"),
        ({"status": 101}, "from 200 to 599, found 101"),
        ({"status": 999}, "from 200 to 599, found 999"),
        ({"body": 5}, "body: expected text, found int"),
        ({"body": "a", "bodyBase64": "YQ=="}, "both body and bodyBase64"),
        ({"bodyBase64": "a"}, "bodyBase64: "),
        ({"bodyBase64": 5}, "bodyBase64: expected text"),
        ({"headers": []}, None),
        ({"headers": ["a"]}, "headers: expected an object, found list"),
        ({"headers": {"location": 5}}, r"headers\.location: expected text, found int"),
    ],
)
def test_what_is_no_answer(answer: Any, what: str | None) -> None:
    if what is None:
        assert from_wire(answer).status == 200
        return
    with pytest.raises(BadAnswer, match=what):
        from_wire(answer)


def test_a_body_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_RESPONSE_BYTES", 10)
    assert from_wire({"body": "x" * 10}).body == b"x" * 10
    with pytest.raises(BadAnswer, match="the body is 11 bytes; 10 are allowed"):
        from_wire({"body": "x" * 11})
