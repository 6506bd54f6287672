"""``jackfield new``: a plugin to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def new(
    ctx: typer.Context,
    name: Annotated[
        Path, typer.Argument(help="The plugin's slug, or a folder to make whose name is the slug.")
    ],
    dialect: Annotated[
        str, typer.Option("--dialect", "-d", metavar="NAME", help="Which plugin system it is for.")
    ] = "owncast",
) -> None:
    """Make a working plugin to start from."""
    from jackfield.cli.authors import named_dialect, shown
    from jackfield.errors import Conflict

    folder = name.expanduser()
    if folder.exists():
        raise Conflict("exists already", file=str(folder), hint="choose another name")
    chosen = named_dialect(dialect)
    files = chosen.author.new(folder, slug=folder.name)
    session = Session.of(ctx)
    session.output.result(
        {"slug": folder.name, "dialect": chosen.name, "folder": str(folder.resolve()),
         "files": [str(f) for f in files]},
        [
            f"Made {shown(folder)}, {chosen.title}:",
            *(f"  {shown(file)}" for file in files),
            "",
            f"Next: jackfield dev {shown(folder)}",
        ],
    )  # fmt: skip
