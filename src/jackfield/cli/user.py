"""``jackfield user``: people and what they may do."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.output import table
from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="People and what they may do.")

Who = Annotated[str, typer.Argument(metavar="NAME", help="The name in the chat, or the user's id.")]


@app.command("list")
def list_users(ctx: typer.Context) -> None:
    """List everybody who has been here."""
    session = Session.of(ctx)
    with session.operator() as operator:
        users = operator.users()
    rows = [
        (u["id"], u["displayName"], " ".join(u.get("scopes", [])),
         "banned" if u.get("disabledAt") else "", u.get("createdAt", ""))
        for u in users
    ]  # fmt: skip
    lines = table(rows, ("ID", "NAME", "SCOPES", "", "SINCE"))
    session.output.result(users, lines or "Nobody has been here yet.")


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The name in the chat.")],
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator.")] = False,
) -> None:
    """Make a person known, and print the secret by which the page knows them."""
    session = Session.of(ctx)
    with session.operator() as operator:
        user = operator.create_user(name, ["ADMIN"] if admin else [])
    session.output.result(
        user, [f"created {user['displayName']} ({user['id']})", f"token: {user['token']}"]
    )


@app.command("admin")
def make_admin(
    ctx: typer.Context,
    name: Who,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the right away.")] = False,
) -> None:
    """Make somebody an administrator."""
    _scope(ctx, name, "ADMIN", revoke=revoke)


@app.command()
def moderator(
    ctx: typer.Context,
    name: Who,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the right away.")] = False,
) -> None:
    """Make somebody a moderator, who can hide messages, kick and ban."""
    _scope(ctx, name, "MODERATOR", revoke=revoke)


@app.command()
def ban(
    ctx: typer.Context,
    name: Who,
    reason: Annotated[str, typer.Option(help="Why; kept with the ban.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Let them in again.")] = False,
) -> None:
    """Ban somebody from the chat, or let them in again."""
    session = Session.of(ctx)
    with session.operator() as operator:
        user = operator.change_user(name, banned=not lift, reason=reason)
    session.output.result(user, f"{user['displayName']} is {'welcome again' if lift else 'banned'}")


@app.command("admin-link")
def admin_link(ctx: typer.Context) -> None:
    """Make a link that makes whoever opens it first an administrator."""
    from jackfield.cli.operator import running_host

    session = Session.of(ctx)
    with session.operator() as operator:
        made = operator.admin_link()
    info = running_host(session.data_dir)
    made["path"] = f"/#claim={made['claim']}"
    made["url"] = f"http://{info['host']}:{info['port']}{made['path']}" if info else None
    session.output.result(
        made, made["url"] or f"Open {made['path']} on the host's page, once it runs."
    )


def _scope(ctx: typer.Context, name: str, scope: str, *, revoke: bool) -> None:
    session = Session.of(ctx)
    with session.operator() as operator:
        if revoke:
            user = operator.change_user(name, remove_scopes=[scope])
        else:
            user = operator.change_user(name, add_scopes=[scope])
    now = " and ".join(user.get("scopes", [])) or "no special rights"
    session.output.result(user, f"{user['displayName']} has {now}")
