"""``jackfield build``: what can be loaded, made from the sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def build(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The plugin's folder.")] = Path(),
    dialect: Annotated[
        str | None, typer.Option("--dialect", "-d", metavar="NAME", help="If it cannot be told.")
    ] = None,
) -> None:
    """Build a plugin from its sources."""
    from jackfield.cli.authors import dialect_of, shown

    written = dialect_of(folder, dialect).author.build(folder)
    Session.of(ctx).output.result(
        {"written": [str(path.resolve()) for path in written]},
        [f"built {shown(path)}" for path in written],
    )
