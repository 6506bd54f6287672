"""``jackfield tengo``: run, check and format Tengo scripts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_LEVEL = typer.Option("--level", metavar="LEVEL", help='Language level: "2.10" or "head".')
_MODULE = typer.Option(
    "--module", metavar="NAME", help="A module that the script's host lends; may be repeated."
)
_INPUT = typer.Option(
    "--input", metavar="NAME", help="A variable that the script's host gives; may be repeated."
)


@app.callback()
def tengo() -> None:
    """Run, check and format Tengo scripts."""


@app.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The script.")],
    level: Annotated[str, _LEVEL] = "2.10",
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Stop the script after so long.")
    ] = None,
) -> None:
    """Run a script with the standard library; imports come from its own folder."""
    from jackfield.tengo import Limits
    from jackfield.tengo.tools import run_script

    run_script(file, level=_known(level), limits=Limits(seconds=seconds), write=sys.stdout.write)
    sys.stdout.flush()


@app.command()
def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The scripts.")],
    level: Annotated[str, _LEVEL] = "2.10",
    modules: Annotated[list[str] | None, _MODULE] = None,
    inputs: Annotated[list[str] | None, _INPUT] = None,
) -> None:
    """Compile scripts without running anything; exits with 1 if one has a mistake."""
    from jackfield.tengo.tools import check_script

    known = _known(level)
    lent = {"modules": modules or (), "inputs": inputs or ()}
    found = {str(file): check_script(file, level=known, **lent) for file in files}
    problems = {name: problem for name, problem in found.items() if problem}
    lines = [f"{name}: {problem}" for name, problem in problems.items()]
    Session.of(ctx).output.result(found, lines or [f"{len(files)} checked, no mistakes"])
    if problems:
        raise typer.Exit(1)


@app.command()
def fmt(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The scripts.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if something would.")
    ] = False,
) -> None:
    """Lay scripts out uniformly."""
    from jackfield.tengo.errors import TengoError
    from jackfield.tengo.tools import format_script

    changed: list[str] = []
    problems: dict[str, str] = {}
    for file in files:
        try:
            if format_script(file, write=not check_only):
                changed.append(str(file))
        except TengoError as error:
            problems[str(file)] = str(error)
    verb = "would change" if check_only else "changed"
    lines = [f"{verb} {name}" for name in changed]
    lines += [f"{name}: {problem}" for name, problem in problems.items()]
    Session.of(ctx).output.result({"changed": changed, "problems": problems}, lines)
    if problems or (check_only and changed):
        raise typer.Exit(1)


def _known(level: str) -> str:
    from jackfield.tengo.program import LEVELS

    if level not in LEVELS:
        raise typer.BadParameter(f"{level!r}, expected one of {', '.join(LEVELS)}")
    return level
