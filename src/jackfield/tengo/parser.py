"""Tokens to a syntax tree, by recursive descent, with the native parser's own error recovery.

Recovery matters because the text of an error counts the further ones: ``(and 2 more errors)``.

Source: tengo ``parser/parser.go`` (behaviour, error texts); tengo spec 1 and 2.
"""

from __future__ import annotations

from typing import Final, NoReturn

from jackfield.tengo import literals
from jackfield.tengo.errors import ParseError
from jackfield.tengo.nodes import (
    ArrayLit,
    Assign,
    BadExpr,
    Binary,
    Branch,
    Call,
    Cond,
    Empty,
    ErrorExpr,
    Export,
    Expr,
    ExprStmt,
    For,
    ForIn,
    FuncLit,
    Ident,
    If,
    ImmutableExpr,
    ImportExpr,
    IncDec,
    Index,
    Literal,
    MapLit,
    Paren,
    Return,
    Slice,
    Stmt,
    Unary,
)
from jackfield.tengo.scanner import LITERALS, Scanner
from jackfield.tengo.source import SourceFile
from jackfield.tengo.values import Undefined

PRECEDENCE: Final = {
    "||": 1, "&&": 2,
    "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
    "+": 4, "-": 4, "|": 4, "^": 4,
    "*": 5, "/": 5, "%": 5, "<<": 5, ">>": 5, "&": 5, "&^": 5,
}  # fmt: skip
_STATEMENT_STARTS: Final = frozenset(("break", "continue", "for", "if", "return", "export"))
_EXPRESSION_STARTS: Final = LITERALS | frozenset(
    [
        "func",
        "error",
        "immutable",
        "true",
        "false",
        "undefined",
        "import",
        "(",
        "{",
        "[",
        "+",
        "-",
        "*",
        "&",
        "^",
        "!",
    ]
)
_ASSIGN_OPS: Final = frozenset(
    ["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "&^="]
)
_MAX_ERRORS: Final = 10
_CONSTANTS: Final = {"true": (True,), "false": (False,), "undefined": (Undefined,)}
MAX_NESTING: Final = 150
"""How deep brackets, blocks and operators may nest (native has no bound; a stack has)."""


class _GiveUpError(Exception):
    """Too many errors, or nested too deeply."""


class Parser:
    """One parse of one file; call :meth:`parse` once."""

    def __init__(self, file: SourceFile, level: str) -> None:
        self.file = file
        self.old = level == "2.10"
        self.errors: list[tuple[int, int, str]] = []
        self.nesting = 0
        self.sync_at = -1
        self.sync_count = 0
        self.scanner = Scanner(file, self._scan_error, level)
        self.kind, self.literal, self.pos = self.scanner.scan()

    def parse(self) -> list[Stmt]:
        """The statements of the file. Raises :class:`ParseError`."""
        statements: list[Stmt] = []
        if not self.errors:
            try:
                statements = self._statements()
                if not self.old:  # level 2.10 takes a stray closing brace for the end of the file
                    self._expect("EOF")
            except _GiveUpError:
                pass
        if self.errors:
            self._raise()
        return statements

    def _raise(self) -> NoReturn:
        self.errors.sort()
        line, column, message = self.errors[0]
        place = f"{line}:{column}"
        name = self.file.name
        raise ParseError(message, f"{name}:{place}" if name else place, len(self.errors) - 1)

    # -- errors and tokens ------------------------------

    def _scan_error(self, offset: int, message: str) -> None:
        self.errors.append((*self.file.line_column(offset), message))

    def _error(self, offset: int, message: str) -> None:
        line, column = self.file.line_column(offset)
        if self.errors and self.errors[-1][0] == line:
            return
        if len(self.errors) > _MAX_ERRORS:
            raise _GiveUpError
        self.errors.append((line, column, message))

    def _expected(self, offset: int, what: str) -> None:
        message = f"expected {what}"
        if offset == self.pos:
            if self.kind == ";" and self.literal == "\n":
                message += ", found newline"
            elif self.kind in LITERALS:
                message += f", found {self.literal}"
            else:
                message += f", found '{self.kind}'"
        self._error(offset, message)

    def _next(self) -> None:
        self.kind, self.literal, self.pos = self.scanner.scan()

    def _expect(self, kind: str) -> int:
        pos = self.pos
        if self.kind != kind:
            self._expected(pos, f"'{kind}'")
        self.kind, self.literal, self.pos = self.scanner.scan()
        return pos

    def _expect_semicolon(self) -> None:
        if self.kind in (")", "}"):
            return
        if self.kind == ";":
            self._next()
            return
        self._expected(self.pos, "';'")
        if self.kind == ",":
            self._next()
        else:
            self._advance()

    def _advance(self) -> None:
        """Skip to where a statement seems to begin, always making progress in the end."""
        while self.kind != "EOF":
            if self.kind in _STATEMENT_STARTS:
                if self.pos == self.sync_at and self.sync_count < _MAX_ERRORS:
                    self.sync_count += 1
                    return
                if self.pos > self.sync_at:
                    self.sync_at = self.pos
                    self.sync_count = 0
                    return
            self._next()

    def _expect_comma(self, closing: str, what: str) -> bool:
        """Whether another element follows."""
        if self.kind == ",":
            self._next()
            if self.kind == closing:
                self._expected(self.pos, what)
                return False
            return True
        if self.kind == ";" and self.literal == "\n":
            self._next()
        return False

    def _enter(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self._error(self.pos, "nested too deeply")
            raise _GiveUpError

    # -- expressions ------------------------------

    def _expression(self) -> Expr:
        self._enter()
        test = self._binary(1)
        if self.kind == "?":
            self._next()
            yes = self._expression()
            self._expect(":")
            no = self._expression()
            test = Cond(test.pos, test, yes, no)
        self.nesting -= 1
        return test

    def _binary(self, least: int) -> Expr:
        left = self._unary()
        while True:
            op = self.kind
            precedence = PRECEDENCE.get(op, 0)
            if precedence < least:
                return left
            self._next()
            right = self._binary(precedence + 1)
            left = Binary(left.pos, op, left, right)

    def _unary(self) -> Expr:
        op = self.kind
        if op in ("+", "-", "!", "^"):
            self._enter()
            self._next()
            operand = self._unary()
            self.nesting -= 1
            return Unary(operand.pos, op, operand)
        return self._primary()

    def _primary(self) -> Expr:
        expr = self._operand()
        while True:
            kind = self.kind
            if kind == ".":
                self._next()
                if self.kind != "IDENT":
                    pos = self.pos
                    self._expected(pos, "selector")
                    self._advance()
                    return BadExpr(pos)
                expr = Index(expr.pos, expr, Literal(self.pos, self.literal))
                self._next()
            elif kind == "[":
                expr = self._index(expr)
            elif kind == "(":
                expr = self._call(expr)
            else:
                return expr

    def _call(self, func: Expr) -> Expr:
        self._next()
        args: list[Expr] = []
        spread = False
        while self.kind not in (")", "EOF") and not spread:
            args.append(self._expression())
            if self.kind == "...":
                spread = True
                self._next()
            if not self._expect_comma(")", "call argument"):
                break
        self._expect(")")
        return Call(func.pos, func, args, spread)

    def _index(self, expr: Expr) -> Expr:
        self._next()
        low = high = None
        colon = False
        if self.kind != ":":
            low = self._expression()
        if self.kind == ":":
            colon = True
            self._next()
            if self.kind not in ("]", "EOF"):
                high = self._expression()
        self._expect("]")
        if colon:
            return Slice(expr.pos, expr, low, high)
        return Index(expr.pos, expr, low or BadExpr(expr.pos))

    def _operand(self) -> Expr:
        kind, pos = self.kind, self.pos
        if kind == "IDENT":
            ident = Ident(pos, self.literal)
            self._next()
            return ident
        constant = _CONSTANTS.get(kind)
        if constant is not None:
            self._next()
            return Literal(pos, constant[0])
        method = self._OPERANDS.get(kind)
        if method is not None:
            return method(self)
        self._expected(pos, "operand")
        pos = self.pos
        self._advance()
        return BadExpr(pos)

    def _int(self) -> Expr:
        value = (literals.old_int_value if self.old else literals.int_value)(self.literal)
        if value is None:
            self._error(self.pos, "invalid integer")
        node = Literal(self.pos, value or 0)
        self._next()
        return node

    def _float(self) -> Expr:
        value = (literals.old_float_value if self.old else literals.float_value)(self.literal)
        if value is None:
            self._error(self.pos, "invalid float")
        node = Literal(self.pos, value or 0.0)
        self._next()
        return node

    def _char(self) -> Expr:
        pos = self.pos
        value = literals.char_value(self.literal)
        if value is None:
            self._error(pos, "illegal char literal")
            self._next()
            return BadExpr(pos)
        self._next()
        return Literal(pos, value)

    def _string(self) -> Expr:
        node = Literal(self.pos, literals.string_value(self.literal))
        self._next()
        return node

    def _paren(self) -> Expr:
        pos = self.pos
        self._next()
        expr = self._expression()
        self._expect(")")
        return Paren(pos, expr)

    def _import(self) -> Expr:
        pos = self.pos
        self._next()
        self._expect("(")
        if self.kind != "STRING":
            self._expected(self.pos, "module name")
            self._advance()
            return BadExpr(pos)
        name = literals.string_value(self.literal)
        self._next()
        self._expect(")")
        return ImportExpr(pos, name if isinstance(name, str) else repr(bytes(name)))

    def _wrapped(self) -> Expr:
        node = ErrorExpr if self.kind == "error" else ImmutableExpr
        pos = self.pos
        self._next()
        self._expect("(")
        value = self._expression()
        self._expect(")")
        return node(pos, value)

    def _array(self) -> Expr:
        pos = self.pos
        self._next()
        elements: list[Expr] = []
        while self.kind not in ("]", "EOF"):
            elements.append(self._expression())
            if not self._expect_comma("]", "array element"):
                break
        self._expect("]")
        return ArrayLit(pos, elements)

    def _map(self) -> Expr:
        node = MapLit(self.pos, [], [])
        self._next()
        while self.kind not in ("}", "EOF"):
            key: object = "_"
            if self.kind == "IDENT":
                key = self.literal
            elif self.kind == "STRING":
                key = literals.string_value(self.literal)
            else:
                self._expected(self.pos, "map key")
            self._next()
            self._expect(":")
            node.keys.append(key)  # type: ignore[arg-type]
            node.values.append(self._expression())
            if not self._expect_comma("}", "map element"):
                break
        self._expect("}")
        return node

    def _function(self) -> Expr:
        pos = self._expect("func")
        params, variadic = self._parameters()
        self._enter()
        body = self._block()
        self.nesting -= 1
        return FuncLit(pos, params, variadic, body)

    def _parameters(self) -> tuple[list[Ident], bool]:
        params: list[Ident] = []
        variadic = False
        self._expect("(")
        if self.kind != ")":
            while True:
                if self.kind == "...":
                    variadic = True
                    self._next()
                params.append(self._ident())
                if variadic or self.kind != ",":
                    break
                self._next()
        self._expect(")")
        return params, variadic

    def _ident(self) -> Ident:
        pos, name = self.pos, "_"
        if self.kind == "IDENT":
            name = self.literal
            self._next()
        else:
            self._expect("IDENT")
        return Ident(pos, name)

    # -- statements ------------------------------

    def _statements(self) -> list[Stmt]:
        statements: list[Stmt] = []
        while self.kind not in ("}", "EOF"):
            statements.append(self._statement())
        return statements

    def _block(self) -> list[Stmt]:
        self._expect("{")
        self._enter()
        statements = self._statements()
        self.nesting -= 1
        self._expect("}")
        return statements

    def _statement(self) -> Stmt:
        kind = self.kind
        if kind in _EXPRESSION_STARTS:
            statement = self._simple(allow_in=False)
            self._expect_semicolon()
            return statement
        method = self._STATEMENTS.get(kind)
        if method is not None:
            return method(self)
        pos = self.pos
        self._expected(pos, "statement")
        self._advance()
        return Empty(pos)

    def _empty(self) -> Stmt:
        node = Empty(self.pos)
        self._next()
        return node

    def _branch(self) -> Stmt:
        node = Branch(self.pos, self.kind)
        self._next()
        if self.kind == "IDENT":
            self._next()
        self._expect_semicolon()
        return node

    def _return(self) -> Stmt:
        pos = self._expect("return")
        value = self._expression() if self.kind not in (";", "}") else None
        self._expect_semicolon()
        return Return(pos, value)

    def _export(self) -> Stmt:
        pos = self._expect("export")
        value = self._expression()
        self._expect_semicolon()
        return Export(pos, value)

    def _if(self) -> Stmt:
        pos = self._expect("if")
        init, test = self._if_header()
        body = self._block()
        orelse: list[Stmt] | If | None = None
        if self.kind == "else":
            self._next()
            if self.kind == "if":
                self._enter()
                orelse = self._if()  # type: ignore[assignment]
                self.nesting -= 1
            elif self.kind == "{":
                orelse = self._block()
                self._expect_semicolon()
            else:
                self._expected(self.pos, "if or {")
        else:
            self._expect_semicolon()
        return If(pos, init, test, body, orelse)

    def _if_header(self) -> tuple[Stmt | None, Expr]:
        bad = BadExpr(self.pos)
        if self.kind == "{":
            self._error(self.pos, "missing condition in if statement")
            return None, bad
        if self.kind == ";":
            self._error(self.pos, "missing init in if statement")
            return None, bad
        init: Stmt | None = self._simple(allow_in=False)
        test: Stmt | None = None
        if self.kind == "{":
            init, test = None, init
        elif self.kind == ";":
            self._next()
            test = self._simple(allow_in=False)
        else:
            self._error(self.pos, "missing condition in if statement")
        return init, self._as_expression(test, "boolean expression") or bad

    def _as_expression(self, statement: Stmt | None, want: str) -> Expr | None:
        if statement is None:
            return None
        if isinstance(statement, ExprStmt):
            return statement.expr
        found = "assignment" if isinstance(statement, Assign) else "simple statement"
        self._error(statement.pos, f"expected {want}, found {found}")
        return BadExpr(statement.pos)

    def _for(self) -> Stmt:
        pos = self._expect("for")
        if self.kind == "{":
            body = self._block()
            self._expect_semicolon()
            return For(pos, None, None, None, body)
        first: Stmt | None = None
        if self.kind != ";":
            first = self._simple(allow_in=True)
        if isinstance(first, ForIn):
            first.pos = pos
            first.body = self._block()
            self._expect_semicolon()
            return first
        second = post = None
        if self.kind == ";":
            self._next()
            if self.kind != ";":
                second = self._simple(allow_in=False)
            self._expect(";")
            if self.kind != "{":
                post = self._simple(allow_in=False)
        else:
            first, second = None, first
        body = self._block()
        self._expect_semicolon()
        test = self._as_expression(second, "condition expression")
        return For(pos, first, test, post, body)

    def _simple(self, *, allow_in: bool) -> Stmt:
        targets = [self._expression()]
        while self.kind == ",":
            self._next()
            targets.append(self._expression())
        first, kind = targets[0], self.kind
        if kind in ("=", ":="):
            self._next()
            values = [self._expression()]
            while self.kind == ",":
                self._next()
                values.append(self._expression())
            return Assign(first.pos, kind, targets, values)
        if kind == "in" and allow_in:
            self._next()
            return self._for_in(targets, self._expression())
        if len(targets) > 1:
            self._expected(first.pos, "1 expression")
        kind = self.kind
        if kind in _ASSIGN_OPS:
            self._next()
            return Assign(first.pos, kind[:-1], [first], [self._expression()])
        if kind in ("++", "--"):
            self._next()
            return IncDec(first.pos, kind[0], first)
        return ExprStmt(first.pos, first)

    def _for_in(self, targets: list[Expr], iterable: Expr) -> Stmt:
        names: list[Ident] = []
        for target in targets:
            if isinstance(target, Ident):
                names.append(target)
            else:
                self._expected(target.pos, "identifier")
                names.append(Ident(target.pos, "_"))
        if len(names) == 1:
            names.insert(0, Ident(targets[0].pos, "_"))
        elif len(names) > 2:
            self._expected(targets[2].pos, "at most two variables")
        return ForIn(iterable.pos, names[0], names[1], iterable)

    _OPERANDS: Final = {
        "INT": _int,
        "FLOAT": _float,
        "CHAR": _char,
        "STRING": _string,
        "(": _paren,
        "[": _array,
        "{": _map,
        "func": _function,
        "import": _import,
        "error": _wrapped,
        "immutable": _wrapped,
    }
    _STATEMENTS: Final = {
        ";": _empty,
        "break": _branch,
        "continue": _branch,
        "return": _return,
        "export": _export,
        "if": _if,
        "for": _for,
    }


def parse(file: SourceFile, level: str = "head") -> list[Stmt]:
    """The statements of a source file, by the syntax of a level. Raises :class:`ParseError`."""
    return Parser(file, level).parse()
