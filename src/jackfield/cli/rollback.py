"""``jackfield rollback``: return to an earlier version of a plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.session import Session
from jackfield.cli.standing import standing

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def rollback(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    version: Annotated[
        str | None, typer.Argument(help="Which kept version; without it the one before.")
    ] = None,
) -> None:
    """Return to a version of a plugin that was kept."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.rollback(slug, version)
    session.output.result(plugin, f"{slug} is back at {plugin['version']}, {standing(plugin)}")
