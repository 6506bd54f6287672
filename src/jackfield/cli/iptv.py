"""``jackfield iptv``: playlists, guides and Xtream servers, and the channels made of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jackfield.cli.output import table
from jackfield.cli.session import Session
from jackfield.errors import InvalidInput

if TYPE_CHECKING:
    from jackfield.cli.operator import Operator

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    help="Playlists, guides and Xtream servers, and the channels made of them.",
)

DIALECT = "dispatcharr"
JSON = dict[str, Any]


@app.command("import")
def import_(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="A playlist, a guide, or an Xtream server.")
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it; one of that name is changed.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="m3u, epg or xtream; guessed unless given."),
    ] = None,
    username: Annotated[str | None, typer.Option(help="For an Xtream server.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read its password from standard input.")
    ] = False,
    every: Annotated[
        int | None,
        typer.Option(metavar="HOURS", min=0, max=8760, help="Refresh it as often; 0 for never."),
    ] = None,
    channels: Annotated[
        bool,
        typer.Option("--channels", help="Make a channel of every stream, also of later ones."),
    ] = False,
) -> None:
    """Add a playlist (M3U), a guide (XMLTV) or an Xtream server, and read it.

    Files may be packed with gzip, xz or zip. What cannot be read stays listed with its error, and
    nothing else is changed: 'jackfield iptv refresh NAME' tries again.
    """
    from jackfield.dialects.dispatcharr.iptv.kinds import is_address, kind_of, name_of

    session = Session.of(ctx)
    password = _password() if password_stdin else ""
    found = kind_of(source, kind or "", login=bool(username))
    place = source if is_address(source) else str(Path(source).expanduser().absolute())
    with session.operator() as operator:
        target = operator.operate(
            DIALECT,
            "add",
            {
                "kind": found,
                "source": place,
                "name": name or name_of(source),
                "username": username or "",
                "password": password,
                "interval_hours": every,
                "channels": channels,
            },
        )
        if target["created"]:
            session.output.note(f"added {target['name']}")
        done = _refresh(operator, session, [target])
    _finish(session, done)


@app.command()
def refresh(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Of an account or guide; all that are on without."),
    ] = None,
) -> None:
    """Read accounts and guides again."""
    session = Session.of(ctx)
    with session.operator() as operator:
        done = _refresh(operator, session, operator.operate(DIALECT, "find", {"name": name or ""}))
    if not done:
        session.output.result([], "Nothing to refresh: add something with 'jackfield iptv import'.")
        return
    _finish(session, done)


@app.command()
def accounts(ctx: typer.Context) -> None:
    """List the accounts that streams come from."""
    session = Session.of(ctx)
    with session.operator() as operator:
        found = operator.operate(DIALECT, "accounts", {})
    rows = [
        (a["name"], a["type"], a["status"], a["streams"], a["groups"], _when(a), a["message"])
        for a in found
    ]
    lines = table(rows, ("NAME", "TYPE", "STATUS", "STREAMS", "GROUPS", "UPDATED", ""))
    empty = "No accounts: add one with 'jackfield iptv import FILE|URL'."
    session.output.result(found, lines or empty)


@app.command()
def sources(ctx: typer.Context) -> None:
    """List the guides."""
    session = Session.of(ctx)
    with session.operator() as operator:
        found = operator.operate(DIALECT, "sources", {})
    rows = [
        (s["name"], s["type"], s["status"], s["channels"], s["mapped"], s["programs"], _when(s),
         s["message"])
        for s in found
    ]  # fmt: skip
    header = ("NAME", "TYPE", "STATUS", "CHANNELS", "MAPPED", "PROGRAMMES", "UPDATED", "")
    empty = "No guides: add one with 'jackfield iptv import FILE|URL --type epg'."
    session.output.result(found, table(rows, header) or empty)


@app.command()
def channels(
    ctx: typer.Context,
    search: Annotated[str | None, typer.Argument(help="Part of their names.")] = None,
    group: Annotated[str | None, typer.Option(help="Only those of this group.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 100,
) -> None:
    """List the channels by their numbers."""
    session = Session.of(ctx)
    asked = {"search": search or "", "group": group or "", "limit": limit}
    with session.operator() as operator:
        found = operator.operate(DIALECT, "channels", asked)
    rows = [
        ("" if c["number"] is None else f"{c['number']:g}", c["name"], c["group"], c["guide"],
         c["streams"])
        for c in found["channels"]
    ]  # fmt: skip
    empty = "No channels." if not (search or group) else "No channel fits."
    lines = table(rows, ("NUMBER", "NAME", "GROUP", "GUIDE", "STREAMS"))
    session.output.result(found, lines or empty)
    if found["total"] > len(rows):
        session.output.note(f"{len(rows)} of {found['total']}; more with --limit")


@app.command()
def match(ctx: typer.Context) -> None:
    """Find guides for the channels that have none, by tvg-id and by name."""
    from jackfield.cli.job_view import follow

    session = Session.of(ctx)
    with session.operator() as operator:
        job = follow(operator, session.output, operator.operate(DIALECT, "match", {}))
    if job["state"] != "done":
        _finish(session, [{"name": "match", "job": job}])
    found = job["result"]
    rows = [(c["name"], c["how"]) for c in found["channels"]]
    session.output.result(found, [*table(rows), found["message"]])


@app.command()
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of an account or guide.")],
) -> None:
    """Remove an account or guide, and all that came from it."""
    session = Session.of(ctx)
    with session.operator() as operator:
        removed = operator.operate(DIALECT, "remove", {"name": name})
    session.output.result(removed, f"removed {name}")


def _refresh(operator: Operator, session: Session, targets: list[JSON]) -> list[JSON]:
    """Refresh one after another; the jobs, ended."""
    from jackfield.cli.job_view import follow

    done = []
    for target in targets:
        asked = {key: target[key] for key in ("kind", "id", "name")}
        job = operator.operate(DIALECT, "refresh", asked)
        done.append({**target, "job": follow(operator, session.output, job)})
    return done


def _finish(session: Session, done: list[JSON]) -> None:
    """Say how it went, and exit with 1 if anything went wrong."""
    lines = []
    for target in done:
        job = target["job"]
        said = job["message"] if job["state"] == "done" else job["error"] or job["state"]
        lines.append(f"{target['name']}: {said}")
        target["counts"] = (job["result"] or {}).get("counts", {})
        target["status"] = "success" if job["state"] == "done" else "error"
        target["message"] = said
    session.output.result(done[0] if len(done) == 1 else done, lines)
    if any(target["job"]["state"] != "done" for target in done):
        raise typer.Exit(1)


def _password() -> str:
    text = sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise InvalidInput("standard input is empty", field="--password-stdin")
    return text


def _when(item: JSON) -> str:
    return (item["updated"] or "never").replace("T", " ")[:16]
