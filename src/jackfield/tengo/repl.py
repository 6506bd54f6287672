"""The interactive prompt: variables stay from line to line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.display import display_text
from jackfield.tengo.errors import ParseError, TengoError
from jackfield.tengo.limits import Limits
from jackfield.tengo.nodes import Assign, Expr, ExprStmt, Ident, IncDec, Stmt
from jackfield.tengo.parser import parse
from jackfield.tengo.program import compile_statements, module_table
from jackfield.tengo.session import Session
from jackfield.tengo.source import SourceFile
from jackfield.tengo.stdlib import NAMES as STDLIB_NAMES
from jackfield.tengo.values import TengoString, Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "repl"
PROMPT = ">> "
MORE = ".. "
_SHOWN = "__repl_show__"
_TABLE = module_table(frozenset(STDLIB_NAMES), {}, (), None)
_OPEN_ENDS = ("found 'EOF'", "raw string literal not terminated", "comment not terminated")


class Repl:
    """One conversation.

    :param level: the language level.
    :param write: gets what is to be printed.
    """

    def __init__(self, write: Callable[[str], Any], *, level: str = "2.10") -> None:
        self.write = write
        self.level = level
        self.variables: dict[str, list[Any]] = {}
        """The variables so far, each in a box of its own."""

    def feed(self, source: str, *, more: bool = True) -> bool:
        """Run what was typed. Gives whether more lines must follow before it can run.

        With ``more`` false none can follow, and what is not complete is a mistake.
        The value of each expression and assignment is printed; a mistake too, and what was defined
        before it stays.
        """
        try:
            file = SourceFile(NAME, source)
            statements = parse(file, self.level)
        except ParseError as error:
            if more and any(end in str(error) for end in _OPEN_ENDS):
                return True
            self.write(f"{error}\n")
            return False
        for statement in statements:
            try:
                self._run(file, statement)
            except TengoError as error:
                self.write(f"{error}\n")
                return False
        return False

    def _run(self, file: SourceFile, statement: Stmt) -> None:
        """Run one statement, with every variable so far as an input of its program."""
        pos = statement.pos
        shown: Expr | None = None
        statements = [statement]
        if isinstance(statement, ExprStmt):
            shown, statements = statement.expr, []
        elif isinstance(statement, Assign):
            shown = statement.targets[0]
        elif isinstance(statement, IncDec):
            shown = statement.expr
        if shown is not None:
            statements = [*statements, Assign(pos, "=", [Ident(pos, _SHOWN)], [shown])]
        names = (*self.variables, _SHOWN)
        limits = Limits()
        unit = compile_statements(
            file, lambda: statements, names, _TABLE, limits, self.level, share_globals=True
        )
        session = Session(unit, limits, self.level, {}, self.write)
        boxes = session.main((*self.variables.values(), [Undefined]))
        result = dict(zip(unit.outputs, boxes, strict=True))
        box = result.pop(_SHOWN)
        self.variables.update(result)
        if shown is not None:
            self.write(f"{_shown(box[0])}\n")


def _shown(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is TengoString:
        return bytes(value).decode("utf-8", "replace")
    return display_text(value)


def converse(read: Callable[[str], str], write: Callable[[str], Any], *, level: str) -> None:
    """Read lines by ``read(prompt)`` until it raises ``EOFError``.

    ``KeyboardInterrupt`` ends what is being typed or run, and the conversation goes on.
    """
    repl = Repl(write, level=level)
    pending = ""
    while True:
        try:
            line = read(MORE if pending else PROMPT)
            pending = f"{pending}\n{line}" if pending else line
            if not repl.feed(pending, more=bool(line.strip())):
                pending = ""
        except EOFError:
            write("\n")
            return
        except KeyboardInterrupt:
            pending = ""
            write("\n")
