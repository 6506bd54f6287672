"""``jackfield list``: the installed plugins."""

from __future__ import annotations

import typer

from jackfield.cli.output import table
from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_plugins(ctx: typer.Context) -> None:
    """List the installed plugins and how they are."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugins = operator.plugins()
    rows = [(p["slug"], p["version"], p["dialect"], p["state"], p["reason"]) for p in plugins]
    lines = table(rows, ("PLUGIN", "VERSION", "DIALECT", "STATE", ""))
    session.output.result(plugins, lines or "No plugins yet. Install one: jackfield install FILE")
