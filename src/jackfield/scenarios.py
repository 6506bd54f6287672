"""Plays the scenario tests of a plugin's folder, each scenario on a host of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

from jackfield.config import Config, default_cache_dir
from jackfield.errors import InvalidInput
from jackfield.host import Host, installed_dialects
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import (
    MakeStage,
    ScenarioReport,
    ScenarioResult,
    Script,
    Stage,
    play_scenarios,
)
from jackfield.services.console import Console
from jackfield.services.engine import SandboxEngine


class ScenarioDialect(Dialect, Protocol):
    """A dialect whose plugins can have scenarios."""

    def scenarios(
        self, folder: Path, make_stage: MakeStage, console: Console | None = None
    ) -> AbstractContextManager[Script]:
        """What plays the scenarios of the plugin in *folder*, built from its sources."""
        ...


def run_scenarios(
    folder: Path,
    *,
    report: Callable[[ScenarioResult], None],
    dialect: str | None = None,
    console: Console | None = None,
    progress: Callable[[str], None] | None = None,
) -> ScenarioReport:
    """Build the plugin in *folder* and play its ``__tests__/*.test.json``.

    :param report: called with each result as soon as it is known.
    :param dialect: the plugin's dialect, if it cannot be told.
    :param console: hears what the plugin prints and logs.
    :param progress: called with a line while the sandbox's native code is made, once a machine.
    :raises InvalidInput: no dialect knows the folder, or its plugin is not well-formed.
    :raises NotFound: it has no scenarios.
    """
    chosen = _dialect(folder, dialect)
    engine = SandboxEngine(default_cache_dir(), progress)
    make_stage = stage_maker(chosen.name, engine)
    with chosen.scenarios(folder, make_stage, console) as script:
        return play_scenarios(folder, script, report)


def stage_maker(
    dialect: str,
    engine: SandboxEngine,
    watcher: Callable[[str, LogLine], None] | None = None,
) -> MakeStage:
    """What composes hosts for scenarios, all on one sandbox engine.

    :param watcher: hears every line of the plugins' logs.
    """

    def make(services: Mapping[type, Any]) -> Stage:
        config = Config(data_dir=None, only=(dialect,), safe_mode=False)
        host = Host(config, services={**services, SandboxEngine: engine})
        host.registry.log_watcher = watcher
        return host

    return make


def _dialect(folder: Path, name: str | None) -> ScenarioDialect:
    dialects = installed_dialects((name,) if name else ())
    files = FolderFiles(folder)
    found = [one for one in dialects.values() if name or one.recognises(files)]
    if not found:
        raise InvalidInput(
            "no dialect knows this folder", file=str(folder), hint="is there a manifest in it?"
        )
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise InvalidInput(f"could be of {names}", file=str(folder), hint="name the dialect")
    if not hasattr(found[0], "scenarios"):
        raise InvalidInput(f"plugins of {found[0].name} cannot have scenarios yet")
    return cast(ScenarioDialect, found[0])
