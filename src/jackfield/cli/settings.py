"""``jackfield settings``: what an operator can set of a plugin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from msgspec import convert

from jackfield.cli.output import table
from jackfield.cli.session import Session
from jackfield.errors import InvalidInput
from jackfield.plugins.settings import SettingField

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
            found = operator.set_settings(slug, values)
            for doubt in _doubts(values, found["fields"], slug) if found["open"] else ():
                session.output.note(f"{doubt}; it is set all the same.")
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


def _doubts(values: dict[str, Any], fields: list[dict[str, Any]], slug: str) -> Iterator[str]:
    """What of *values* the plugin does not declare, or declares otherwise, though it takes it."""
    declared = {field["id"]: field for field in fields}
    for key, value in values.items():
        if key not in declared:
            yield f"{slug} declares no setting {key!r}"
            continue
        if value is None:  # back to its default
            continue
        try:
            convert(declared[key], SettingField).check(value, plugin=slug)
        except InvalidInput as error:
            yield str(error)


def _value(value: Any, field: dict[str, Any]) -> str:
    if field["secret"]:
        return "(set)" if value["set"] else "(not set)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
