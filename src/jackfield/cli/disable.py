"""``jackfield disable``: stop a plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def disable(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
) -> None:
    """Stop a plugin and keep it stopped; after that nothing of it runs."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.disable(slug)
    session.output.result(plugin, f"{slug} is disabled")
