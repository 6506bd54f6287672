"""Write docs/reference from the code: ``make docs-reference``. A test compares the two."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 92

CLI_INTRO = """\
# Commands

<!-- Written by scripts/reference.py from the code: `make docs-reference`. -->

Every command acts on the host whose data lies in one directory: `--data DIR`, else
`JACKFIELD_DATA`, else the user's data directory. While a host runs there, commands reach it
through its API and it knows of the change at once; otherwise they act on the data themselves.

`--data` and `--json` may stand before or after a command's name. With `--json` the result is one
JSON document on stdout (`logs` prints one a line), and a mistake is
`{"error": {"code", "message", …}}` on stderr. Without it a mistake is one line on stderr. Texts for
people may change between versions; JSON only gains fields, and the exit codes stay.

`NO_COLOR` turns colours off; without a terminal there are none. `JACKFIELD_DEBUG=1` shows the
traceback behind a mistake.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
"""

SETTINGS_INTRO = """\
# Settings

<!-- Written by scripts/reference.py from the code: `make docs-reference`. -->

A host is configured by `Config`, the command line fills it from options and from the environment.
The other tables are the bounds that protect the host, with their defaults.

## Environment

| variable | meaning |
| --- | --- |
"""

ENVIRONMENT = {
    "JACKFIELD_BROKER": "A Redis (`redis://…`) through which Dispatcharr's tasks go.",
    "JACKFIELD_REDIS": "A Redis for what Dispatcharr's plugins and streams keep in one; else "
    "that of `JACKFIELD_BROKER`, else the host's own.",
    "JACKFIELD_DISPATCHARR_ACTION_SECONDS": "How long an action of a Dispatcharr plugin may take; "
    "3600, and 0 for no limit.",
    "JACKFIELD_DISPATCHARR_CONFINE": "`0` confines Dispatcharr plugins to no folders.",
    "JACKFIELD_DISPATCHARR_ERA": "`seed` or `current`: which releases of Dispatcharr to follow.",
    "JACKFIELD_DISPATCHARR_FOLDERS": "Further folders that Dispatcharr plugins may write, "
    "separated by colons.",
    "JACKFIELD_DISPATCHARR_MEMORY_MIB": "Memory of a Dispatcharr plugin's process; 2048, and 0 for "
    "no limit.",
    "JACKFIELD_CACHE": "Where the sandbox engine's native code is kept, for all hosts of a user.",
    "JACKFIELD_DATABASE": "A PostgreSQL database (`postgresql://USER:PASSWORD@HOST/NAME`) in place "
    "of SQLite in the data directory; needs `jackfield[postgresql]`. The same for all commands.",
    "JACKFIELD_DEBUG": "Any value: show the traceback behind a mistake.",
    "NO_COLOR": "Any value: no colours.",
}
"""What is read elsewhere than by an option of a command."""


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Each command by its full name, with the context that its help needs."""
    from typer.main import get_command

    from jackfield.cli.app import app

    root = get_command(app)
    context = root.make_context("jackfield", [], resilient_parsing=True)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        inner = _context(command, name, context)
        yield f"jackfield {name}", command, inner
        for leaf_name, leaf in getattr(command, "commands", {}).items():
            yield f"jackfield {name} {leaf_name}", leaf, _context(leaf, leaf_name, inner)


def _context(command: Any, name: str, parent: Any) -> Any:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    context.terminal_width = WIDTH
    context.max_content_width = WIDTH
    return context


def cli_page() -> str:
    """``docs/reference/cli.md``."""
    from jackfield import errors
    from jackfield.cli.app import INTERRUPTED

    codes: dict[int, list[str]] = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.JackfieldError):
            first = (kind.__doc__ or "").split("\n\n")[0].split("\n")[0].rstrip(".")
            if kind is errors.JackfieldError:
                first = "Something else went wrong, or a check found a problem"
            codes.setdefault(kind.exit_code, []).append(f"`{kind.code}`: {first}")
    codes[errors.InvalidInput.exit_code].append("the command line cannot be understood")
    lines = [f"| {code} | {'; '.join(codes[code])} |" for code in sorted(codes)]
    lines.append(f"| {INTERRUPTED} | stopped by Ctrl-C (`serve` and `dev` end with 0) |")
    parts = [CLI_INTRO + "\n".join(lines), *_json_section()]
    for name, command, context in commands():
        help_text = command.get_help(context).rstrip()
        parts.append(f"## {name}\n\n```\n{help_text}\n```")
    return "\n\n".join(parts) + "\n"


