"""``jackfield jobs``: what is done in the background, and how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def jobs(
    ctx: typer.Context,
    job_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Which one; without it, the newest.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show what it says until it has ended.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Ask it to end.")] = False,
    plugin: Annotated[
        str | None, typer.Option("--plugin", metavar="PLUGIN", help="Only those of this plugin.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", metavar="STATE", help="Only queued, running, done, failed or cancelled ones."
        ),
    ] = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=500, help="How many of the newest.")
    ] = 20,
) -> None:
    """List jobs, whichever plugin started them; show, follow or cancel one.

    With --follow the exit code is that of the job: 1 when it failed, 130 when it was cancelled.
    """
    from jackfield.cli import job_view

    session = Session.of(ctx)
    with session.operator() as operator:
        if job_id is None:
            if follow or cancel:
                raise typer.BadParameter("--follow and --cancel need the ID of a job")
            found = operator.jobs(plugin=plugin, state=state, limit=lines)
            session.output.result(found, job_view.job_table(found) or "There are no jobs.")
            return
        job = operator.cancel_job(job_id) if cancel else operator.job(job_id)
        if follow:
            job = job_view.follow(operator, session.output, job)
            session.output.result(job, job_view.outcome(job))
            raise typer.Exit(job_view.exit_code(job))
        if cancel:
            session.output.result(job, f"job {job['id']} is {_now(job['state'])}")
            return
        log = operator.job_log(job_id)
    session.output.result({**job, "log": log}, job_view.job_lines(job, log))


def _now(state: str) -> str:
    return "being cancelled" if state == "running" else state
