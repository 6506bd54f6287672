"""What a dialect lets operators do, over HTTP."""

from __future__ import annotations

import pytest

from web.api.conftest import Api


def test_a_dialect_answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def operate(core: object, command: str, params: dict[str, object]) -> object:
        assert core is api.host.core
        return [command, params]

    monkeypatch.setattr(api.host.dialects["toy"], "operate", operate, raising=False)
    answer = api.client.post("/api/v1/dialects/toy/greet", json={"loud": True})
    assert (answer.status_code, answer.json()) == (200, ["greet", {"loud": True}])
    assert api.client.post("/api/v1/dialects/toy/greet").json() == ["greet", {}]


def test_one_that_has_no_commands_and_one_that_is_not_there(api: Api) -> None:
    for name in ("toy", "none"):
        answer = api.client.post(f"/api/v1/dialects/{name}/greet", json={})
        assert answer.status_code == 404
        assert name in answer.json()["error"]["message"]


def test_parameters_are_an_object(api: Api) -> None:
    answer = api.client.post("/api/v1/dialects/toy/greet", json=[1])
    assert 400 <= answer.status_code < 500
