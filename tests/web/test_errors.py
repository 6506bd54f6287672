from __future__ import annotations

import json
import logging

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from jackfield.errors import Conflict, ManifestError, NotFound
from jackfield.services.rate_limits import RateLimited
from jackfield.web.errors import HANDLERS


class Body(BaseModel):
    number: int


def failing() -> TestClient:
    app = FastAPI(exception_handlers=HANDLERS)

    @app.get("/missing")
    def missing() -> None:
        raise NotFound("there is no plugin 'x'", plugin="x")

    @app.get("/taken")
    async def taken() -> None:
        raise Conflict("taken", hint="choose another")

    @app.get("/manifest")
    def manifest() -> None:
        raise ManifestError("expected a text", plugin="x", file="plugin.manifest.json", field="a.b")

    @app.get("/fast")
    def fast() -> None:
        raise RateLimited("too fast", 7)

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret detail")

    @app.post("/body")
    def body(body: Body) -> int:
        return body.number

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        (
            "/missing",
            404,
            {"code": "not_found", "message": "there is no plugin 'x'", "plugin": "x"},
        ),
        ("/taken", 409, {"code": "conflict", "message": "taken", "hint": "choose another"}),
        ("/nowhere", 404, {"code": "not_found", "message": "Not Found"}),
        (
            "/manifest",
            400,
            {
                "code": "invalid_manifest",
                "message": "expected a text",
                "plugin": "x",
                "file": "plugin.manifest.json",
                "field": "a.b",
            },
        ),
    ],
)
def test_an_error_says_what_and_where(path: str, status: int, error: dict[str, str]) -> None:
    answer = failing().get(path)
    assert answer.status_code == status
    assert answer.json() == {"error": error}
    assert answer.headers["cache-control"] == "no-store"


def test_too_fast_says_when() -> None:
    answer = failing().get("/fast")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_a_wrong_method_keeps_its_headers() -> None:
    answer = failing().delete("/missing")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_a_request_of_the_wrong_form_names_the_field() -> None:
    answer = failing().post("/body", json={"number": "many"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("invalid_input", "number")


def test_a_body_that_is_not_json_is_told_so() -> None:
    headers = {"content-type": "application/json"}
    error = failing().post("/body", content=b'{"number": }', headers=headers).json()["error"]
    assert error["message"] == "the body is not JSON: Expecting value at character 11"
    assert "field" not in error


def test_a_bug_is_logged_but_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "jackfield.web.errors"):
        answer = failing().get("/bug")
    assert answer.status_code == 500
    assert json.loads(answer.text)["error"]["code"] == "internal"
    assert "secret detail" not in answer.text
    assert "GET /bug failed" in caplog.text
    assert "secret detail" in caplog.text
