"""The scenarios of the examples that we ship, played as an author would."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.plugins.scenario import ScenarioResult
from jackfield.scenarios import run_scenarios

ROOT = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(path.parent for path in ROOT.glob("*/*/__tests__"))
LOADABLE = [
    pytest.param(
        example,
        id=f"{example.parent.name}/{example.name}",
        marks=pytest.mark.sandbox if example.parent.name == "owncast" else (),
    )
    for example in EXAMPLES
    if example.name != "bad-crash-at-load"
]


@pytest.mark.parametrize("example", LOADABLE)
def test_every_scenario_of_an_example_passes(example: Path) -> None:
    told: list[ScenarioResult] = []
    report = run_scenarios(example, report=told.append)
    assert report.load_error == ""
    assert [(result.name, result.errors) for result in told if result.errors] == []
    assert told
    assert not any(result.notes for result in told)
