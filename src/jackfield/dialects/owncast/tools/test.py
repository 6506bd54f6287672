"""``owncast-plugin-test``: plays a built plugin's scenarios. Source: owncast spec 6.3 and 11."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from jackfield.dialects.owncast.scenario.project import open_script
from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.errors import JackfieldError
from jackfield.plugins.scenario import (
    MakeStage,
    ScenarioResult,
    load_error,
    play_scenarios,
)

NAME = "owncast-plugin-test"
VERSION_FLAGS = ("--version", "-version", "version")
INDENT = " " * 8

OpenStages = Callable[[TerminalConsole], MakeStage]
"""Gives what makes a host; the console shows the engine's progress and the plugin's failures."""


def main(arguments: Sequence[str], open_stages: OpenStages) -> int:
    """Run the program; the exit code: 0 all passed, 1 any failed, 2 nothing to run.

    :param arguments: without the program's name: ``[--load-only] [folder]``.
    """
    if arguments and arguments[0] in VERSION_FLAGS:
        print(f"{NAME} {version('jackfield')}")  # noqa: T201
        return 0
    positional = [argument for argument in arguments if argument != "--load-only"]
    folder = Path(positional[-1] if positional else ".")
    console = TerminalConsole()
    try:
        with open_script(folder, open_stages(console), console, built=True) as script:
            if "--load-only" in arguments:
                return _load_only(script.check_load)
            report = play_scenarios(folder, script, _print)
    except JackfieldError as error:
        print(f"{NAME}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if report.load_error:
        _say(f"FAIL  load: {report.load_error}")
        return 1
    _say(f"\n{report.passed}/{len(report.results)} passed")
    return 0 if report.ok else 1


def _load_only(check_load: Callable[[], None]) -> int:
    try:
        check_load()
    except JackfieldError as error:
        _say(f"FAIL  load: {load_error(error)}")
        return 1
    _say("ok    plugin loads cleanly")
    return 0


def _print(result: ScenarioResult) -> None:
    title = f"{result.file} :: {result.name}" if result.name else result.file
    _say(f"{'ok   ' if result.passed else 'FAIL '} {title}")
    for error in result.errors:
        _say(f"{INDENT}{error}")
    for note in result.notes:
        print(f"{NAME}: {title}: {note}", file=sys.stderr)  # noqa: T201


def _say(text: str) -> None:
    # At once and whole, so that it stays in order with what the plugin writes to standard error.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
