"""``jackfield test``: play a plugin's scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jackfield.cli.output import indent, paint, plain
from jackfield.cli.session import Session
from jackfield.errors import InvalidInput

if TYPE_CHECKING:
    from jackfield.plugins.logs import LogLine
    from jackfield.plugins.scenario import ScenarioResult

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def test(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The plugin's folder.")] = Path(),
    dialect: Annotated[
        str | None, typer.Option("--dialect", "-d", metavar="NAME", help="If it cannot be told.")
    ] = None,
) -> None:
    """Build a plugin and play its scenarios, __tests__/*.test.json.

    Each runs on a host of its own, with services that write down what the plugin does with them.
    The exit code is 1 if the plugin does not load or a scenario fails.
    """
    from jackfield.cli.authors import dialect_of
    from jackfield.config import default_cache_dir
    from jackfield.plugins.scenario import play_scenarios
    from jackfield.scenarios import stage_maker
    from jackfield.services.engine import SandboxEngine

    output = Session.of(ctx).output
    chosen = dialect_of(folder, dialect)
    scenarios = getattr(chosen, "scenarios", None)
    if scenarios is None:
        raise InvalidInput(f"plugins of {chosen.title} have no scenarios", file=str(folder))

    def say(text: str) -> None:
        if not output.json:  # for scripts the report at the end says it all
            output.lines([text])

    def show_failure(slug: str, line: LogLine) -> None:
        if line.level == "error":
            say(f"[{slug}] {plain(line.text, lines=True)}")

    def show(result: ScenarioResult) -> None:
        title = f"{result.file} :: {result.name}" if result.name else result.file
        mark = paint("ok") + "   " if result.passed else paint("FAIL") + " "
        say(f"{mark} {plain(title)}")
        for error in result.errors:
            say(indent(plain(error, lines=True), " " * 6))
        for note in result.notes:
            say(f"      note: {plain(note)}")

    engine = SandboxEngine(default_cache_dir(), lambda line: output.note(f"sandbox engine: {line}"))
    make_stage = stage_maker(chosen.name, engine, show_failure)
    with scenarios(folder.resolve(), make_stage) as script:
        report = play_scenarios(folder.resolve(), script, show)
    if report.load_error:
        say(f"{paint('FAIL')}  it does not load: {plain(report.load_error, lines=True)}")
    output.result(report.to_dict(), f"{report.passed} of {len(report.results)} passed")
    if not report.ok:
        raise typer.Exit(1)
