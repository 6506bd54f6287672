"""``jackfield completion``: tab completion for a shell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Shell(StrEnum):
    """Shells that Typer writes completion for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@app.command()
def completion(
    shell: Annotated[Shell, typer.Argument(help="The shell to complete in.")] = Shell.BASH,
) -> None:
    """Print the script that makes a shell complete this program's commands.

    For bash: jackfield completion bash >> ~/.bashrc
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    from jackfield.cli.app import COMPLETE

    typer.echo(
        get_completion_script(prog_name="jackfield", complete_var=COMPLETE, shell=shell.value)
    )
