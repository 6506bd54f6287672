"""What commands print: text for people, JSON for scripts, one line for a mistake."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from jackfield.errors import JackfieldError

_COLOURS = {
    "running": "green", "starting": "cyan", "disabled": "bright_black",
    "discovered": "bright_black", "suspended": "yellow", "failed": "red",
    "queued": "bright_black", "done": "green", "cancelled": "yellow",
    "low": "green", "medium": "yellow", "high": "red",
    "ok": "green", "FAIL": "red", "warning": "yellow", "error": "red", "problem": "red",
}  # fmt: skip

# Control characters of both sets, and those that turn the direction of writing; but "\x1b[1m" may
# stay.
_CONTROL = re.compile(r"(?!\x1b\[[0-9;]*m)[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Output:
    """Where a command's words go: results to stdout, everything else to stderr.

    Texts of plugins are made safe for a terminal. Colours are used on a terminal only, and never
    when ``NO_COLOR`` is set.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    def result(self, data: Any, text: str | Iterable[str] = ()) -> None:
        """Print *data* as JSON for scripts, or *text* (a line or lines) for people."""
        if self.json:
            self.data(data)
        else:
            self.lines([text] if isinstance(text, str) else text)

    def data(self, data: Any) -> None:
        """One JSON document, indented; keys in the order given."""
        import json

        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def record(self, data: Any) -> None:
        """One line of a stream of JSON documents."""
        import json

        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def lines(self, lines: Iterable[str]) -> None:
        """Lines for people. Of control characters only the colours of :func:`paint` go out: a
        plugin's name or description must not move the cursor or name the window."""
        for line in lines:
            typer.echo(_harmless(line), color=_colour(sys.stdout))

    def note(self, text: str) -> None:
        """Something to know that is not the result; not printed for scripts."""
        if not self.json:
            typer.echo(_harmless(text), err=True, color=_colour(sys.stderr))

    def error(self, error: JackfieldError) -> None:
        """The mistake in one line; for scripts the object that the platform API answers with."""
        if self.json:
            self._json_error(error.to_dict())
            return
        self._complain(str(error))
        if trace := getattr(error, "traceback", ""):
            typer.echo(indent(plain(trace, lines=True)), err=True)

    def usage_error(self, message: str, hint: str) -> None:
        """A command line that cannot be understood."""
        if self.json:
            self._json_error({"code": "usage", "message": message, "hint": hint})
        else:
            self._complain(f"{message.rstrip('.')} ({hint})")

    def internal_error(self, error: Exception) -> None:
        """A mistake of this program."""
        message = f"internal error: {type(error).__name__}: {error}"
        if self.json:
            self._json_error({"code": "internal", "message": message})
        else:
            self._complain(f"{message} (set JACKFIELD_DEBUG=1 to see where, and please report it)")

    def _complain(self, text: str) -> None:
        mark = typer.style("error:", fg="red", bold=True)
        typer.echo(f"{mark} {plain(text)}", err=True, color=_colour(sys.stderr))

    def _json_error(self, error: dict[str, Any]) -> None:
        import json

        sys.stderr.write(json.dumps({"error": error}, ensure_ascii=False) + "\n")


def plain(text: object, *, lines: bool = False) -> str:
    """*text* without control characters, on one line unless *lines* may stay."""
    from jackfield.plugins.logs import clean

    cleaned = clean(str(text))
    return cleaned if lines else " ".join(cleaned.split())


def _harmless(text: str) -> str:
    """*text* with control characters written out, except ends of lines, tabs and colours."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


def indent(text: str, by: str = "  ") -> str:
    """Every line of *text* moved to the right."""
    return "\n".join(by + line for line in text.splitlines())


def paint(word: str) -> str:
    """A word that stands for a state or a risk in its colour."""
    colour = _COLOURS.get(word)
    return typer.style(word, fg=colour) if colour else word


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = ()) -> list[str]:
    """Columns as wide as their widest cell. The last column is not padded."""
    if not rows:
        return []
    cells = [[plain(cell) for cell in row] for row in ([header] if header else []) + list(rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = []
    for number, row in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if header and number == 0:
            lines.append(typer.style("  ".join(padded).rstrip(), bold=True))
        else:
            lines.append(
                "  ".join(
                    p.replace(c, paint(c), 1) if c else p for p, c in zip(padded, row, strict=True)
                ).rstrip()
            )
    return lines


def _colour(stream: Any) -> bool:
    return "NO_COLOR" not in os.environ and stream.isatty()
