"""``jackfield worker``: run tasks for a host on this machine, too."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jackfield.cli.session import Session

if TYPE_CHECKING:
    from jackfield.cli.output import Output
    from jackfield.dialects.dispatcharr.worker.elsewhere import WorkerElsewhere

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_FIRST_LOOK_S = 10.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@app.command()
def worker(
    ctx: typer.Context,
    broker: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="JACKFIELD_BROKER",
            help="The Redis that the host was given as JACKFIELD_BROKER: "
            "redis://[:PASSWORD@]HOST:PORT/NUMBER.",
        ),
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="JACKFIELD_DATABASE",
            help="The host's PostgreSQL; without it the SQLite file in the data directory, which "
            "both then have to reach.",
        ),
    ] = "",
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Dispatcharr's folder; 'dispatcharr' in the data directory if not given.",
        ),
    ] = None,
    queues: Annotated[
        str,
        typer.Option(
            metavar="NAME,…", help="Take tasks from these queues only.  [default: from every one]"
        ),
    ] = "",
    concurrency: Annotated[
        int, typer.Option(min=1, max=200, help="How many tasks run at once.")
    ] = 6,
) -> None:
    """Run tasks for a host until Ctrl-C, on this machine or another.

    Ctrl-C, or SIGTERM, waits for the tasks that run; a second one ends them, and another worker
    does them again.
    """
    from jackfield.dialects.dispatcharr.worker.broker_url import checked
    from jackfield.dialects.dispatcharr.worker.elsewhere import WorkerElsewhere, environment
    from jackfield.errors import InvalidInput

    session = Session.of(ctx)
    broker = checked(broker, "JACKFIELD_BROKER")
    if not broker:
        raise InvalidInput(
            "a worker needs the Redis that leads to its host",
            field="JACKFIELD_BROKER",
            hint="jackfield worker --broker redis://HOST:6379/0, as the host has it in "
            "JACKFIELD_BROKER",
        )
    say = _Teller(session.output)
    chosen = tuple(name.strip() for name in queues.split(",") if name.strip())
    made = WorkerElsewhere(
        environment(session.data_dir, broker, database, home),
        queues=chosen,
        concurrency=concurrency,
        say=say,
    )
    asked = threading.Event()
    at_once = threading.Event()

    def signalled(_number: int, _frame: Any) -> None:
        (at_once if asked.is_set() else asked).set()

    for one in _SIGNALS:
        signal.signal(one, signalled)
    try:
        made.start()
        _introduce(made, session.output, broker, database, chosen)
        asked.wait()
        _stop(made, say, at_once)
    finally:
        made.close()
        for one in _SIGNALS:  # one more than needed shall not change how it ended
            signal.signal(one, signal.SIG_IGN)


def _introduce(
    made: WorkerElsewhere, output: Output, broker: str, database: str, queues: tuple[str, ...]
) -> None:
    """Say what it is connected to and what it does."""
    from jackfield.dialects.dispatcharr.worker.broker_url import without_password
    from jackfield.dialects.dispatcharr.worker.elsewhere import wait_ready

    connected = wait_ready(made, _FIRST_LOOK_S)
    status = made.status()
    shown = {
        "name": made.name,
        "broker": without_password(broker),
        "connected": connected,
        "database": without_password(database) or str(made.home / "dispatcharr.db"),
        "queues": list(queues) or "all",
        "tasks": status["tasks"],
    }
    if output.json:
        output.record({"event": "started", **shown})
        return
    verb = "takes tasks from" if connected else "waits for"
    output.lines(
        [
            f"Worker {shown['name']} {verb} {shown['broker']}",
            f"  database  {shown['database']}",
            f"  queues    {', '.join(queues) or 'every one that is used'}",
            f"  tasks     {len(status['tasks'])} of the application:",
            *(f"            {name}" for name in status["tasks"]),
            "  plugins   their tasks run beside the host; what comes here is given to it",
            "Ctrl-C ends it after the tasks that run; a second Ctrl-C at once.",
        ]
    )


def _stop(made: WorkerElsewhere, say: _Teller, at_once: threading.Event) -> None:
    running = made.status()["running"]
    say("info", f"ending after {running} running tasks" if running else "ending")
    stopping = threading.Thread(target=made.stop, name="stop", daemon=True)
    stopping.start()
    while stopping.is_alive() and not at_once.is_set():
        stopping.join(0.1)
    if stopping.is_alive():
        say("warning", "ended at once; what ran is done again by another worker")


class _Teller:
    """Prints what happens while it runs: a line each, JSON for scripts."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __call__(self, level: str, text: str) -> None:
        if self._output.json:
            self._output.record({"event": "log", "level": level, "text": text})
        else:
            self._output.note(f"{level}: {text}" if level in ("warning", "error") else text)
