"""``jackfield token``: tokens by which programs use the platform API."""

from __future__ import annotations

from typing import Annotated

import typer

from jackfield.cli.output import table
from jackfield.cli.session import Session

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, help="Tokens by which programs use the API."
)


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="ADMIN or MODERATOR; ADMIN unless given."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="For how long; for ever unless given.")
    ] = None,
) -> None:
    """Make a token. Its secret is printed this once."""
    session = Session.of(ctx)
    with session.operator() as operator:
        token = operator.create_token(name, scope or ["ADMIN"], days)
    session.output.result(token, token["token"])
    session.output.note(f"{name}: {', '.join(token['scopes'])}; it is not shown again")


@app.command("list")
def list_tokens(ctx: typer.Context) -> None:
    """List the tokens, without their secrets."""
    session = Session.of(ctx)
    with session.operator() as operator:
        tokens = operator.tokens()
    rows = [
        (t["id"], t["name"], " ".join(t.get("scopes", [])), t.get("expiresAt") or "never")
        for t in tokens
    ]
    session.output.result(tokens, table(rows, ("ID", "NAME", "SCOPES", "EXPIRES")) or "No tokens.")


@app.command()
def revoke(
    ctx: typer.Context, token_id: Annotated[str, typer.Argument(metavar="ID", help="Its id.")]
) -> None:
    """Make a token worthless."""
    session = Session.of(ctx)
    with session.operator() as operator:
        revoked = operator.revoke_token(token_id)
    session.output.result(revoked, f"revoked {token_id}")
