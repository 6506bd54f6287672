"""``jackfield reload``: start a plugin anew."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def reload(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
) -> None:
    """Stop a plugin and start it again from its files."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.reload(slug)
    session.output.result(plugin, f"{slug} is {plugin['state']}")
