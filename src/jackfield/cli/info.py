"""``jackfield info``: all about one plugin."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jackfield.cli.output import indent, table
from jackfield.cli.permissions import asked_permissions
from jackfield.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def info(
    ctx: typer.Context,
    slug: Annotated[
        str | None,
        typer.Argument(metavar="PLUGIN", help="The plugin's slug."),
    ] = None,
) -> None:
    """Show all about a plugin; without one, about the host."""
    session = Session.of(ctx)
    with session.operator() as operator:
        if slug is None:
            host = operator.info()
            session.output.result(host, _host(host))
            return
        plugin = operator.plugin(slug)
        plugin["stats"] = operator.stats(slug)
        plugin["actions"] = operator.actions(slug)
    session.output.result(plugin, _plugin(plugin))


def _plugin(plugin: dict[str, Any]) -> list[str]:
    stats = plugin["stats"]
    counts = ("calls", "errors", "timeouts", "limits", "dropped_events")
    facts = [
        ("state", plugin["state"]),
        ("why", plugin["reason"] or plugin["last_error"]),
        ("version", plugin["version"]),
        ("dialect", plugin["dialect"]),
        ("author", plugin["author"]),
        ("homepage", plugin["homepage"]),
        ("installed", plugin["installed_at"]),
        ("settings", plugin["settings_count"] or ""),
        ("waiting", plugin["pending_version"] or ""),
        ("kept versions", ", ".join(plugin["versions"])),
        ("counted", ", ".join(f"{stats[c]} {c.replace('_', ' ')}" for c in counts)),
    ]
    return [
        f"{plugin['name']} ({plugin['slug']})",
        *([plugin["description"]] if plugin["description"] else []),
        "",
        *table([fact for fact in facts if fact[1]]),
        "",
        *asked_permissions(plugin),
        *_actions(plugin),
        *(f"note: {warning}" for warning in plugin["warnings"]),
    ]


def _actions(plugin: dict[str, Any]) -> list[str]:
    if not plugin["actions"]:
        return []
    rows = [(action["id"], action["label"]) for action in plugin["actions"]]
    return [
        f"Actions (jackfield run {plugin['slug']} ACTION):",
        *(indent(line) for line in table(rows)),
    ]


def _host(host: dict[str, Any]) -> list[str]:
    states = ", ".join(f"{count} {state}" for state, count in host["plugins"].items())
    return table(
        [
            ("version", host["version"]),
            ("python", host["python"]),
            ("data", host["data"]),
            ("dialects", ", ".join(d["name"] for d in host["dialects"])),
            ("plugins", states or "none"),
            ("engine", f"{host['engine']['state']} {host['engine']['progress']}".strip()),
            ("safe mode", "on" if host["safe_mode"] else "off"),
        ]
    )
