"""``jackfield doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import typer

from jackfield.cli.output import paint, plain
from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def doctor(ctx: typer.Context) -> None:
    """Check this machine, the data and the plugins; say what to do about what is wrong.

    The exit code is 1 if there is a problem. Nothing is changed.
    """
    from jackfield.cli.checkup import checkup

    session = Session.of(ctx)
    findings = checkup(session.data_dir)
    lines = []
    for finding in findings:
        lines.append(f"{paint(finding.status.ljust(7))} {finding.name}: {plain(finding.found)}")
        if finding.advice:
            lines.append(f"        -> {plain(finding.advice)}")
    problems = sum(finding.status == "problem" for finding in findings)
    verdict = "all is well" if problems == 0 else f"{problems} to solve"
    session.output.result([finding.to_dict() for finding in findings], [*lines, "", verdict])
    if problems:
        raise typer.Exit(1)
