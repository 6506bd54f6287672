"""Actions and jobs over HTTP."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from toy_plugins import toy_archive
from web.api.conftest import Api

JOBS = "/api/v1/jobs"
ACTIONS = [
    {"id": "wave", "label": "Wave", "description": "Both hands.", "button_label": "Go",
     "variant": "outline", "color": "red", "events": ["channel_start"]},
    {"id": "reset", "label": "Reset", "confirm": "Reset it all?", "confirm_title": "Careful."},
    {"id": "shout", "label": "Shout", "confirm": "Now?", "confirm_setting": "loud"},
    {"id": "work", "label": "Work"},
    {"id": "complain", "label": "Complain"},
    {"id": "fail", "label": "Fail"},
]  # fmt: skip


@pytest.fixture
def greeter(api: Api, tmp_path: Path) -> str:
    """The path of a running plugin with these actions."""
    api.host.registry.install(toy_archive(tmp_path, actions=ACTIONS))
    api.host.registry.enable("greeter", "all")
    return "/api/v1/plugins/greeter"


def run(api: Api, path: str, **body: Any) -> Any:
    return api.client.post(f"{path}/run", json=body)


def events(text: str) -> list[tuple[str, int, dict[str, Any]]]:
    """Server-sent events as (event, id, data)."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


def test_actions_are_listed_as_a_face_needs_them(api: Api, greeter: str) -> None:
    found = {one["id"]: one for one in api.client.get(f"{greeter}/actions").json()}
    assert found["wave"] == {
        "id": "wave", "label": "Wave", "description": "Both hands.", "confirm": None,
        "button_label": "Go", "variant": "outline", "color": "red", "events": ["channel_start"],
    }  # fmt: skip
    assert found["reset"]["confirm"] == {"title": "Careful.", "message": "Reset it all?"}
    assert found["shout"]["confirm"] is None
    api.client.put(f"{greeter}/settings", json={"values": {"loud": True}})
    found = {one["id"]: one for one in api.client.get(f"{greeter}/actions").json()}
    assert found["shout"]["confirm"] == {"title": "", "message": "Now?"}


def test_an_action_is_run_to_its_end(api: Api, greeter: str) -> None:
    answer = run(api, greeter, action="wave", params={"to": "Ann"})
    assert answer.status_code == 200
    job = answer.json()
    assert (job["state"], job["title"], job["plugin"], job["dialect"]) == (
        "done", "Wave", "greeter", "toy",
    )  # fmt: skip
    assert job["result"] == {"ran": "wave", "to": "Ann"}
    assert api.client.get(JOBS).json() == [job]
    assert api.client.get(f"{JOBS}/{job['id']}").json() == job


@pytest.mark.parametrize(
    ("action", "error", "result"),
    [
        ("fail", "it fell over", None),
        ("complain", "nothing to wave at",
         {"status": "error", "message": "nothing to wave at"}),
    ],
)  # fmt: skip
def test_however_it_fails_the_job_says_so(
    api: Api, greeter: str, action: str, error: str, result: Any
) -> None:
    answer = run(api, greeter, action=action)
    job = answer.json()
    assert (answer.status_code, job["state"], job["error"], job["result"]) == (
        200, "failed", error, result,
    )  # fmt: skip


def test_an_action_that_asks_needs_an_answer(api: Api, greeter: str) -> None:
    answer = run(api, greeter, action="reset")
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "confirmation_needed",
        "message": "action 'reset' asks first: Careful. Reset it all?",
        "plugin": "greeter", "hint": "confirm it to run it: --yes, or confirm: true over HTTP",
        "title": "Careful.", "question": "Reset it all?",
    }  # fmt: skip
    assert api.client.get(JOBS).json() == []
    assert run(api, greeter, action="reset", confirm=True).json()["state"] == "done"
    assert run(api, greeter, action="shout").json()["state"] == "done"


