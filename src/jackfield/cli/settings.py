"""``jackfield settings``: what an operator can set of a plugin."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from jackfield.cli.output import table
from jackfield.cli.session import Session
from jackfield.errors import InvalidInput

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def settings(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's slug.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="What to set.", show_default=False),
    ] = None,
) -> None:
    """Show a plugin's settings, or set some of them.

    A value is read as the setting's type wants it: true, 3.5, text, or JSON. Some plugins also
    take settings that they do not declare.
    """
    session = Session.of(ctx)
    with session.operator() as operator:
        found = operator.settings(slug)
        if changes:
            types = {field["id"]: field["type"] for field in found["fields"]}
            values = dict(_change(text, types, slug, found["open"]) for text in changes)
            for key in values.keys() - types.keys() if found["open"] else ():
                session.output.note(f"{slug} declares no setting {key!r}; it is set all the same.")
            found = operator.set_settings(slug, values)
    rows = [
        (f["id"], _value(found["values"].get(f["id"]), f), f["label"] or f["description"])
        for f in found["fields"]
        if f["type"] != "info"
    ]
    declared = {f["id"] for f in found["fields"]}
    rows += [
        (key, json.dumps(value, ensure_ascii=False), "(not declared)")
        for key, value in found["values"].items()
        if key not in declared
    ]
    lines = table(rows, ("SETTING", "VALUE", ""))
    session.output.result(found, lines or f"{slug} has no settings.")


def _change(text: str, types: dict[str, str], slug: str, any_id: bool = False) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"expected KEY=VALUE, found {text!r}", plugin=slug)
    kind = types.get(key, "json" if any_id else None)
    if kind in ("boolean", "number", "json"):
        try:
            return key, json.loads(value)
        except ValueError:
            pass  # the schema says what was expected
    return key, value


def _value(value: Any, field: dict[str, Any]) -> str:
    if field["secret"]:
        return "(set)" if value["set"] else "(not set)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
