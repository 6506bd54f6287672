"""How a script failed: the answer that the client gets, and the one line in the plugin's log."""

from __future__ import annotations

import re
from pathlib import Path

from jackfield.dialects.servemsx.answer import Answer
from jackfield.plugins.dialect import PluginFailure
from jackfield.tengo import CompileError, RunError, TengoError, TimeLimitError
from jackfield.tengo.values import escaped, unescaped

_LIMITS = re.compile(
    r"exceeding|limit exceeded|stack overflow|out of memory|keeps at most|answer is above"
)
_LINES = re.compile(r"\s*\n\s*")


class ScriptFailed(PluginFailure):
    """A script ended with a failure.

    :param answer: what the client gets.
    """

    answer: Answer

    @classmethod
    def of(
        cls, error: TengoError, answer: Answer, *, plugin: str, call: str, script: str, root: Path
    ) -> ScriptFailed:
        """The failure with each place as ``file:line:col``, innermost first."""
        kind = "raised"
        if isinstance(error, TimeLimitError):
            kind = "timeout"
        elif isinstance(error, RunError) and _LIMITS.search(error.message):
            kind = "limit"
        places = [place(one, script, root) for one in error.positions]
        text = f"{error.kind}: {error.message}"
        line = _LINES.sub(" ", text if not places else f"{text} at {', '.join(places[:5])}")
        failed = cls(
            line,
            plugin=plugin,
            call=call,
            kind=kind,  # type: ignore[arg-type]
            file=places[0] if places else script,
        )
        failed.answer = answer
        return failed


def place(position: str, script: str, root: Path) -> str:
    """A position of the language as one inside of the plugin: ``lib/x.tengo:3:5``."""
    if position.startswith("(main)"):
        return position.replace("(main)", script, 1)
    return position.removeprefix(f"{root}/")


def native_text(error: TengoError) -> bytes:
    """The text that the client gets, as the original's engine words it."""
    return escaped(unescaped(str(error))).encode("utf-8", "surrogateescape")


__all__ = ["CompileError", "ScriptFailed", "native_text", "place"]
