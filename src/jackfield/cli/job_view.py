"""A job in the terminal: its progress while it runs, how it ended, and the list of all."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from jackfield.cli.output import indent, paint, plain, table
from jackfield.errors import JackfieldError

if TYPE_CHECKING:
    from jackfield.cli.operator import Operator
    from jackfield.cli.output import Output

JSON = dict[str, Any]

INTERRUPTED = 130
_LEVELS = {"debug": "bright_black", "warning": "yellow", "error": "red"}
_SHOWN = ("status", "success", "message", "error")
"""Of a result, what stands in its first line already."""


class Progress:
    """What a job says while one waits for it, on stderr: its log, and below it how far it is.

    The last line is drawn over on a terminal; elsewhere each new message is a line.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._over = sys.stderr.isatty() and not output.json
        self._drawn = ""
        self._said = ""
        self._visible = False

    def log(self, entry: Mapping[str, Any]) -> None:
        """One entry of its log."""
        self.clear()
        level = typer.style(entry["level"].ljust(7), fg=_LEVELS.get(entry["level"]))
        self._output.note(f"{level} {plain(entry['text'], lines=True)}")
        self._draw()

    def job(self, job: Mapping[str, Any]) -> None:
        """How far it is."""
        share = "" if job["progress"] is None else f"{job['progress']:4.0%} "
        line = f"{share}{plain(job['message'])}".rstrip()
        if self._over:
            self.clear()
            if job["finished"] is None:
                self._drawn = line
                self._draw()
        elif job["message"] not in ("", self._said) and job["finished"] is None:
            self._said = job["message"]
            self._output.note(line)

    def clear(self) -> None:
        """Take the drawn line away."""
        if self._visible:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._visible = False

    def _draw(self) -> None:
        if self._over and self._drawn:
            sys.stderr.write(self._drawn[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()
            self._visible = True


def follow(operator: Operator, output: Output, job: JSON) -> JSON:
    """Show a job until it has ended, and return it. Ctrl-C cancels it; a second one leaves it.

    :raises KeyboardInterrupt: the second one.
    """
    progress = Progress(output)
    after, cancelling = 0, False
    try:
        while job["finished"] is None:
            try:
                for kind, news in operator.follow_job(job["id"], after=after):
                    if kind == "log":
                        after = news["number"]
                        progress.log(news)
                    else:
                        job = news
                        progress.job(job)
            except KeyboardInterrupt:
                if cancelling:
                    raise
                cancelling = True
                progress.clear()
                output.note("Cancelling. Press Ctrl-C again to leave it to itself.")
                _cancel(operator, job["id"])
    finally:
        progress.clear()
    return job


def _cancel(operator: Operator, job_id: int) -> None:
    try:
        operator.cancel_job(job_id)
    except JackfieldError as error:
        if error.code != "conflict" and getattr(error, "answer", {}).get("code") != "conflict":
            raise  # otherwise it ended meanwhile


def outcome(job: JSON) -> list[str]:
    """How an ended job ended, for people."""
    result = job["result"]
    if job["state"] == "cancelled":
        return [f"{paint('cancelled')}: {job['error'] or 'job ' + str(job['id'])}"]
    if job["state"] == "failed":
        lines = [f"{paint('failed')}: {plain(job['error'] or 'it did not say why')}"]
    else:
        said = job["message"]
        if isinstance(result, dict):
            said = result.get("message") or said or result.get("status") or ""
        lines = [f"{paint('done')}{': ' if said else ''}{plain(said)}"]
    return lines + _rest(result)


def _rest(result: Any) -> list[str]:
    """What a result holds besides its message: a line a fact, or JSON where it is deeper."""
    if not isinstance(result, dict):
        return [] if result is None else [indent(_text(result))]
    left = {key: value for key, value in result.items() if key not in _SHOWN}
    if set(left) == {"result"}:
        return _rest(left["result"])
    return [f"  {plain(key)}: {_text(value)}" for key, value in left.items()]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return plain(value, lines=True)
    flat = json.dumps(value, ensure_ascii=False)
    return flat if len(flat) <= 72 else json.dumps(value, ensure_ascii=False, indent=2)


def exit_code(job: JSON) -> int:
    """0 for a job that ended well, 130 for one that was cancelled, else 1."""
    return {"done": 0, "cancelled": INTERRUPTED}.get(job["state"], 1)


def job_table(jobs: Iterable[JSON]) -> list[str]:
    """Jobs as a list: one line each."""
    rows = [
        (
            job["id"], job["state"],
            "" if job["progress"] is None else f"{job['progress']:.0%}",
            job["plugin"] or job["dialect"] or "-", job["title"],
            job["finished"] or job["started"] or job["created"],
            job["error"] or job["message"],
        )
        for job in jobs
    ]  # fmt: skip
    return table(rows, ("ID", "STATE", "", "PLUGIN", "JOB", "SINCE", ""))


def job_lines(job: JSON, log: Iterable[JSON]) -> list[str]:
    """One job with all that is known of it."""
    lines = [
        f"job {job['id']}: {plain(job['title'])}",
        f"  plugin:   {job['plugin'] or '-'} ({job['dialect'] or 'the host'})",
        f"  state:    {paint(job['state'])}"
        + ("" if job["progress"] is None else f", {job['progress']:.0%}"),
        f"  created:  {job['created']}",
        f"  started:  {job['started'] or '-'}",
        f"  finished: {job['finished'] or '-'}",
    ]
    if job["finished"] is not None:
        lines += outcome(job)
    elif job["message"]:
        lines.append(plain(job["message"]))
    entries = [
        f"{entry['time']} {entry['level'].ljust(7)} {plain(entry['text'], lines=True)}"
        for entry in log
    ]
    return [*lines, *entries]
