"""``jackfield dev``: one plugin, loaded again on every save."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jackfield.cli.output import indent, plain
from jackfield.cli.session import Session

if TYPE_CHECKING:
    from jackfield.cli.output import Output
    from jackfield.plugins.logs import LogLine
    from jackfield.web.dev import DevBench

app = typer.Typer(rich_markup_mode=None, add_completion=False)

IGNORED = {"__pycache__", "node_modules"}


@app.command()
def dev(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The plugin's folder.")] = Path(),
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8090,
    dialect: Annotated[
        str | None, typer.Option("--dialect", "-d", metavar="NAME", help="If it cannot be told.")
    ] = None,
) -> None:
    """Run one plugin with all that it asks for, and load it again whenever a file is saved.

    The page at /_dev/ shows its log and lets you speak in the chat as anybody and fire any event.
    It runs in a host of its own; nothing of it stays.
    """
    from jackfield.cli.authors import dialect_of
    from jackfield.cli.operator import at_home
    from jackfield.cli.server import listen, run_server
    from jackfield.config import Config
    from jackfield.host import Host
    from jackfield.web.dev import DevBench, DevSite

    output = Session.of(ctx).output
    chosen = dialect_of(folder, dialect)
    folder = folder.resolve()
    with listen(host, port) as socket:
        served = Host(Config(data_dir=None, only=(chosen.name,)))
        served.engine.on_progress = lambda line: output.note(f"sandbox engine: {line}")
        served.registry.log_watcher = lambda _, line: _show(output, line)
        bench = DevBench(served, chosen, folder)
        done = threading.Event()
        address = f"http://{at_home(host)}:{socket.getsockname()[1]}"

        def ready() -> None:
            output.lines(
                [
                    f"{chosen.title} plugin in {folder}",
                    f"  page  {address}/_dev/",
                    f"  chat  {address}/",
                    "Save a file to load it again. Ctrl-C stops it.",
                ]
            )
            keeper = threading.Thread(target=_keep_loaded, args=(bench, output, done), daemon=True)
            keeper.start()

        try:
            run_server(DevSite(served.asgi(), bench), socket, ready)
        finally:
            done.set()


def _keep_loaded(bench: DevBench, output: Output, done: threading.Event) -> None:
    from watchfiles import watch

    _load(bench, output)

    def matters(_change: object, path: str) -> bool:
        file = Path(path)
        if file in bench.written or not file.is_relative_to(bench.folder):
            return False
        if file.name.endswith(bench.dialect.suffixes):  # 'jackfield package' wrote it
            return False
        # Hidden files are what editors and builds write beside the real ones.
        parts = file.relative_to(bench.folder).parts
        return not any(part in IGNORED or part.startswith(".") for part in parts)

    changes = watch(
        bench.folder, watch_filter=matters, stop_event=done, debounce=80, step=20,
        rust_timeout=500, raise_interrupt=False,
    )  # fmt: skip
    for changed in changes:
        names = sorted({Path(path).name for _, path in changed})
        output.lines([typer.style(f"-- {', '.join(names[:4])} saved", dim=True)])
        _load(bench, output)


def _load(bench: DevBench, output: Output) -> None:
    if bench.load():
        output.lines([typer.style(f"-- {bench.slug} loaded in {bench.load_ms} ms", fg="green")])
        return
    assert bench.error is not None
    output.error(bench.error)
    if bench.generation:
        output.note("   the version before keeps running")


def _show(output: Output, line: LogLine) -> None:
    text = indent(plain(line.text, lines=True)).lstrip()
    output.lines([f"{line.time[11:23]} {line.level:<7} {text}"])
