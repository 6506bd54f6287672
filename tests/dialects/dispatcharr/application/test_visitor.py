from __future__ import annotations

import pytest
from starlette.requests import Request

from jackfield.dialects.dispatcharr.application import contract
from jackfield.dialects.dispatcharr.application.visitor import visitor_of


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": raw,
            "scheme": "http",
            "server": ("inner", 80),
        }
    )


def test_what_the_site_says_is_who_asks() -> None:
    visitor = visitor_of(
        request(
            host="tv.example:8080",
            x_jackfield_user_id="7",
            x_jackfield_user="J%C3%BCrgen%20X",
            x_jackfield_user_level="10",
            x_jackfield_prefix="/dispatcharr/",
            x_forwarded_proto="https",
            x_forwarded_for="192.168.1.5",
        )
    )
    assert (visitor.id, visitor.name, visitor.level) == (7, "Jürgen X", contract.ADMIN)
    assert visitor.is_admin and visitor.watches_up_to == 10
    assert visitor.base == "https://tv.example:8080/dispatcharr"
    assert visitor.address == "192.168.1.5"


def test_nobody() -> None:
    visitor = visitor_of(request())
    assert (visitor.id, visitor.level) == (None, contract.ANONYMOUS)
    assert visitor.watches_up_to == contract.STREAMER and not visitor.is_admin
    assert visitor.base == "http://inner" and visitor.prefix == ""


@pytest.mark.parametrize("level", ["", "ten", "-1", "1e3", "１０"])
def test_a_level_that_is_none(level: str) -> None:
    said = request()
    said.scope["headers"].append((b"x-jackfield-user-level", level.encode("utf-8")))
    assert visitor_of(said).level == contract.ANONYMOUS


def test_all_that_is_trusted_is_named_for_the_site_to_remove() -> None:
    assert set(contract.TRUSTED) >= {contract.USER_ID, contract.USER, contract.LEVEL}
    assert all(name == name.lower() for name in contract.TRUSTED)
