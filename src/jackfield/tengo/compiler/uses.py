"""Counting the uses of variables that make no second reference to what they hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from jackfield.tengo.nodes import Assign, Call, ForIn, Ident, IncDec, Index, Node, Return

if TYPE_CHECKING:
    from jackfield.tengo.scopes import Resolved, Variable

_SAFE_BUILTINS = frozenset(("len", "is_array", "type_name", "is_undefined", "string"))
_FIELDS: dict[type, tuple[str, ...]] = {}


def children(node: Node) -> list[Any]:
    """The nodes right below one."""
    names = _FIELDS.get(type(node))
    if names is None:
        skipped = ("pos", "variable", "info", "target", "selectors")
        names = tuple(f.name for f in fields(node) if f.name not in skipped)
        _FIELDS[type(node)] = names
    below: list[Any] = []
    for name in names:
        value = getattr(node, name)
        if isinstance(value, Node):
            below.append(value)
        elif isinstance(value, list):
            below.extend(item for item in value if isinstance(item, Node))
    return below


def _variable(node: Any) -> Variable | None:
    return node.variable if isinstance(node, Ident) else None


def assigned_in(nodes: list[Any]) -> set[Variable]:
    """The variables assigned (not index-assigned) anywhere below, inner functions included."""
    found: set[Variable] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, IncDec):
            node = node.assign
        if isinstance(node, Assign):
            if node.variable is not None and not node.selectors:
                found.add(node.variable)
            pending.extend(node.targets)
            pending.extend(node.values)
            continue
        if isinstance(node, ForIn):
            found.update(v for v in (node.key.variable, node.value.variable) if v is not None)
        pending.extend(children(node))
    return found


def harmless_uses(program: Resolved) -> Counter[Variable]:
    """How many references of each variable are harmless in the sense of ``inference``."""
    from jackfield.tengo.compiler.inference import builtin_name, is_self_append

    counts: Counter[Variable] = Counter()
    pending: list[Any] = []
    for function in program.functions:
        if function.literal is None:
            pending.extend(function.body)
    while pending:
        node = pending.pop()
        found: Any = None
        if isinstance(node, IncDec):
            node = node.assign
        if isinstance(node, Assign):
            if node.selectors or is_self_append(node):
                counts[node.variable] += 1  # type: ignore[index]
        elif isinstance(node, Index):
            found = _variable(node.expr)
        elif isinstance(node, Call):
            if len(node.args) == 1 and builtin_name(node.func) in _SAFE_BUILTINS:
                found = _variable(node.args[0])
        elif isinstance(node, Return):
            found = _variable(node.value)
        elif isinstance(node, ForIn):
            found = _variable(node.iterable)
            if found is not None and found in assigned_in(node.body):
                found = None
        if found is not None:
            counts[found] += 1
        pending.extend(children(node))
    return counts
