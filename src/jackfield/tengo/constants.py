"""The limit on constants. Source: tengo ``bytecode.go`` (what counts), tengo spec 18."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler.uses import children
from jackfield.tengo.errors import CompileError
from jackfield.tengo.nodes import Assign, FuncLit, ImportExpr, IncDec, Literal, MapLit
from jackfield.tengo.values import Undefined

if TYPE_CHECKING:
    from jackfield.tengo.scopes import Resolved


class ConstantLimitError(CompileError):
    """Too many constants; natively reported without kind and place."""

    code = "tengo_constant_limit"

    def __str__(self) -> str:
        return self.message


def check_constants(program: Resolved, most: int) -> None:
    """Raise :class:`ConstantLimitError` if the program has more than ``most`` constants."""
    if most < 0:
        return
    seen: set[Any] = set()
    functions = len(program.modules)
    pending: list[Any] = [list(f.body) for f in program.functions if f.literal is None]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
            continue
        if isinstance(node, Literal) and node.value is not Undefined:
            if type(node.value) is not bool:
                seen.add((type(node.value), node.value))
        elif isinstance(node, MapLit):
            seen.update((type(key), key) for key in node.keys)
        elif isinstance(node, FuncLit):
            functions += 1
        elif isinstance(node, ImportExpr):
            seen.add(("module", node.name))
        elif isinstance(node, IncDec):
            node = node.assign or node
        if isinstance(node, Assign):
            pending.extend(node.selectors)
        pending.extend(children(node))
    count = len(seen) + functions
    if count > most:
        raise ConstantLimitError(f"exceeding constant objects limit: {count}")
