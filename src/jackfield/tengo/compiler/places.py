"""Where native errors are reported.

An instruction without operands (index, slice, negation, error, immutable, iterate) natively reports
the place of the instruction *before* it, that is, of the last thing its last operand did.
"""

from __future__ import annotations

from jackfield.tengo.nodes import Binary, Cond, Expr, Paren, Slice, Unary


def last(node: Expr) -> int:
    """The place of the last instruction that evaluates ``node``."""
    while True:
        if isinstance(node, Paren) or (isinstance(node, Unary) and node.op == "+"):
            node = node.expr
        elif isinstance(node, Cond):
            node = node.no
        elif isinstance(node, Binary) and node.op in ("&&", "||"):
            node = node.right
        else:
            return node.pos


def of_slice(node: Slice) -> int:
    """Where a slice reports; an omitted upper bound is an instruction of its own."""
    return node.pos if node.high is None else last(node.high)
