"""``jackfield package``: the archive that others install."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def package(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The plugin's folder.")] = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write the archive.")
    ] = None,
    dialect: Annotated[
        str | None, typer.Option("--dialect", "-d", metavar="NAME", help="If it cannot be told.")
    ] = None,
) -> None:
    """Build a plugin, check that it loads, and write its archive."""
    from jackfield.cli.authors import dialect_of, shown

    archive = dialect_of(folder, dialect).author.package(folder, out)
    size = archive.stat().st_size
    Session.of(ctx).output.result(
        {"archive": str(archive.resolve()), "bytes": size},
        [
            f"packaged {shown(archive)} ({size:,} bytes)",
            f"Next: jackfield install {shown(archive)}",
        ],
    )
