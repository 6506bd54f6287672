"""Who may use the platform API."""

from __future__ import annotations

import pytest

from jackfield.services.accounts import Accounts
from web.api.conftest import Api

INFO = "/api/v1/info"


def status(api: Api, authorization: str | None) -> int:
    headers = {} if authorization is None else {"authorization": authorization}
    request = api.client.build_request("GET", INFO)
    del request.headers["authorization"]
    request.headers.update(headers)
    return api.client.send(request).status_code


def test_a_token_lets_in(api: Api) -> None:
    answer = api.client.get(INFO)
    assert answer.status_code == 200
    assert answer.json()["data"] == str(api.host.data.path)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer nobody", "Basic YTpi", "Bearer a b"]
)
def test_nothing_else_does(unchanged: Api, authorization: str | None) -> None:
    assert status(unchanged, authorization) == 401


def test_the_refusal_says_how_to_get_in(unchanged: Api) -> None:
    answer = unchanged.client.get(INFO, headers={"authorization": "Bearer wrong"})
    error = answer.json()["error"]
    assert error["code"] == "unauthorized"
    assert "jackfield token create" in error["hint"]


def test_a_token_of_a_lesser_scope_is_refused(api: Api) -> None:
    _, secret = api.host.services.get(Accounts).tokens.create("mod", ("MODERATOR",))
    assert status(api, f"Bearer {secret}") == 403


def test_a_person_needs_the_scope_and_no_ban(api: Api) -> None:
    accounts = api.host.services.get(Accounts)
    user, secret = accounts.register("ann")
    bearer = {"authorization": f"Bearer {secret}"}
    assert api.client.get(INFO, headers=bearer).status_code == 403
    accounts.promote(user.id, "ADMIN")
    assert api.client.get(INFO, headers=bearer).status_code == 200
    accounts.set_enabled(user.id, False)
    assert api.client.get(INFO, headers=bearer).status_code == 403


def test_a_revoked_token_is_worthless_at_once(api: Api) -> None:
    tokens = api.host.services.get(Accounts).tokens
    made, secret = tokens.create("short")
    bearer = {"authorization": f"Bearer {secret}"}
    assert api.client.get(INFO, headers=bearer).status_code == 200
    tokens.revoke(made.id)
    assert api.client.get(INFO, headers=bearer).status_code == 401


def test_no_route_is_open(unchanged: Api) -> None:
    paths = unchanged.client.get("/api/v1/openapi.json").json()["paths"]
    assert len(paths) > 15
    for path, methods in paths.items():
        for method in methods:
            names = ("slug", "name_or_id", "token_id", "job_id", "dialect", "command")
            url = "/api/v1" + path.format(**dict.fromkeys(names, "1"))
            answer = unchanged.client.request(method, url, headers={"authorization": ""})
            assert answer.status_code == 401, (method, path)
