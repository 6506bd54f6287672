"""Source: dispatcharr spec 2.8, "Auth"."""

from __future__ import annotations

import pytest

from dialects.dispatcharr.site.conftest import SECRET, World
from dialects.dispatcharr.site.stand_in import StandIn
from jackfield.dialects.dispatcharr.site.tokens import Tokens, Who
from jackfield.services.accounts import Accounts

LIST = "/api/plugins/plugins/"
RELOAD = "/api/plugins/plugins/reload/"


def test_nobody(world: World) -> None:
    for path, method in ((LIST, "GET"), (RELOAD, "POST"), (LIST, "PUT")):
        got = world.get(path, method, token="")
        assert (got.status, got.json) == (
            401, {"detail": "Authentication credentials were not provided."},
        )  # fmt: skip
        assert got.headers["www-authenticate"] == 'Bearer realm="api"'


def test_levels(world: World) -> None:
    for token, reads, changes in ((world.admin, 200, 200), (world.viewer, 200, 403),
                                  (world.streamer, 403, 403)):  # fmt: skip
        assert world.get(LIST, token=token).status == reads
        got = world.get(RELOAD, "POST", token=token)
        assert got.status == changes
        if changes == 403:
            text = "You do not have permission to perform this action."
            assert got.json == {"detail": text}


def test_the_level_goes_before_the_verb(world: World) -> None:
    assert world.get(RELOAD, "DELETE", token=world.viewer).status == 403
    assert world.get(RELOAD, "GET", token=world.viewer).status == 405


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("junk", "Token is invalid"),
        (Tokens("z" * 40).access(Who(1, "a", 10)), "Token is invalid"),
        (Tokens(SECRET, lambda: 1000.0).access(Who(1, "a", 10)), "Token is expired"),
        (Tokens(SECRET).refresh(Who(1, "a", 10)), "Token has wrong type"),
    ],
)
def test_bad_tokens(world: World, token: str, message: str) -> None:
    got = world.get(LIST, token=token)
    assert got.status == 401
    assert got.json["code"] == "token_not_valid"
    assert got.json["messages"] == [
        {"token_class": "AccessToken", "token_type": "access", "message": message}
    ]


@pytest.mark.parametrize("headers", [{"x-api-key": "key-bob"}, {"authorization": "ApiKey key-bob"}])
def test_api_keys(world: World, application: StandIn, headers: dict[str, str]) -> None:
    assert world.get(LIST, headers=headers, token="").status == 200
    assert world.get(RELOAD, "POST", headers=headers, token="").status == 403
    assert len(application.asked) == 1  # a good key is believed for a while


def test_bad_api_keys(world: World, application: StandIn) -> None:
    for headers in ({"x-api-key": "nobody's"}, {"authorization": "ApiKey"}):
        assert world.get(LIST, headers=headers, token="").status == 401


def test_tokens_of_the_host(world: World) -> None:
    tokens = world.host.services.get(Accounts).tokens
    _, admin = tokens.create("program")
    _, reader = tokens.create("reader", ())
    for headers in ({"authorization": f"Bearer {admin}"}, {"x-api-key": admin},
                    {"authorization": f"ApiKey {admin}"}):  # fmt: skip
        assert world.get(RELOAD, "POST", headers=headers, token="").status == 200
    headers = {"authorization": f"Bearer {reader}"}
    assert world.get(LIST, headers=headers, token="").status == 200
    assert world.get(RELOAD, "POST", headers=headers, token="").status == 403
    assert world.get(LIST, token=admin + "x").status == 401


def test_a_token_in_the_address_or_a_cookie_does_not_count_here(world: World) -> None:
    assert world.get(f"{LIST}?token={world.admin}", token="").status == 401
    cookie = {"cookie": f"dispatcharr_access={world.admin}"}
    assert world.get(RELOAD, "POST", headers=cookie, token="").status == 401


def test_a_user_who_is_gone_is_nobody(world: World, application: StandIn) -> None:
    token = world.tokens.access(Who(9, "gone", 10))
    assert world.get(LIST, token=token).status == 200  # nobody was asked yet
    assert world.get("/output/m3u").status == 200
    got = world.get(LIST, token=token)
    assert (got.status, got.json["messages"][0]["message"]) == (401, "User not found")
    application.users["bob"]["level"] = 10
    assert world.get(RELOAD, "POST", token=world.viewer).status == 200  # bob, as he is now