def _json_section() -> Iterator[str]:
    from jackfield.plugins.states import PluginState

    yield "## A plugin as JSON"
    yield (
        "What `list`, `info`, `install`, `enable`, `disable`, `reload`, `update`, `rollback` and "
        "`uninstall` print for each plugin, and what the platform API answers. `info` adds "
        "`stats`, what was counted, and `actions`, what can be run."
    )
    meanings = _described(PluginState)
    rows = [
        f"| `{f.name}` | {_type(f.type)} | {meanings.get(f.name, '')} |"
        for f in dataclasses.fields(PluginState)
    ]
    rows.append(
        "| `asks` | list of objects | each permission with its `title`, its `risk` (`low`, "
        "`medium`, `high`) and the operator's `answer` (`granted`, `refused`, `open`); `granted`, "
        "the form that was granted, or null; and `lesser`, what may be granted in its place: "
        "`permission`, `title` and `risk` of each |"
    )
    yield "| field | type | meaning |\n| --- | --- | --- |\n" + "\n".join(rows)


def _type(annotation: object) -> str:
    text = str(annotation)
    return {"tuple[str, ...]": "list of texts", "str": "text", "str | None": "text or null",
            "bool": "true or false", "int": "number"}.get(text, text.lower())  # fmt: skip


def settings_page() -> str:
    """``docs/reference/settings.md``."""
    from jackfield.config import ChatSettings, Config
    from jackfield.plugins.archive.limits import ArchiveLimits
    from jackfield.sandbox import Limits

    found = dict(ENVIRONMENT)
    for name, command, _ in [*commands(), _root()]:
        for param in command.params:
            if param.envvar:
                found.setdefault(str(param.envvar), f"`{name} {param.opts[0]}`: {param.help}")
    rows = [f"| `{name}` | {text} |" for name, text in sorted(found.items())]
    parts = [SETTINGS_INTRO + "\n".join(rows)]
    for heading, kind in [
        ("Config: the host", Config),
        ("Limits: a sandboxed plugin", Limits),
        ("ArchiveLimits: a plugin's archive", ArchiveLimits),
        ("ChatSettings: the chat", ChatSettings),
    ]:
        meanings = _described(kind)
        lines = [
            f"| `{f.name}` | {_default(f)} | {meanings.get(f.name, '')} |"
            for f in dataclasses.fields(kind)
        ]
        table = "| name | default | meaning |\n| --- | --- | --- |\n" + "\n".join(lines)
        parts += [f"## {heading}", table]
    return "\n\n".join(parts) + "\n"


def _root() -> tuple[str, Any, None]:
    from typer.main import get_command

    from jackfield.cli.app import app

    return "jackfield", get_command(app), None


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default
    if not isinstance(field.default_factory, type(dataclasses.MISSING)):
        value = field.default_factory()
    if value in (None, (), {}, ""):
        return "unset"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _described(kind: type) -> dict[str, str]:
    """Each field's meaning: from ``:param name:`` of the docstring or the text below the field."""
    doc = inspect.getdoc(kind) or ""
    found = dict(
        re.findall(r"^:(?:param|ivar) (\w+): (.*?)(?=^:|\Z)", doc, re.MULTILINE | re.DOTALL)
    )
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    for before, after in zip(body.body, body.body[1:], strict=False):
        named = isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[before.target.id] = str(after.value.value)
    return {name: _markdown(text) for name, text in found.items()}


def _markdown(text: str) -> str:
    text = " ".join(text.split()).rstrip(".").replace("|", "\\|")
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text).replace("``", "`")
    return re.sub(r"(?<![\w*])\*(\w+)\*(?!\w)", r"`\1`", text)


API_INTRO = """\
# Platform API

<!-- Written by scripts/reference.py from the code: `make docs-reference`. -->

Everything that the command line can do with a running host, over HTTP under `/api/v1`. Each request
needs `Authorization: Bearer TOKEN` with the scope `ADMIN`; `jackfield token create NAME` makes one.
`/api/v1/openapi.json` is the description for programs.

A mistake is answered with its status and
`{"error": {"code", "message", "plugin", "file", "field", "hint"}}`; the places are there where they
are known. Codes are those of [the exit codes](cli.md#exit-codes), and: `unauthorized` (401, no
token or an unknown one), `too_large` (413). An archive is sent as `multipart/form-data` in the
field `file` and may have 50 MiB.

| request | does |
| --- | --- |
"""


def api_page() -> str:
    """``docs/reference/api.md``."""
    from fastapi import FastAPI

    from jackfield.config import Config
    from jackfield.host import Host
    from jackfield.web.api import api_router

    host = Host(Config(data_dir=None), dialects={})
    try:
        api = FastAPI()
        api.include_router(api_router(host))
        paths = api.openapi()["paths"]
    finally:
        host.stop()
    rows = [
        f"| `{method.upper()} {path}` | {_markdown(route.get('description', ''))} |"
        for path, methods in paths.items()
        for method, route in methods.items()
    ]
    return API_INTRO + "\n".join(rows) + "\n"


PAGES = {"api.md": api_page, "cli.md": cli_page, "settings.md": settings_page}


def main() -> None:
    """Write every page; say which changed."""
    folder = ROOT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        file, text = folder / name, page()
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            sys.stdout.write(f"wrote {file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
