"""``jackfield enable``: approve what a plugin asks for, and start it."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal, cast

import typer

from jackfield.cli.output import paint
from jackfield.cli.permissions import asked_permissions, parse_grant
from jackfield.cli.session import Session
from jackfield.cli.standing import standing
from jackfield.errors import ApprovalNeeded

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def enable(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    grant: Annotated[
        str | None,
        typer.Option(
            metavar="all|LIST",
            help="Grant all that it asks for, or these (separated by commas), without asking.",
        ),
    ] = None,
) -> None:
    """Enable a plugin: show what it asks for, ask, and start it.

    Where nobody can be asked (in a script, or with --json), permissions that were not granted
    before need --grant; without it nothing changes and the exit code is 5.
    """
    session = Session.of(ctx)
    with session.operator() as operator:
        plugin = operator.plugin(slug)
        missing = [a["permission"] for a in plugin["asks"] if a["answer"] == "open"]
        wanted: list[str] | Literal["all"] | None = None
        if grant is not None:
            wanted = cast("list[str] | Literal['all']", parse_grant(grant))
        elif missing:
            wanted = _ask(session, plugin, missing)
        if operator.info()["engine"]["state"] == "compiling":  # loading takes a moment only
            session.output.note("The sandbox engine is being made ready, once; this waits for it.")
        plugin = operator.enable(slug, wanted)
    session.output.result(plugin, _outcome(plugin))
    if plugin["state"] == "failed":
        raise typer.Exit(1)


def _ask(session: Session, plugin: dict[str, Any], missing: list[str]) -> Literal["all"]:
    slug = plugin["slug"]
    if session.json or not sys.stdin.isatty():
        raise ApprovalNeeded(
            f"asks for permissions that are not granted: {', '.join(missing)}",
            plugin=slug,
            hint=f"jackfield enable {slug} --grant all, or --grant with those you allow",
        )
    session.output.lines([f"{plugin['name']} {plugin['version']} by {plugin['author'] or '?'}"])
    session.output.lines(asked_permissions(plugin, open_only=True))
    if not typer.confirm("Allow this?", default=False):
        raise ApprovalNeeded("was not approved; nothing changed", plugin=slug)
    return "all"


def _outcome(plugin: dict[str, Any]) -> list[str]:
    state = plugin["state"]
    if state in ("running", "starting"):
        return [f"{plugin['slug']} is {paint(state)}"]
    if (stands := standing(plugin)) != state:
        return [f"{plugin['slug']} is {stands} (jackfield serve)"]
    why = plugin["reason"] or plugin["last_error"] or "its log says why"
    return [f"{plugin['slug']} is {paint(state)}: {why}"]
