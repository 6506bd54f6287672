"""``/api/v1/users`` and ``/api/v1/tokens``."""

from __future__ import annotations

from typing import Any

import pytest

from web.api.conftest import Api

USERS, TOKENS = "/api/v1/users", "/api/v1/tokens"


def test_a_person_is_made_found_and_changed(api: Api) -> None:
    made = api.client.post(USERS, json={"name": "Ann", "scopes": ["MODERATOR"]})
    assert made.status_code == 201
    assert made.json()["token"].startswith("jfu_")
    assert made.json()["scopes"] == ["MODERATOR"]
    (listed,) = api.client.get(USERS).json()
    assert listed["displayName"] == "Ann"
    assert "token" not in listed
    changed = api.client.patch(f"{USERS}/ann", json={"add_scopes": ["ADMIN"]}).json()
    assert changed["scopes"] == ["ADMIN", "MODERATOR"]
    less = api.client.patch(f"{USERS}/{listed['id']}", json={"remove_scopes": ["MODERATOR"]})
    assert less.json()["scopes"] == ["ADMIN"]


def test_a_ban_is_set_and_lifted(api: Api) -> None:
    api.client.post(USERS, json={"name": "Ann"})
    banned = api.client.patch(f"{USERS}/Ann", json={"banned": True, "reason": "spam"}).json()
    assert banned["disabledAt"]
    assert "disabledAt" not in api.client.patch(f"{USERS}/Ann", json={"banned": False}).json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", USERS, {"name": ""}, 400),
        ("POST", USERS, {"name": "Bob", "scopes": ["GOD"]}, 400),
        ("POST", USERS, {"name": "Ann"}, 409),
        ("POST", USERS, {"name": 3}, 400),
        ("PATCH", f"{USERS}/nobody", {"banned": True}, 404),
        ("PATCH", f"{USERS}/Ann", {"add_scopes": ["GOD"]}, 400),
        ("PATCH", f"{USERS}/Ann", {"colour": 3}, 400),
        ("POST", TOKENS, {"name": " "}, 400),
        ("POST", TOKENS, {"name": "x", "scopes": ["GOD"]}, 400),
        ("POST", TOKENS, {"name": "x", "days": 0}, 400),
        ("DELETE", f"{TOKENS}/nothing", None, 404),
    ],
)
def test_mistakes_have_their_status_and_change_nothing(
    unchanged: Api, method: str, path: str, body: Any, status: int
) -> None:
    before = [unchanged.client.get(USERS).json(), unchanged.client.get(TOKENS).json()]
    answer = unchanged.client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
    assert [unchanged.client.get(USERS).json(), unchanged.client.get(TOKENS).json()] == before


def test_a_token_is_shown_once_and_listed_without_its_secret(api: Api) -> None:
    made = api.client.post(TOKENS, json={"name": "ci", "days": 2}).json()
    assert made["token"].startswith("jfa_")
    listed = {token["name"]: token for token in api.client.get(TOKENS).json()}
    assert listed["ci"]["expiresAt"]
    assert made["token"] not in api.client.get(TOKENS).text
    assert api.client.delete(f"{TOKENS}/{made['id']}").json() == {
        "id": made["id"], "revoked": True,
    }  # fmt: skip


def test_an_admin_link_makes_the_first_who_opens_it_an_administrator(api: Api) -> None:
    claim = api.client.post("/api/v1/admin-link").json()["claim"]
    ann = api.client.post(USERS, json={"name": "Ann"}).json()
    bearer = {"authorization": f"Bearer {ann['token']}"}
    taken = api.client.post("/api/chat/claim", json={"code": claim}, headers=bearer)
    assert taken.json()["scopes"] == ["ADMIN"]
    again = api.client.post("/api/chat/claim", json={"code": claim}, headers=bearer)
    assert again.status_code == 403
