"""``jackfield engine``: the sandbox engine's native code."""

from __future__ import annotations

import typer

from jackfield.cli.session import Session

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, help="The sandbox engine's native code."
)


@app.command("compile")
def compile_engine(ctx: typer.Context) -> None:
    """Make the native code now, once a machine, instead of at the first start."""
    from jackfield.config import default_cache_dir
    from jackfield.sandbox import EngineCache

    output = Session.of(ctx).output
    cache = EngineCache(default_cache_dir())
    cache.compile(output.note)
    output.result(
        {"ready": cache.ready(), "directory": str(cache.directory)},
        f"the sandbox engine is ready in {cache.directory}",
    )


@app.command()
def status(ctx: typer.Context) -> None:
    """Say whether the native code is there."""
    from jackfield.config import default_cache_dir
    from jackfield.sandbox import EngineCache

    cache = EngineCache(default_cache_dir())
    ready = cache.ready()
    Session.of(ctx).output.result(
        {"ready": ready, "directory": str(cache.directory)},
        f"the sandbox engine is {'ready' if ready else 'not compiled yet'} ({cache.directory})",
    )
    raise typer.Exit(0 if ready else 1)
