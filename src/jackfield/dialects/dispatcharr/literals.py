"""Evaluates the constant part of Python expressions without running them.

What is computed by code is :data:`UNKNOWN`; a list or dictionary with such members keeps the
others. Work and size are bounded, so that a hostile file costs little.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Final, Protocol

MAX_STEPS: Final = 200_000
MAX_SIZE: Final = 300_000
MAX_DEPTH: Final = 150


class Unknown:
    """The value of an expression that only running code can tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


class Scope(Protocol):
    """What names mean at a place in a file."""

    def name(self, name: str) -> Any:
        """The value of a name; :data:`UNKNOWN` if it cannot be told."""
        ...

    def attribute(self, owner: str, name: str) -> Any:
        """The value of ``owner.name``, where *owner* is a plain name such as ``self``."""
        ...

    def call(self, owner: str, name: str) -> Any:
        """What ``owner.name()`` or, without an owner, ``name()`` returns without arguments."""
        ...


class Budget:
    """How much may still be evaluated for one plugin."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps
        self.depth = 0

    def spend(self, steps: int = 1) -> bool:
        """Whether that many steps were left."""
        self.left -= steps
        return self.left >= 0


_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.BitOr: operator.or_,
}
_SCALARS: Final = (str, int, float, type(None))
_TEXT_METHODS: Final = frozenset(
    {"format", "join", "lower", "upper", "strip", "lstrip", "rstrip", "title", "replace",
     "capitalize", "removeprefix", "removesuffix"}
)  # fmt: skip
_BUILTINS: Final[dict[str, Callable[..., Any]]] = {
    "dict": dict, "list": list, "tuple": tuple, "str": str, "int": int, "float": float,
    "bool": bool, "len": len, "sorted": sorted, "set": set,
}  # fmt: skip
_FAILURES: Final = (
    TypeError, ValueError, KeyError, IndexError, ArithmeticError, AttributeError, LookupError,
    MemoryError, RecursionError,
)  # fmt: skip


def evaluate(node: ast.expr | None, scope: Scope, budget: Budget) -> Any:
    """The value of an expression as far as it is constant; see the module."""
    if node is None:
        return None
    if budget.depth >= MAX_DEPTH or not budget.spend():
        return UNKNOWN
    budget.depth += 1
    try:
        value = _evaluate(node, scope, budget)
    except _FAILURES:
        return UNKNOWN
    finally:
        budget.depth -= 1
    size = _size(value)
    return value if size <= MAX_SIZE and budget.spend(size // 64) else UNKNOWN


def is_known(value: Any) -> bool:
    """Whether nothing in *value* is unknown."""
    if value is UNKNOWN:
        return False
    if isinstance(value, dict):
        return all(is_known(k) and is_known(v) for k, v in value.items())
    if isinstance(value, list | tuple | set):
        return all(map(is_known, value))
    return True


def _size(value: Any) -> int:
    """How much there is in *value*, counted up to :data:`MAX_SIZE`: a few lists that hold each
    other many times would otherwise be endless."""
    total, waiting = 0, [value]
    while waiting and total <= MAX_SIZE:
        one = waiting.pop()
        total += 1
        if isinstance(one, str | bytes):
            total += len(one)
        elif isinstance(one, dict):
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif isinstance(one, list | tuple | set):
            waiting.extend(one)
        elif isinstance(one, int) and one.bit_length() > 4096:
            return MAX_SIZE + 1
    return total


def _evaluate(node: ast.expr, scope: Scope, budget: Budget) -> Any:
    def value(inner: ast.expr | None) -> Any:
        return evaluate(inner, scope, budget)

    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return scope.name(node.id)
        case ast.List():
            return _members(node.elts, scope, budget)
        case ast.Tuple():
            return tuple(_members(node.elts, scope, budget))
        case ast.Set():
            members = _members(node.elts, scope, budget)
            return set(members) if is_known(members) else UNKNOWN
        case ast.Dict():
            return _dictionary(node, scope, budget)
        case ast.JoinedStr():
            return _joined(node, scope, budget)
        case ast.BinOp():
            return _binary(node.op, value(node.left), value(node.right))
        case ast.UnaryOp():
            operand = value(node.operand)
            if not is_known(operand):
                return UNKNOWN
            match node.op:
                case ast.Not():
                    return not operand
                case ast.USub():
                    return -operand
                case ast.UAdd():
                    return +operand
            return UNKNOWN
        case ast.IfExp():
            test = value(node.test)
            return UNKNOWN if not is_known(test) else value(node.body if test else node.orelse)
        case ast.BoolOp():
            for part in node.values:
                found = value(part)
                if not is_known(found):
                    return UNKNOWN
                if bool(found) == isinstance(node.op, ast.Or):
                    break
            return found
        case ast.Subscript():
            owner, key = value(node.value), value(node.slice)
            if isinstance(node.slice, ast.Slice) or owner is UNKNOWN or not is_known(key):
                return UNKNOWN
            return owner[key]
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return scope.attribute(owner, name)
        case ast.Call():
            return _call(node, scope, budget)
        case ast.ListComp(generators=[generator]) | ast.GeneratorExp(generators=[generator]):
            return _comprehension(node.elt, generator, scope, budget)
    return UNKNOWN


def _members(nodes: list[ast.expr], scope: Scope, budget: Budget) -> list[Any]:
    found: list[Any] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(evaluate(node, scope, budget))
            continue
        several = evaluate(node.value, scope, budget)
        found.extend(several if isinstance(several, list | tuple) else [UNKNOWN])
    return found


def _dictionary(node: ast.Dict, scope: Scope, budget: Budget) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        inner = evaluate(value_node, scope, budget)
        if key_node is None:
            if isinstance(inner, dict):
                found.update(inner)
            continue
        key = evaluate(key_node, scope, budget)
        if is_known(key):
            found[key] = inner
    return found


def _joined(node: ast.JoinedStr, scope: Scope, budget: Budget) -> Any:
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
            continue
        if not isinstance(part, ast.FormattedValue):
            return UNKNOWN
        found = evaluate(part.value, scope, budget)
        form = "" if part.format_spec is None else evaluate(part.format_spec, scope, budget)
        if not isinstance(found, _SCALARS) or not isinstance(form, str) or _wide(form):
            return UNKNOWN
        if part.conversion == ord("r"):
            found = repr(found)
        elif part.conversion == ord("s"):
            found = str(found)
        parts.append(format(found, form))
        if sum(map(len, parts)) > MAX_SIZE:
            return UNKNOWN
    return "".join(parts)


def _binary(kind: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(kind, ast.Add) and UNKNOWN in (left, right):
        # A list that is made longer by code is known in part.
        known = right if left is UNKNOWN else left
        if not isinstance(known, list | tuple):
            return UNKNOWN
        return [UNKNOWN, *known] if left is UNKNOWN else [*known, UNKNOWN]
    if left is UNKNOWN or right is UNKNOWN or type(kind) not in _BINARY:
        return UNKNOWN
    if isinstance(kind, ast.Mult):
        for one, other in ((left, right), (right, left)):
            if isinstance(one, str | bytes | list | tuple) and len(one) * other > MAX_SIZE:
                return UNKNOWN
    if isinstance(left, str) and isinstance(kind, ast.Mod):
        parts = right if isinstance(right, tuple) else (right,)
        if _wide(left) or not all(isinstance(part, _SCALARS) for part in parts):
            return UNKNOWN
    return _BINARY[type(kind)](left, right)


def _wide(template: str) -> bool:
    """Whether a template may ask for more room than it takes itself: ``%999999999d``."""
    digits = longest = 0
    for character in template:
        digits = digits + 1 if character.isdigit() else 0
        longest = max(longest, digits)
    return longest > 4 or "*" in template


def _call(node: ast.Call, scope: Scope, budget: Budget) -> Any:
    arguments = _members(node.args, scope, budget)
    keywords = {k.arg: evaluate(k.value, scope, budget) for k in node.keywords}
    match node.func:
        case ast.Name(id="dict") if not arguments and None not in keywords:
            return keywords
        case ast.Name(id="list" | "tuple") if len(arguments) == 1 and not keywords:
            only = arguments[0]
            if not isinstance(only, list | tuple | dict | set):
                return UNKNOWN
            return list(only) if node.func.id == "list" else tuple(only)
        case ast.Name(id=name) if name in _BUILTINS:
            texts = name not in ("str", "int", "float") or isinstance(arguments[0], _SCALARS)
            if not is_known(arguments) or keywords or not texts:
                return UNKNOWN
            return _BUILTINS[name](*arguments)
        case ast.Name(id=name) if not arguments and not keywords:
            return scope.call("", name)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if not arguments and not keywords:
            found = scope.call(owner, name)
            if found is not UNKNOWN:
                return found
    if isinstance(node.func, ast.Attribute):
        return _method(node.func, arguments, keywords, scope, budget)
    return UNKNOWN


def _method(
    function: ast.Attribute,
    arguments: list[Any],
    keywords: dict[str | None, Any],
    scope: Scope,
    budget: Budget,
) -> Any:
    owner = evaluate(function.value, scope, budget)
    if isinstance(owner, list | dict) and function.attr == "copy" and not arguments:
        return owner.copy()
    if isinstance(owner, dict) and function.attr == "get" and is_known(arguments):
        return owner.get(*arguments)
    if isinstance(owner, dict) and function.attr in ("keys", "values", "items") and not arguments:
        return list(getattr(owner, function.attr)())
    if not isinstance(owner, str) or function.attr not in _TEXT_METHODS:
        return UNKNOWN
    if not is_known(arguments) or not is_known(keywords) or None in keywords:
        return UNKNOWN
    if _size(owner) * (_size(arguments) + _size(keywords)) > 8 * MAX_SIZE:
        return UNKNOWN  # "join" and "replace" multiply
    if function.attr == "format":
        given = [*arguments, *keywords.values()]
        # A template can reach into what it is given, and can be of any width.
        if _wide(owner) or _reaches(owner) or not all(isinstance(v, _SCALARS) for v in given):
            return UNKNOWN
    named = {str(name): value for name, value in keywords.items()}
    found: str = getattr(owner, function.attr)(*arguments, **named)
    return found


def _reaches(template: str) -> bool:
    for part in template.split("{")[1:]:
        field, closed, _ = part.partition("}")
        if not closed or "." in field.partition(":")[0] or "[" in field:
            return True
    return False


class _Inner:
    """A scope with the names of a comprehension."""

    def __init__(self, outer: Scope, names: dict[str, Any]) -> None:
        self._outer, self._names = outer, names

    def name(self, name: str) -> Any:
        return self._names[name] if name in self._names else self._outer.name(name)

    def attribute(self, owner: str, name: str) -> Any:
        return UNKNOWN if owner in self._names else self._outer.attribute(owner, name)

    def call(self, owner: str, name: str) -> Any:
        return UNKNOWN if owner in self._names else self._outer.call(owner, name)


def _comprehension(
    element: ast.expr, generator: ast.comprehension, scope: Scope, budget: Budget
) -> Any:
    several = evaluate(generator.iter, scope, budget)
    if not isinstance(several, list | tuple | dict | set) or generator.is_async:
        return UNKNOWN
    found: list[Any] = []
    for one in several:
        names = unpacked(generator.target, one)
        if names is None:
            return UNKNOWN
        inner = _Inner(scope, names)
        tests = [evaluate(test, inner, budget) for test in generator.ifs]
        if not is_known(tests):
            found.append(UNKNOWN)
        elif all(tests):
            found.append(evaluate(element, inner, budget))
        if budget.left < 0:
            return UNKNOWN
    return found


def unpacked(target: ast.expr, value: Any) -> dict[str, Any] | None:
    """The names that an assignment to *target* gives; ``None`` where it is no plain one."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    found: dict[str, Any] = {}
    values = value if isinstance(value, list | tuple) else [UNKNOWN] * len(target.elts)
    if len(values) != len(target.elts):
        return None
    for inner, one in zip(target.elts, values, strict=True):
        names = unpacked(inner, one)
        if names is None:
            return None
        found.update(names)
    return found
