"""Source: dispatcharr spec 2.8, "Auth"."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.dispatcharr.site.conftest import World
from dialects.dispatcharr.site.stand_in import StandIn
from jackfield.dialects.dispatcharr.site import accounts
from jackfield.dialects.dispatcharr.site.tokens import Who
from jackfield.services.accounts import Accounts
from jackfield.services.users import ADMIN

TOKEN = "/api/accounts/token/"


def log_in(world: World, name: str, password: str) -> Any:
    return world.post(TOKEN, {"username": name, "password": password}, token="")


def test_logging_in(world: World, application: StandIn) -> None:
    got = log_in(world, "ann", "pw")
    assert got.status == 200
    assert set(got.json) == {"access", "refresh"}
    assert world.tokens.read(got.json["access"]) == Who(1, "ann", 10)
    assert world.get("/api/plugins/plugins/", token=got.json["access"]).status == 200


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", "pw")])
def test_who_is_nobody(world: World, application: StandIn, name: str, password: str) -> None:
    got = log_in(world, name, password)
    assert got.status == 401
    assert got.json == {"detail": "No active account found with the given credentials"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, {"username": ["This field is required."], "password": ["This field is required."]}),
        ({"username": "a", "password": ""}, {"password": ["This field may not be blank."]}),
        ({"username": 5, "password": "p"}, {"username": ["Not a valid string."]}),
        ([], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
)
def test_what_is_missing_is_said(world: World, body: Any, problem: Any) -> None:
    got = world.post(TOKEN, body, token="")
    assert (got.status, got.json) == (400, problem)


def test_forms_are_taken(world: World, application: StandIn) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    got = world.get(TOKEN, "POST", "username=bob&password=pw", headers, token="")
    assert got.status == 200


def test_refreshing(world: World, application: StandIn) -> None:
    refresh = log_in(world, "bob", "pw").json["refresh"]
    application.users["bob"]["level"] = 10
    got = world.post(f"{TOKEN}refresh/", {"refresh": refresh}, token="")
    assert (got.status, set(got.json)) == (200, {"access"})
    assert world.tokens.read(got.json["access"]) == Who(2, "bob", 10)  # as they are now
    del application.users["bob"]
    got = world.post(f"{TOKEN}refresh/", {"refresh": refresh}, token="")
    assert (got.status, got.json["code"]) == (401, "token_not_valid")


def test_what_is_no_refresh_token(world: World) -> None:
    for token, detail in ((world.admin, "Token has wrong type"), ("junk", "Token is invalid")):
        got = world.post(f"{TOKEN}refresh/", {"refresh": token}, token="")
        assert (got.status, got.json) == (401, {"detail": detail, "code": "token_not_valid"})
    got = world.post(f"{TOKEN}refresh/", {}, token="")
    assert (got.status, got.json) == (400, {"refresh": ["This field is required."]})


def test_verifying(world: World) -> None:
    got = world.post(f"{TOKEN}verify/", {"token": world.viewer}, token="")
    assert (got.status, got.json) == (200, {})
    assert world.post(f"{TOKEN}verify/", {"token": "junk"}, token="").status == 401


def test_only_post(world: World) -> None:
    got = world.get(TOKEN, token="")
    assert (got.status, got.json) == (405, {"detail": 'Method "GET" not allowed.'})
    assert got.headers["allow"] == "POST, OPTIONS"


def test_the_hosts_own_accounts(world: World) -> None:
    people = world.host.services.get(Accounts)
    user, secret = people.register("Olga")
    people.promote(user.id, ADMIN)
    _, program = people.tokens.create("backup script")
    _, weak = people.tokens.create("reader", ())
    for name, password, level in (("olga", secret, 10), ("backup script", program, 10),
                                  ("reader", weak, 1)):  # fmt: skip
        got = log_in(world, name, password)
        assert got.status == 200, got
        assert world.tokens.read(got.json["access"]).level == level
        refreshed = world.post(f"{TOKEN}refresh/", {"refresh": got.json["refresh"]}, token="")
        assert refreshed.status == 200
    assert log_in(world, "somebody", secret).status == 401
    assert log_in(world, "olga", secret + "x").status == 401
    people.set_enabled(user.id, False)
    assert log_in(world, "olga", secret).status == 401


def test_a_log_in_ends_with_the_hosts_token_or_account_behind_it(world: World) -> None:
    people = world.host.services.get(Accounts)
    user, secret = people.register("Olga")
    people.promote(user.id, ADMIN)
    info, program = people.tokens.create("backup script")
    of_person, of_program = (
        log_in(world, name, password).json
        for name, password in (("olga", secret), ("backup script", program))
    )

    def works(tokens: Any) -> tuple[int, int]:
        refreshed = world.post(f"{TOKEN}refresh/", {"refresh": tokens["refresh"]}, token="")
        return world.get("/api/plugins/plugins/", token=tokens["access"]).status, refreshed.status

    assert works(of_person) == works(of_program) == (200, 200)
    people.demote(user.id, ADMIN)
    answer = world.post("/api/plugins/plugins/reload/", {}, token=of_person["access"])
    assert answer.status == 403  # an administrator no more, whatever the token says
    people.set_enabled(user.id, False)
    people.tokens.revoke(info.id)
    assert works(of_person) == works(of_program) == (401, 401)


def test_guessing_is_slowed(world: World, application: StandIn) -> None:
    statuses = [log_in(world, "ann", f"guess {n}").status for n in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    got = log_in(world, "ann", "pw")
    assert got.status == 429
    assert got.json["detail"].startswith("Request was throttled. Expected available in ")
    assert int(got.headers["retry-after"]) > 0
    assert len(application.asked) == 10


def test_the_limits_are_readable() -> None:
    from jackfield.services.rate_limits import RateLimits

    RateLimits(accounts.LIMITS).spend("address", "::1")


def test_without_the_database_it_is_said(world: World) -> None:
    got = log_in(world, "ann", "pw")
    assert got.status == 503
    assert got.json["detail"] == "there is no application process here"
    assert got.headers["retry-after"] == "2"
