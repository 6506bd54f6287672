from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from jackfield.services.users import ADMIN
from jackfield.web.app import create_app
from web.served import Served


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_taking_a_name(served: Served) -> None:
    answer = served.http.post("/api/chat/register", json={"displayName": " Ann "})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    me = answer.json()
    assert me["displayName"] == "Ann"
    assert set(me) == {"id", "accessToken", "displayName", "displayColor"}
    mine = served.http.get("/api/chat/me", headers=bearer(me["accessToken"]))
    assert mine.json()["id"] == me["id"]


def test_bad_names_and_bodies_get_one_clear_error(served: Served) -> None:
    served.register("Ann")
    for body, status, code in [
        ('{"displayName": "ANN"}', 409, "conflict"),
        ('{"displayName": ""}', 400, "invalid_input"),
        ('{"displayName": "x\\u202e"}', 400, "invalid_input"),
        ('{"displayName": 7}', 400, "invalid_input"),
        ("{}", 400, "invalid_input"),
        ("[]", 400, "invalid_input"),
        ("", 400, "invalid_input"),
        ("{", 400, "invalid_input"),
        ('"\\ud800"', 400, "invalid_input"),
        ("x" * 5000, 400, "invalid_input"),
    ]:
        answer = served.http.post("/api/chat/register", content=body)
        assert answer.status_code == status, body
        error = answer.json()["error"]
        assert error["code"] == code
        assert error["message"]
        assert "Traceback" not in answer.text
    assert len(served.accounts.all()) == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc"])
def test_without_a_token_nobody_is_anybody(served: Served, header: str) -> None:
    answer = served.http.get("/api/chat/me", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


def test_a_banned_address_takes_no_name(served: Served) -> None:
    served.accounts.ban_ip("127.0.0.1")
    answer = served.http.post("/api/chat/register", json={"displayName": "Ann"})
    assert answer.status_code == 403
    assert served.accounts.all() == []


def test_names_cannot_be_taken_without_end(served: Served) -> None:
    statuses = [
        served.http.post("/api/chat/register", json={"displayName": f"n{number}"}).status_code
        for number in range(25)
    ]
    assert statuses[:20] == [200] * 20
    assert statuses[20:] == [429] * 5
    answer = served.http.post("/api/chat/register", json={"displayName": "late"})
    assert int(answer.headers["retry-after"]) >= 1


def test_a_home_takes_no_more_names_by_changing_its_address(served: Served) -> None:
    app = create_app(served.host, manage=False)
    statuses = [
        TestClient(app, client=(f"2001:db8::{number:x}", 1))
        .post("/api/chat/register", json={"displayName": f"n{number}"})
        .status_code
        for number in range(22)
    ]
    assert statuses == [200] * 20 + [429] * 2


def test_a_one_time_link_makes_an_administrator_once(served: Served) -> None:
    _, token = served.register("Ann")
    _, other = served.register("Bob")
    claim = served.accounts.tokens.create_claim()
    answer = served.http.post("/api/chat/claim", json={"code": claim}, headers=bearer(token))
    assert answer.json()["scopes"] == [ADMIN]
    again = served.http.post("/api/chat/claim", json={"code": claim}, headers=bearer(other))
    assert again.status_code == 403
    assert "used before" in again.json()["error"]["message"]
    alone = served.http.post("/api/chat/claim", json={"code": claim})
    assert alone.status_code == 401


def test_an_administrators_own_token_opens_the_platform_api(served: Served) -> None:
    _, token = served.register("Ann")
    assert served.http.get("/api/v1/plugins", headers=bearer(token)).status_code == 403
    claim = served.accounts.tokens.create_claim()
    served.http.post("/api/chat/claim", json={"code": claim}, headers=bearer(token))
    assert served.http.get("/api/v1/plugins", headers=bearer(token)).json() == []
