from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.site import answers
from jackfield.dialects.dispatcharr.site.answers import Refused


@pytest.mark.parametrize(
    ("refused", "status", "body", "headers"),
    [
        (answers.not_authenticated(), 401,
         {"detail": "Authentication credentials were not provided."},
         {"www-authenticate": 'Bearer realm="api"'}),
        (answers.forbidden(), 403,
         {"detail": "You do not have permission to perform this action."}, {}),
        (answers.wrong_method("PUT", ("GET", "POST")), 405,
         {"detail": 'Method "PUT" not allowed.'}, {"allow": "GET, POST"}),
        (answers.throttled(1), 429,
         {"detail": "Request was throttled. Expected available in 1 second."},
         {"retry-after": "1"}),
        (answers.throttled(9), 429,
         {"detail": "Request was throttled. Expected available in 9 seconds."},
         {"retry-after": "9"}),
        (answers.failed(400, "no"), 400, {"success": False, "error": "no"}, {}),
        (answers.detail(415, "x", code="y"), 415, {"detail": "x", "code": "y"}, {}),
    ],
)  # fmt: skip
def test_refusals(
    refused: Refused, status: int, body: dict[str, Any], headers: dict[str, str]
) -> None:
    assert (refused.status, refused.body, refused.headers) == (status, body, headers)


def test_a_bad_token_is_explained_as_the_framework_does() -> None:
    refused = answers.bad_token("Token is expired")
    assert refused.body["code"] == "token_not_valid"
    assert refused.body["messages"][0]["message"] == "Token is expired"


def test_answers_are_json_that_no_cache_keeps() -> None:
    response = answers.reply({"ä": 1}, 201, {"x-a": "b"})
    assert (response.status_code, json.loads(bytes(response.body))) == (201, {"ä": 1})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-a"] == "b"
