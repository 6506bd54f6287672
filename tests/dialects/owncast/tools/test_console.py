from __future__ import annotations

import io

from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.plugins.logs import LogLine


def test_prints_entries_and_failures_are_shown_once() -> None:
    out = io.StringIO()
    console = TerminalConsole("[{level} from plugin {slug}]", out)
    console.printed("bot", "a line")
    console.watch("bot", LogLine(1, "", "info", "a line"))
    console.logged("bot", "error", "careful")
    console.watch("bot", LogLine(2, "", "error", "careful"))
    console.watch("bot", LogLine(3, "", "error", "event tick: ValueError"))
    assert out.getvalue().splitlines() == [
        "[bot] a line",
        "[error from plugin bot] careful",
        "[bot] event tick: ValueError",
    ]


def test_the_usual_label_is_the_slug() -> None:
    out = io.StringIO()
    TerminalConsole(stream=out).logged("bot", "info", "hi")
    assert out.getvalue() == "[bot] hi\n"
