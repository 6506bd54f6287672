"""``jackfield update``: take another version of a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.permissions import asked_permissions
from jackfield.cli.session import Session
from jackfield.cli.standing import standing

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def update(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    source: Annotated[Path, typer.Argument(help="The new archive or folder.")],
) -> None:
    """Take another version of a plugin; the one before is kept for 'rollback'.

    If the new version asks for more permissions, it waits for 'enable'.
    """
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.update(slug, source.expanduser().absolute())
    failed = plugin["enabled"] and plugin["last_error"]
    if failed:
        outcome = [f"{slug} is {plugin['state']}, at {plugin['version']}: {plugin['last_error']}"]
    elif plugin["pending_version"]:
        waiting = f"{slug} {plugin['pending_version']} waits for approval"
        outcome = [
            f"{waiting}; {plugin['version']} stays until then",
            *asked_permissions(plugin, open_only=True),
            f"Next: jackfield enable {slug}",
        ]
    else:
        outcome = [f"{slug} is now {plugin['version']}, {standing(plugin)}"]
    session.output.result(plugin, outcome)
    if failed:
        raise typer.Exit(1)
