"""The root of the command line: which commands there are, and how a run of one ends.

A command is the module ``jackfield.cli.<name>`` with a Typer application called ``app``. Modules
are imported when their command is used, and import what is heavy inside their functions.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_install_completion_arguments

from jackfield.cli.output import Output
from jackfield.cli.session import Session, keep_data, keep_json, shared_options
from jackfield.errors import JackfieldError

SECTIONS: dict[str, tuple[str, ...]] = {
    "Run a host": ("serve", "worker", "doctor", "user", "token", "engine"),
    "Manage plugins": (
        "install", "list", "info", "enable", "disable", "reload", "update", "rollback",
        "uninstall", "settings", "run", "jobs", "logs",
    ),
    "Dispatcharr": ("iptv",),
    "Write plugins": ("new", "dev", "build", "test", "package", "tengo"),
    "This program": ("completion",),
}  # fmt: skip
"""Every command, by the heading under which ``--help`` lists it."""

COMPLETE = "_JACKFIELD_COMPLETE"
"""Set by the script that ``jackfield completion`` prints, to ask for what fits."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class LazyGroup(TyperGroup):
    """A group that imports the module of a command when that command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - its parent's signature
        every = [name for names in SECTIONS.values() for name in names]
        return [name for name in every if _module_exists(name)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands and cmd_name in self.list_commands(ctx):
            module = importlib.import_module(f"jackfield.cli.{cmd_name}")
            command = get_command(module.app)
            command.name = cmd_name
            command.no_args_is_help = hasattr(command, "commands")
            for leaf in getattr(command, "commands", {"": command}).values():
                leaf.params += shared_options()
            self.commands[cmd_name] = command
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # Only for a mistyped name are all commands loaded: the suggestion needs their names.
        if args and args[0] not in self.list_commands(ctx):
            for name in self.list_commands(ctx):
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        there = set(self.list_commands(ctx))
        width = max(map(len, there))
        for heading, names in SECTIONS.items():
            rows = [
                (name.ljust(width), self.get_command(ctx, name).get_short_help_str(76))
                for name in names
                if name in there
            ]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _module_exists(command: str) -> bool:
    return importlib.util.find_spec(f"jackfield.cli.{command}") is not None


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"jackfield {version('jackfield')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    data: Annotated[  # noqa: ARG001 - what its callback keeps; so the next two
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            envvar="JACKFIELD_DATA",
            callback=keep_data,
            help="Where the host keeps everything.",
        ),
    ] = None,
    json: Annotated[  # noqa: ARG001
        bool, typer.Option("--json", callback=keep_json, help="Print JSON for scripts.")
    ] = False,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """One host that runs the plugins of five self-hosted media ecosystems, side by side.

    Start it with 'jackfield serve'. The other commands work while it runs and while it does not.
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def run(args: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. No mistake of a user ends in a traceback."""
    session = Session()
    if COMPLETE in os.environ:
        # Typer knows the shells only once these two options were made, which we do not offer.
        get_install_completion_arguments()
    try:
        result = get_command(app).main(
            args, prog_name="jackfield", standalone_mode=False, obj=session
        )
    except JackfieldError as error:
        _explain()
        Output(json=session.json).error(error)
        return error.exit_code
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of a group, such as 'jackfield user'
            typer.echo(error.ctx.get_help())  # type: ignore[attr-defined]
            return 0
        Output(json=session.json).usage_error(error.format_message(), _usage_hint(error))
        return error.exit_code
    except typer.Abort:
        Output().note("aborted")
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:
        _explain()
        Output(json=session.json).error(_of_surroundings(error))
        return 6
    except Exception as error:  # noqa: BLE001 - ours: say so in one line, and how to report it
        _explain()
        Output(json=session.json).internal_error(error)
        return 1
    return result if isinstance(result, int) else 0


def _explain() -> None:
    """With JACKFIELD_DEBUG set, print the traceback that is kept from everybody else."""
    if os.environ.get("JACKFIELD_DEBUG"):
        traceback.print_exc()


def _of_surroundings(error: OSError) -> JackfieldError:
    from jackfield.errors import SurroundingsError

    message = (error.strerror or str(error)).lower()
    return SurroundingsError(message, file=str(error.filename) if error.filename else None)


def _usage_hint(error: Any) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "jackfield"
    return f"see '{path} --help'"
