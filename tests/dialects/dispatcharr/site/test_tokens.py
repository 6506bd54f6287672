from __future__ import annotations

import base64
import json

import jwt
import pytest

from jackfield.dialects.dispatcharr.site.tokens import (
    ACCESS_S,
    REFRESH_S,
    BadToken,
    Tokens,
    Who,
)

SECRET = "x" * 40
WHO = Who(7, "Ann", 10)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_says_who() -> None:
    tokens = Tokens(SECRET)
    assert tokens.read(tokens.access(WHO)) == WHO
    assert tokens.read(tokens.refresh(WHO), "refresh") == WHO
    assert tokens.read(tokens.refresh(WHO), None) == WHO
    own = Who(0, "program", 10, "id of a token")
    assert tokens.read(tokens.access(own)) == own


def test_claims_are_those_that_clients_decode() -> None:
    clock = Clock()
    payload = Tokens(SECRET, clock).access(WHO).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["token_type"] == "access"
    assert claims["user_id"] == "7"
    assert claims["exp"] - claims["iat"] == ACCESS_S == 1800
    assert len(claims["jti"]) == 32


@pytest.mark.parametrize(("kind", "seconds"), [("access", ACCESS_S), ("refresh", REFRESH_S)])
def test_tokens_end(kind: str, seconds: int) -> None:
    clock = Clock()
    tokens = Tokens(SECRET, clock)
    token = getattr(tokens, kind)(WHO)
    clock.now += seconds - 1
    tokens.read(token, None)
    clock.now += 1
    with pytest.raises(BadToken, match="Token is expired"):
        tokens.read(token, None)


def test_a_token_of_another_kind_is_none() -> None:
    tokens = Tokens(SECRET)
    with pytest.raises(BadToken, match="wrong type"):
        tokens.read(tokens.refresh(WHO))
    with pytest.raises(BadToken, match="wrong type"):
        tokens.read(tokens.access(WHO), "refresh")


def test_what_is_no_token_of_ours() -> None:
    claims = {"token_type": "access", "exp": 2**40, "user_id": "1", "username": "a",
              "user_level": 10}  # fmt: skip
    for token in (
        "", "junk", "a.b.c",
        Tokens("y" * 40).access(WHO),
        jwt.encode(claims, "", "none"),
        jwt.encode({**claims, "user_id": "x"}, SECRET, "HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "exp"}, SECRET, "HS256"),
        jwt.encode({k: v for k, v in claims.items() if k != "user_level"}, SECRET, "HS256"),
        jwt.encode(claims, SECRET + "x" * 40, "HS512"),
    ):  # fmt: skip
        with pytest.raises(BadToken, match="Token is invalid"):
            Tokens(SECRET).read(token)
    assert Tokens(SECRET).read(jwt.encode(claims, SECRET, "HS256")).is_admin


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="secret"):
        Tokens("")
