"""Compares what is there with what a scenario expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import UNSET

from jackfield.dialects.dispatcharr.scenario.shape import Expect, FileExpect, JobExpect, RowsExpect
from jackfield.plugins.job import Job
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import partial_match
from jackfield.plugins.scenario_play import compare_logs, show

Find = Callable[[RowsExpect], list[dict[str, Any]]]


def compare(
    expect: Expect,
    *,
    find: Find,
    home: Path,
    lines: Sequence[LogLine],
    messages: Sequence[Any],
    jobs: Sequence[Job],
    settings: Mapping[str, Any],
) -> Iterator[str]:
    """Every way in which what is there differs.

    :param find: looks rows up.
    :param messages: what was sent over the WebSocket: the ``data`` of each.
    :param jobs: oldest first.
    """
    for number, wanted in enumerate(expect.rows):
        yield from _compare_rows(f"rows[{number}]", wanted, find(wanted))
    for name, wish in expect.files.items():
        yield from _compare_file(f"files[{show(name)}]", wish, home / name)
    if expect.logs is not None:
        yield from compare_logs(expect.logs, lines)
    if expect.websocket is not None:
        yield from _among("websocket", expect.websocket, list(messages), partial_match)
    if expect.jobs is not None:
        yield from _among("jobs", expect.jobs, [job.to_dict() for job in jobs], _is_job)
    if expect.settings is not UNSET and not partial_match(expect.settings, settings):
        yield f"settings: expected {show(expect.settings)}, got {show(dict(settings))}"


def looked_at(wanted: RowsExpect) -> list[str]:
    """The values of each row that are compared."""
    return sorted({key for row in wanted.rows or () for key in row})


def _compare_rows(
    place: str, wanted: RowsExpect, found: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    keys = looked_at(wanted)
    shown = [{key: row.get(key) for key in keys} if keys else dict(row) for row in found]
    if wanted.count is not None and wanted.count != len(found):
        yield (
            f"{place}: expected {wanted.count} of {wanted.model}, got {len(found)}: "
            f"{show(shown[:20])}"
        )
    if wanted.rows is None:
        return
    if len(wanted.rows) != len(found):
        yield (
            f"{place}: expected {len(wanted.rows)} of {wanted.model}, got {len(found)}: "
            f"{show(shown[:20])}"
        )
        return
    for number, (wish, row) in enumerate(zip(wanted.rows, found, strict=True)):
        for key, value in wish.items():
            if not partial_match(value, row.get(key)):
                yield (
                    f"{place}.rows[{number}].{key}: expected {show(value)}, "
                    f"got {show(row.get(key))}"
                )


def _compare_file(place: str, wish: str | FileExpect | None, path: Path) -> Iterator[str]:
    found = path.read_text("utf-8", "replace") if path.is_file() else None
    if wish is None or found is None:
        if (wish is None) != (found is None):
            yield f"{place}: expected {'no such file' if wish is None else 'it'}, got {show(found)}"
        return
    whole = wish if isinstance(wish, str) else wish.text
    if whole is not None and whole != found:
        yield f"{place}: expected {show(whole)}, got {show(found)}"
    if isinstance(wish, FileExpect):
        parts = [wish.contains] if isinstance(wish.contains, str) else wish.contains
        for part in parts:
            if part not in found:
                yield f"{place}: does not contain {show(part)}: {found}"


def _among(
    place: str, wanted: Sequence[Any], found: Sequence[Any], fits: Callable[[Any, Any], bool]
) -> Iterator[str]:
    """Whether each of *wanted* is there, in this order among others; none if it is empty."""
    if not wanted and found:
        yield f"{place}: expected none, got {show(found)}"
    left = iter(found)
    for number, wish in enumerate(wanted):
        if not any(fits(wish, one) for one in left):
            text = _shown_job(wish) if isinstance(wish, JobExpect) else wish
            yield f"{place}[{number}]: none like {show(text)} (in this order) in {show(found)}"
            return


def _is_job(wish: JobExpect, found: Mapping[str, Any]) -> bool:
    return wish.state in ("", found["state"]) and all(
        part in found[name]
        for name, part in (
            ("title", wish.title), ("error", wish.error), ("message", wish.message)
        )
    )  # fmt: skip


def _shown_job(wish: JobExpect) -> dict[str, str]:
    every = {
        "title": wish.title, "state": wish.state, "error": wish.error, "message": wish.message
    }  # fmt: skip
    return {key: value for key, value in every.items() if value}
