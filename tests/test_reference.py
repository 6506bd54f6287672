"""docs/reference says what the code says, and every command has a page's worth to say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"


def script() -> ModuleType:
    """scripts/reference.py as a module."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's own settings must not show up as defaults."""
    for name in (
        "JACKFIELD_DATA",
        "JACKFIELD_HOST",
        "JACKFIELD_PORT",
        "JACKFIELD_TRUSTED_PROXY",
        "COLUMNS",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("page", ["api.md", "cli.md", "settings.md"])
def test_the_reference_is_what_the_code_says(page: str) -> None:
    fresh = script().PAGES[page]()
    assert (REFERENCE / page).read_text() == fresh, "run: make docs-reference"


def test_every_command_and_option_is_explained() -> None:
    for name, command, _ in script().commands():
        assert command.help, name
        for param in command.params:
            assert getattr(param, "help", None), (name, param.name)


def test_every_route_is_explained() -> None:
    rows = [line for line in script().api_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 20
    for row in rows:
        assert len(row.split("|")[2].split()) > 2, row


def test_every_setting_is_explained() -> None:
    from jackfield.config import ChatSettings, Config
    from jackfield.plugins.states import PluginState
    from jackfield.sandbox import Limits

    described = script()._described
    for kind in (Config, Limits, ChatSettings, PluginState):
        names = set(kind.__dataclass_fields__)
        assert set(described(kind)) >= names, kind


def test_exit_codes_are_documented() -> None:
    from jackfield import errors

    text = (REFERENCE / "cli.md").read_text()
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.JackfieldError):
            row = next(line for line in text.splitlines() if f"`{kind.code}`:" in line)
            assert row.startswith(f"| {kind.exit_code} |")
