from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from jackfield.plugins.states import EDGES, PluginState, State


def test_every_state_can_be_reached_and_left() -> None:
    states = set(get_args(State))
    assert {state for edge in EDGES for state in edge} == states
    reached = {"discovered"}
    while grown := {after for before, after in EDGES if before in reached} - reached:
        reached |= grown
    assert reached == states
    assert {before for before, _ in EDGES} == states


def test_nothing_runs_without_starting() -> None:
    assert {before for before, after in EDGES if after == "running"} == {"starting"}


def test_the_operators_view_is_plain_json() -> None:
    state = PluginState(
        slug="lamp", dialect="stage", name="Lamp", version="1", state="disabled",
        permissions=("kv",), versions=("1",),
    )  # fmt: skip
    plain = state.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["permissions"] == ["kv"]
    assert {"slug", "state", "reason", "enabled", "granted", "missing", "last_error"} <= set(plain)


def test_the_reference_page_knows_every_state() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/states.md").read_text()
    for state in get_args(State):
        assert f"| `{state}` |" in page
