"""What one run of the command line was told: which data, and for whom the output is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from jackfield.cli.output import Output

if TYPE_CHECKING:
    from jackfield.cli.operator import Operator


@dataclass(slots=True)
class Session:
    """The options that every command shares; they may stand before or after its name."""

    data: Path | None = None
    json: bool = False

    @classmethod
    def of(cls, ctx: typer.Context) -> Session:
        """The session of this run."""
        return ctx.ensure_object(cls)

    @property
    def data_dir(self) -> Path:
        """Where the host keeps everything, as an absolute path."""
        from jackfield.config import default_data_dir

        return (self.data or default_data_dir()).expanduser().absolute()

    @property
    def output(self) -> Output:
        return Output(json=self.json)

    @contextmanager
    def operator(self) -> Iterator[Operator]:
        """Act on the host of :attr:`data_dir`, whether it runs now or not."""
        from jackfield.cli.operator import open_operator

        with open_operator(self.data_dir) as operator:
            yield operator


def keep_data(ctx: typer.Context, value: Path | None) -> None:
    """Callback of the option ``--data``, wherever it stands."""
    if value is not None:
        Session.of(ctx).data = value


def keep_json(ctx: typer.Context, value: bool) -> None:
    """Callback of the option ``--json``, wherever it stands."""
    if value:
        Session.of(ctx).json = True


_options = typer.Typer(add_completion=False, rich_markup_mode=None)


@_options.command(add_help_option=False)
def _shared(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            callback=keep_data,
            expose_value=False,
            help="Where the host keeps everything.",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json", callback=keep_json, expose_value=False, help="Print JSON for scripts."
        ),
    ] = False,
) -> None: ...


@cache
def _params() -> tuple[Any, ...]:
    return tuple(get_command(_options).params)


def shared_options() -> list[Any]:
    """The options that each command accepts besides its own."""
    return list(_params())
