"""``jackfield run``: have a plugin do what it can be told to do."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from jackfield.cli.output import plain, table
from jackfield.cli.session import Session
from jackfield.errors import ConfirmationNeeded, InvalidInput, JackfieldError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def run(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    action: Annotated[
        str | None,
        typer.Argument(metavar="ACTION", help="Which action; without it, those that there are."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            metavar="KEY=VALUE",
            help="A parameter; the value is read as JSON if it is some, else as text.",
        ),
    ] = None,
    params_json: Annotated[
        str | None,
        typer.Option("--params-json", metavar="OBJECT", help="All parameters as a JSON object."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask what the action would ask first.")
    ] = False,
    background: Annotated[
        bool, typer.Option("--background", help="Do not wait for its end; see 'jackfield jobs'.")
    ] = False,
) -> None:
    """Run an action of a plugin, show what it says, and wait for its end.

    Ctrl-C cancels it. Exit code 1: it failed, or its result says so.
    """
    from jackfield.cli.job_view import exit_code, follow, outcome

    session = Session.of(ctx)
    with session.operator() as operator:
        if action is None:
            actions = operator.actions(slug)
            session.output.result(actions, _listed(slug, actions))
            return
        params = parse_params(param or (), params_json)
        try:
            job = operator.run(slug, action, params, confirm=yes, background=True)
        except JackfieldError as error:
            title, question = _question(error)
            _ask(session, slug, action, title, question)
            job = operator.run(slug, action, params, confirm=True, background=True)
        if background:
            session.output.result(job, f"job {job['id']} runs: jackfield jobs {job['id']} --follow")
            return
        job = follow(operator, session.output, job)
    session.output.result(job, outcome(job))
    raise typer.Exit(exit_code(job))


def _listed(slug: str, actions: list[dict[str, Any]]) -> list[str]:
    rows = [
        (one["id"], one["label"], "asks first" if one["confirm"] else "", one["description"])
        for one in actions
    ]
    return table(rows, ("ACTION", "", "", "")) or [f"{slug} has no actions."]


def _question(error: JackfieldError) -> tuple[str, str]:
    """What the action asks, if that is why it does not run."""
    found = error.to_dict()
    if found.get("code") != ConfirmationNeeded.code:
        raise error
    return found["title"], found["question"]


def _ask(session: Session, slug: str, action: str, title: str, question: str) -> None:
    if session.json or not sys.stdin.isatty():
        raise ConfirmationNeeded(title, question, plugin=slug, action=action)
    if title:
        session.output.lines([typer.style(plain(title), bold=True)])
    if not typer.confirm(plain(question or "Run it?"), default=False):
        session.output.note("not confirmed; nothing was run")
        raise typer.Exit(ConfirmationNeeded.exit_code)


def parse_params(pairs: Any, whole: str | None) -> dict[str, Any]:
    """Parameters from ``KEY=VALUE`` and a JSON object; the former win.

    :raises InvalidInput: neither.
    """
    params: dict[str, Any] = {}
    if whole is not None:
        try:
            params = json.loads(whole)
        except ValueError as error:
            raise InvalidInput(f"is not JSON: {error}", field="--params-json") from None
        if not isinstance(params, dict):
            raise InvalidInput(f"expected an object, found {whole}", field="--params-json")
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(f"expected KEY=VALUE, found {pair!r}", field="--param")
        try:
            params[key] = json.loads(value)
        except ValueError:
            params[key] = value
    return params
