"""What ``jackfield tengo`` and ``python -m jackfield.tengo`` do, without any command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jackfield.tengo.errors import CompileError, TengoError
from jackfield.tengo.format import format_source
from jackfield.tengo.limits import Limits
from jackfield.tengo.program import compile as compile_tengo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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


def load(
    path: Path,
    *,
    level: str = "2.10",
    limits: Limits | None = None,
    modules: Iterable[str] = (),
    inputs: Iterable[str] = (),
) -> Program:
    """Compile a script with the whole standard library and imports from its own folder.

    :param modules: names of modules that a host would lend; they are empty here.
    :param inputs: names of variables that a host would give.

    Raises :class:`CompileError` and :class:`ScriptNotFound`.
    """
    return compile_tengo(
        read_script(path),
        name=path.name,
        stdlib="all",
        import_dir=path.absolute().parent,
        limits=limits,
        level=level,
        modules={name: {} for name in modules},
        inputs=tuple(inputs),
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


def check_script(
    path: Path, *, level: str = "2.10", modules: Iterable[str] = (), inputs: Iterable[str] = ()
) -> str | None:
    """What is wrong with a script, or ``None``; nothing of it runs.

    ``modules`` and ``inputs`` are names that the script's host lends, as for :func:`load`.
    """
    try:
        load(path, level=level, modules=modules, inputs=inputs)
    except (CompileError, ScriptNotFound) as error:
        return str(error)
    return None


def format_script(path: Path, *, write: bool = False) -> bool:
    """Whether a script is laid out otherwise than it should be; ``write`` puts it right.

    Raises :class:`CompileError` if it does not parse.
    """
    try:
        original = path.read_bytes()
        source = original.decode()
    except OSError as error:
        raise ScriptNotFound(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CompileError("illegal UTF-8 encoding", [path.name]) from None
    text = format_source(source.replace("\r\n", "\n"), path.name).encode()
    if text != original and write:
        path.write_bytes(text)
    return text != original
