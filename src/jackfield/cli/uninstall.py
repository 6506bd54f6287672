"""``jackfield uninstall``: remove a plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def uninstall(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also delete what the plugin stored.")
    ] = False,
) -> None:
    """Remove a plugin. What it stored stays, for when it is installed again."""
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.uninstall(slug, keep_data=not delete_data)
    rest = "its data was kept" if plugin["data_kept"] else "its data was deleted"
    session.output.result(plugin, f"uninstalled {slug}; {rest}")
