"""Scenario tests of plugins: what is common to all dialects.

A plugin's scenarios are in ``__tests__/*.test.json``. Its dialect reads the files and plays each
scenario on a :class:`Stage`, a whole host made for it with recording services; this module finds
the files, runs one scenario after another and keeps the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jackfield.errors import InvalidInput, JackfieldError, NotFound

if TYPE_CHECKING:
    from jackfield.plugins.dialect import Core
    from jackfield.plugins.dispatcher import Dispatcher
    from jackfield.plugins.registry import Registry

FOLDER = "__tests__"
PATTERN = "*.test.json"
MAX_FILE_BYTES = 16 * 1024 * 1024


class Stage(Protocol):
    """The parts of a composed host that scenarios use."""

    registry: Registry
    dispatcher: Dispatcher
    core: Core

    def stop(self) -> None:
        """Stop every plugin and let go of everything."""


MakeStage = Callable[[Mapping[type, Any]], Stage]
"""Composes a host whose own services are replaced, where given, by these."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of a file.

    :param play: plays it, and returns what did not go as expected: one text a mistake.
    :param notes: what in the file looks like a mistake of its author, but is none by the format.
    """

    name: str
    play: Callable[[], list[str]]
    notes: tuple[str, ...] = ()


class Script(Protocol):
    """What a dialect makes of one plugin, to play its scenarios."""

    def check_load(self) -> None:
        """Load the plugin once.

        :raises JackfieldError: it does not load.
        """

    def read(self, data: bytes) -> list[Scenario]:
        """The scenarios of one file, in order.

        :raises InvalidInput: it is not in the format; the message names the place.
        """
        ...


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """How one scenario went.

    :param file: relative to the plugin's folder.
    :param name: empty for a file that could not be read.
    """

    file: str
    name: str
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.errors


@dataclass(slots=True)
class ScenarioReport:
    """All results, in the order of files and scenarios.

    :ivar load_error: why the plugin does not load; then nothing was played.
    """

    results: list[ScenarioResult] = field(default_factory=list)
    load_error: str = ""

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def ok(self) -> bool:
        """Whether the plugin loads and every scenario passed."""
        return not self.load_error and self.passed == len(self.results)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return {
            "ok": self.ok,
            "passed": self.passed,
            "total": len(self.results),
            "loadError": self.load_error or None,
            "scenarios": [
                {
                    "file": result.file,
                    "name": result.name,
                    "passed": result.passed,
                    "errors": list(result.errors),
                    "notes": list(result.notes),
                }
                for result in self.results
            ],
        }


def find_files(folder: Path) -> list[Path]:
    """The scenario files of a plugin, sorted by name.

    :raises NotFound: there is no folder for them, or none in it.
    """
    tests = folder / FOLDER
    if not tests.is_dir():
        raise NotFound(
            f"there is no folder {FOLDER}", file=str(folder), hint="put scenarios into it"
        )
    files = sorted(path for path in tests.glob(PATTERN) if path.is_file())
    if not files:
        raise NotFound(f"there is no {PATTERN} in {FOLDER}", file=str(folder))
    return files


def play_scenarios(
    folder: Path, script: Script, report: Callable[[ScenarioResult], None]
) -> ScenarioReport:
    """Play every scenario of a plugin.

    :param report: called with each result as soon as it is known.
    :raises NotFound: there are no scenarios.
    """
    outcome = ScenarioReport()
    try:
        script.check_load()
    except JackfieldError as error:
        outcome.load_error = load_error(error)
        return outcome
    for path in find_files(folder):
        for result in _play_file(path.relative_to(folder).as_posix(), path, script):
            outcome.results.append(result)
            report(result)
    return outcome


def load_error(error: JackfieldError) -> str:
    """Why a plugin does not load, with the author's own traceback where there is one."""
    trace = getattr(error, "traceback", "")
    return f"{error}\n{trace}".rstrip() if trace else str(error)


def _play_file(name: str, path: Path, script: Script) -> Iterator[ScenarioResult]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInput(f"is larger than {MAX_FILE_BYTES:,} bytes")
        scenarios = script.read(path.read_bytes())
    except JackfieldError as error:
        yield ScenarioResult(name, "", (str(error),))
        return
    except OSError as error:
        yield ScenarioResult(name, "", (f"cannot be read: {error.strerror}",))
        return
    for scenario in scenarios:
        yield ScenarioResult(name, scenario.name, tuple(scenario.play()), scenario.notes)


def partial_match(wanted: Any, found: Any) -> bool:
    """Whether *found* has everything that *wanted* says (owncast spec 6.1).

    Of an object every wanted member must be there and match; lists match element by element and
    in length; other values must be equal, where 1 and 1.0 are equal and 1 and true are not.
    """
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            key in found and partial_match(value, found[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(found, list | tuple)
            and len(wanted) == len(found)
            and all(partial_match(w, f) for w, f in zip(wanted, found, strict=True))
        )
    return _same(wanted, found)


def deep_equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same; numbers as in :func:`partial_match`."""
    if isinstance(left, Mapping):
        return (
            isinstance(right, Mapping)
            and left.keys() == right.keys()
            and all(deep_equal(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list | tuple):
        return (
            isinstance(right, list | tuple)
            and len(left) == len(right)
            and all(deep_equal(a, b) for a, b in zip(left, right, strict=True))
        )
    return _same(left, right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)
