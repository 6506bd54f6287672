"""What ``jackfield tengo`` and ``python -m jackfield.tengo`` do, without any command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jackfield.tengo.errors import CompileError, TengoError
from jackfield.tengo.format import format_source
from jackfield.tengo.limits import Limits
from jackfield.tengo.program import compile as compile_tengo

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jackfield.tengo.program import Globals, Program


class ScriptNotFound(TengoError):
    """There is no such script, or it cannot be read."""

    code = "tengo_not_found"
    kind = "Error"
    exit_code = 2


def read_script(path: Path) -> bytes:
    """The text of a script; a ``#!`` line becomes a comment. Raises :class:`ScriptNotFound`."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ScriptNotFound(f"cannot read {path}: {error.strerror}") from None
    return b"//" + source[2:] if source.startswith(b"#!") else source


def load(path: Path, *, level: str = "2.10", limits: Limits | None = None) -> Program:
    """Compile a script with the whole standard library and imports from its own folder.

    Raises :class:`CompileError` and :class:`ScriptNotFound`.
    """
    return compile_tengo(
        read_script(path),
        name=path.name,
        stdlib="all",
        import_dir=path.absolute().parent,
        limits=limits,
        level=level,
    )


def run_script(
    path: Path,
    *,
    level: str = "2.10",
    limits: Limits | None = None,
    write: Callable[[str], Any] | None = None,
) -> Globals:
    """Run a script. Raises :class:`TengoError`."""
    return load(path, level=level, limits=limits).run(write=write)


def check_script(path: Path, *, level: str = "2.10") -> str | None:
    """What is wrong with a script, or ``None``; nothing of it runs."""
    try:
        load(path, level=level)
    except (CompileError, ScriptNotFound) as error:
        return str(error)
    return None


def format_script(path: Path, *, write: bool = False) -> bool:
    """Whether a script is laid out otherwise than it should be; ``write`` puts it right.

    Raises :class:`CompileError` if it does not parse.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptNotFound(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CompileError("illegal UTF-8 encoding", [path.name]) from None
    text = format_source(source, path.name)
    if text != source and write:
        path.write_text(text, encoding="utf-8")
    return text != source
