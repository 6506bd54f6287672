"""``jackfield logs``: what a plugin says."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jackfield.cli.output import plain
from jackfield.cli.session import Session

if TYPE_CHECKING:
    from jackfield.cli.operator import Operator

app = typer.Typer(rich_markup_mode=None, add_completion=False)

WAIT_S = 0.5
"""How often one who follows looks whether a host runs."""

_COLOURS = {"debug": "bright_black", "warning": "yellow", "error": "red"}


@app.command()
def logs(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=1000, help="How many of the newest entries.")
    ] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with each entry as it is written.")
    ] = False,
) -> None:
    """Show the log of a plugin. With --json each line is a JSON document."""
    from jackfield.cli.operator import running_host

    session = Session.of(ctx)
    with session.operator() as operator:
        newest = operator.log(slug, lines=lines)
        _show(session, newest)
        if not follow:
            return
        after = max((entry["number"] for entry in newest), default=0)
        if _goes_on(session, operator, slug, after):
            return
    # No host runs, so nothing is written until one is started: the data must be free for it.
    while not running_host(session.data_dir):
        time.sleep(WAIT_S)
    with session.operator() as operator:
        _goes_on(session, operator, slug, after=0)


def _goes_on(session: Session, operator: Operator, slug: str, after: int) -> bool:
    """Show each entry as it is written, until the host stops; ``False`` if none runs."""
    follow_log = getattr(operator, "follow_log", None)
    if follow_log is None:
        return False
    _show(session, follow_log(slug, after=after))
    return True


def _show(session: Session, entries: Iterable[dict[str, Any]]) -> None:
    for entry in entries:
        if session.json:
            session.output.record(entry)
            continue
        text = plain(entry["text"], lines=True)
        level = typer.style(entry["level"].ljust(7), fg=_COLOURS.get(entry["level"]))
        session.output.lines([f"{entry['time']} {level} {text}"])
