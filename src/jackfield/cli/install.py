"""``jackfield install``: put a plugin in, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.permissions import asked_permissions
from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def install(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(help="An archive or a plugin's folder.")],
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", "-d", metavar="NAME", help="Which plugin system, if unclear."),
    ] = None,
) -> None:
    """Install a plugin. Nothing of it runs before it is enabled."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.install(source.expanduser().absolute(), dialect=dialect)
    session.output.result(
        plugin,
        [
            f"installed {plugin['slug']} {plugin['version']} ({plugin['dialect']})",
            *(f"note: {warning}" for warning in plugin["warnings"]),
            *asked_permissions(plugin),
            f"Next: jackfield enable {plugin['slug']}",
        ],
    )