def test_a_run_in_the_background_is_followed(api: Api, greeter: str) -> None:
    answer = run(api, greeter, action="work", params={"steps": 4}, background=True)
    assert answer.status_code == 202
    job = answer.json()
    assert job["state"] == "running"
    streamed = api.client.get(f"{JOBS}/{job['id']}/stream")
    assert streamed.headers["content-type"].startswith("text/event-stream")
    told = events(streamed.text)
    logged = [(number, data["text"]) for kind, number, data in told if kind == "log"]
    assert logged == [(n, f"step {n}") for n in range(1, 5)]
    shown = [data for kind, _, data in told if kind == "job"]
    assert shown[0]["state"] == "running"
    assert shown[-1] == api.client.get(f"{JOBS}/{job['id']}").json()
    assert (shown[-1]["state"], shown[-1]["progress"], shown[-1]["message"]) == (
        "done", 1.0, "4 steps done",
    )  # fmt: skip
    again = api.client.get(f"{JOBS}/{job['id']}/stream", headers={"last-event-id": "3"})
    assert [number for kind, number, _ in events(again.text) if kind == "log"] == [4]
    log = api.client.get(f"{JOBS}/{job['id']}/logs", params={"after": 2}).json()
    assert [entry["text"] for entry in log] == ["step 3", "step 4"]


def test_a_job_is_cancelled(api: Api, greeter: str) -> None:
    job = run(api, greeter, action="work", params={"steps": 10_000}, background=True).json()
    answer = api.client.post(f"{JOBS}/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["cancelled"]) == (200, True)
    last = events(api.client.get(f"{JOBS}/{job['id']}/stream").text)[-1]
    assert (last[0], last[2]["state"]) == ("job", "cancelled")
    again = api.client.post(f"{JOBS}/{job['id']}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


def test_jobs_are_found_by_what_they_are(api: Api, greeter: str) -> None:
    for action in ("wave", "fail", "wave"):
        run(api, greeter, action=action)
    time.sleep(0.5)  # long enough that they are in the database, which must make no difference

    def found(**asked: Any) -> list[str]:
        return [job["title"] for job in api.client.get(JOBS, params=asked).json()]

    assert found() == ["Wave", "Fail", "Wave"]
    assert found(limit=1) == ["Wave"]
    assert found(state="failed") == ["Fail"]
    assert found(plugin="greeter", dialect="toy") == ["Wave", "Fail", "Wave"]
    assert found(plugin="other") == []
    answer = api.client.get(JOBS, params={"state": "lost"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "state")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"action": "dance"}, 404, "has no action 'dance'; there are: wave, reset"),
        ({}, 400, "action"),
        ({"action": "wave", "params": []}, 400, "params"),
        ({"action": "wave", "force": True}, 400, "force"),
    ],
)
def test_what_cannot_be_run(api: Api, greeter: str, body: Any, status: int, says: str) -> None:
    answer = api.client.post(f"{greeter}/run", json=body)
    assert answer.status_code == status
    assert says in json.dumps(answer.json()["error"])
    assert api.client.get(JOBS).json() == []


def test_a_disabled_plugin_runs_nothing(api: Api, greeter: str) -> None:
    api.host.registry.disable("greeter")
    answer = run(api, greeter, action="wave")
    assert (answer.status_code, answer.json()["error"]["message"]) == (409, "is disabled")


@pytest.mark.parametrize("path", ["/99", "/x", "/99/logs", "/99/stream"])
def test_there_is_no_such_job(unchanged: Api, path: str) -> None:
    answer = unchanged.client.get(JOBS + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_only_operators_see_jobs(unchanged: Api) -> None:
    for path in ("", "/1", "/1/stream"):
        answer = unchanged.client.get(JOBS + path, headers={"authorization": ""})
        assert answer.status_code == 401
    answer = unchanged.client.post(f"{JOBS}/1/cancel", headers={"authorization": ""})
    assert answer.status_code == 401


def test_settings_are_replaced_as_a_whole(api: Api, greeter: str) -> None:
    api.client.put(f"{greeter}/settings", json={"values": {"greeting": "moin", "loud": True}})
    found = api.client.put(
        f"{greeter}/settings", json={"values": {"loud": True}, "replace": True}
    ).json()
    assert (found["values"]["greeting"], found["values"]["loud"], found["open"]) == (
        "hello", True, False,
    )  # fmt: skip
