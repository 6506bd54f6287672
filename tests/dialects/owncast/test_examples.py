"""The examples that we ship: each is read, built and loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jackfield.dialects.owncast import dialect
from jackfield.dialects.owncast.author import OwncastAuthor
from jackfield.plugins.files import FolderFiles
from owncast_plugin import testing
from owncast_plugin.guest import NAMES

ROOT = Path(__file__).parents[3] / "examples" / "owncast"
EXAMPLES = sorted(p.parent for p in ROOT.glob("*/plugin.manifest.json"))
LOADABLE = [e for e in EXAMPLES if e.name != "bad-crash-at-load"]


def test_all_are_there_and_listed() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(EXAMPLES) == 17
    assert all(f"`{example.name}`" in readme for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_it_is_read_without_a_warning(example: Path) -> None:
    spec = dialect.read(FolderFiles(example))
    assert spec.slug == example.name
    assert spec.instructions == "INSTRUCTIONS.md"
    assert OwncastAuthor(lambda *_: None).warnings(example) == []


@pytest.mark.parametrize("example", LOADABLE, ids=lambda e: e.name)
def test_it_has_scenarios_and_asks_for_what_it_calls(example: Path) -> None:
    scenarios = json.loads((example / "__tests__/plugin.test.json").read_text())
    assert all(scenario["name"] for scenario in scenarios)
    spec = dialect.read(FolderFiles(example))
    with testing.load(example / "src/plugin.py") as plugin:
        registered = plugin.register()
    asked = spec.details["permissions"]
    assert registered["subscriptions"] or registered["commands"] or "http.serve" in asked
    filters = bool(registered["subscriptions"].get("filter"))
    assert filters == ("chat.filter" in spec.details["permissions"])


@pytest.mark.parametrize("example", LOADABLE, ids=lambda e: e.name)
def test_it_loads_where_the_sdks_names_are_globals(example: Path, tmp_path: Path) -> None:
    """As on the original host: what is built must import nothing that is not there."""
    import owncast_plugin
    from jackfield.dialects.owncast.bundle import bundle
    from owncast_plugin._registry import registry

    names = {name: getattr(owncast_plugin, name) for name in NAMES}
    try:
        with testing.RecordingHost():
            exec(bundle(FolderFiles(example), example.name).source, names)
    finally:
        registry.clear()


def test_the_one_that_crashes_names_its_own_file_and_line() -> None:
    with pytest.raises(KeyError) as error:
        testing.load(ROOT / "bad-crash-at-load/src/plugin.py")
    last = error.traceback[-1]
    assert (last.path.name, last.lineno + 1) == ("settings.py", 4)
