"""The examples that we ship: each is read, compiled, packaged, and its scenarios pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import Config
from jackfield.dialects.servemsx import dialect
from jackfield.host import Host
from jackfield.plugins.archive import open_archive
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.scenario import play_scenarios

ROOT = Path(__file__).parents[3] / "examples" / "servemsx"
EXAMPLES = sorted(p.parent for p in ROOT.glob("*/manifest.json"))


def stage(services: Mapping[type, Any]) -> Host:
    return Host(Config(data_dir=None), dialects={"servemsx": dialect}, services=services)


def test_all_are_there_and_listed() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(EXAMPLES) == 5
    assert all(f"`{example.name}`" in readme for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_it_is_read_without_a_warning(example: Path) -> None:
    spec = dialect.read(FolderFiles(example))
    assert (spec.slug, spec.warnings, spec.instructions) == (example.name, (), "README.md")
    assert dialect.recognises(FolderFiles(example))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_its_scenarios_pass(example: Path) -> None:
    with dialect.scenarios(example, stage) as script:
        report = play_scenarios(example, script, lambda _: None)
    assert report.ok, json.dumps(report.to_dict(), indent=1)
    assert report.passed >= 2


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("bad-habits", ["storage.files"]),
        ("catalogue", ["storage.files"]),
        ("clock", []),
        ("news", ["network.fetch", "network.local"]),
        ("radio", ["network.fetch", "network.local"]),
    ],
)
def test_its_package_asks_for_what_its_scripts_name(
    name: str, asks: list[str], tmp_path: Path
) -> None:
    path = dialect.author.package(ROOT / name, tmp_path)
    assert path.name == f"{name}.203.tgz"
    with open_archive(path) as archive:
        assert [p.name for p in dialect.read(archive).permissions] == asks
        assert not any(n.startswith("__tests__") for n in archive.names())
