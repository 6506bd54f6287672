from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.tengo import CompileError, recursion
from jackfield.tengo import compile as compile_tengo
from jackfield.tengo.errors import ParseError
from jackfield.tengo.nodes import Binary, Call, ExprStmt, ForIn, FuncLit, If, Literal, MapLit
from jackfield.tengo.parser import parse
from jackfield.tengo.source import SourceFile


def tree(source: str) -> list[object]:
    return list(parse(SourceFile("f", source)))


def error(source: str) -> str:
    with pytest.raises(ParseError) as failure:
        tree(source)
    return str(failure.value)


def test_precedence() -> None:
    (statement,) = tree("1 + 2 * 3")
    total = statement.expr  # type: ignore[attr-defined]
    assert isinstance(total, Binary)
    assert (total.op, total.right.op) == ("+", "*")  # type: ignore[attr-defined]


def test_shapes() -> None:
    call, loop, test, literal = tree(
        'f(1, x...)\nfor k, v in m {}\nif a {} else if b {}\n{a: 1, "b c": 2}'
    )
    assert isinstance(call.expr, Call)  # type: ignore[attr-defined]
    assert call.expr.spread  # type: ignore[attr-defined]
    assert isinstance(loop, ForIn)
    assert (loop.key.name, loop.value.name) == ("k", "v")
    assert isinstance(test, If)
    assert isinstance(test.orelse, If)
    entries = literal.expr  # type: ignore[attr-defined]
    assert isinstance(entries, MapLit)
    assert entries.keys == ["a", "b c"]


def test_a_single_name_in_a_loop_is_the_value() -> None:
    (loop,) = tree("for v in m {}")
    assert isinstance(loop, ForIn)
    assert (loop.key.name, loop.value.name) == ("_", "v")


def test_variadic() -> None:
    (statement,) = tree("func(a, ...b) {}")
    literal = statement.expr  # type: ignore[attr-defined]
    assert isinstance(literal, FuncLit)
    assert literal.variadic


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a b", "expected ';', found b\n\tat f:1:3"),
        ("[1, 2,]", "expected array element, found ']'\n\tat f:1:7"),
        ("f(1,)", "expected call argument, found ')'\n\tat f:1:5"),
        ("{a: 1,}", "expected map element, found '}'\n\tat f:1:7"),
        ("{1: 2}", "expected map key, found 1\n\tat f:1:2"),
        ("if {}", "missing condition in if statement\n\tat f:1:4"),
        ("if ; x {}", "missing init in if statement\n\tat f:1:4"),
        ("if a = 1 {}", "expected boolean expression, found assignment\n\tat f:1:4"),
        ("for 1 in x {}", "expected identifier\n\tat f:1:5"),
        ("a.1", "expected ';', found .1\n\tat f:1:2"),
        ("m.if", "expected selector, found 'if'\n\tat f:1:3"),
        ("import(a)", "expected module name, found a\n\tat f:1:8"),
        ("(1\n)", "expected ')', found newline\n\tat f:1:3"),
        ("func(a b) {}", "expected ')', found b\n\tat f:1:8"),
        ("x := 08", "invalid integer\n\tat f:1:6"),
        ("func() {", "expected '}', found 'EOF'\n\tat f:1:9"),
        ("*a", "expected operand, found '*'\n\tat f:1:1"),
        ("'ab'", "illegal rune literal\n\tat f:1:1"),
    ],
)
def test_errors(source: str, text: str) -> None:
    assert error(source).startswith(f"Parse Error: {text}")


def test_further_errors_are_counted() -> None:
    assert error("if {}\nif {}\nif {}").endswith("(and 2 more errors)")
    assert error("\n".join("if {}" for _ in range(50))).endswith("(and 10 more errors)")


WORDS = [
    "a", "b", "1", "2.5", '"s"', "'c'", "`r`", "func", "(", ")", "[", "]", "{", "}", "if", "else", "for",  # noqa: E501
    "in", ":=", "=", "+=", "+", "-", "*", "!", "?", ":", ";", "\n", ",", ".", "...", "return", "break",  # noqa: E501
    "continue", "export", "import", "error", "immutable", "true", "undefined", "&&", "==", "<", "++",  # noqa: E501
    "//", "/*", "*/", "len", "append", "@", "\\", '"', "0x", "1e",
]  # fmt: skip

# Compiling may raise the recursion limit once; hypothesis minds if that happens under its eyes.
recursion.ensure(3000)


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@settings(deadline=None)
def test_any_words_compile_or_fail_cleanly(source: str) -> None:
    try:
        compile_tengo(source)
    except CompileError as failure:
        assert "Error: " in str(failure)


@given(st.text())
@settings(deadline=None)
def test_any_text_compiles_or_fails_cleanly(source: str) -> None:
    with contextlib.suppress(CompileError):
        compile_tengo(source)


@given(st.binary())
@settings(deadline=None)
def test_any_bytes_compile_or_fail_cleanly(source: bytes) -> None:
    with contextlib.suppress(CompileError):
        compile_tengo(source)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a := 0b11", "expected ';', found b11"),
        ("a := 0o17", "expected ';', found o17"),
        ("a := 1_000", "expected ';', found _000"),
        ("a := 0x1p3", "expected ';', found p3"),
        ("a := 0x", "illegal hexadecimal number"),
        ("a := 089", "illegal octal number"),
        ("a := 1.5e+", "illegal floating-point exponent"),
    ],
)
def test_numbers_that_level_2_10_does_not_know(source: str, complaint: str) -> None:
    with pytest.raises(ParseError, match=re.escape(complaint)):
        parse(SourceFile("", source), "2.10")


@pytest.mark.parametrize(
    ("source", "value"),
    [("089.5", 89.5), ("1.", 1.0), (".5e-1", 0.05), ("1E3", 1000.0), ("017", 17), ("0xAb", 171)],
)
def test_numbers_of_level_2_10(source: str, value: float) -> None:
    (statement,) = parse(SourceFile("", source), "2.10")
    assert isinstance(statement, ExprStmt)
    assert isinstance(statement.expr, Literal)
    assert statement.expr.value == value
    assert type(statement.expr.value) is type(value)


def test_level_2_10_takes_a_stray_brace_for_the_end() -> None:
    source = "a := 1\n}\nthis is not read ("
    assert len(parse(SourceFile("", source), "2.10")) == 1
    with pytest.raises(ParseError, match="expected 'EOF', found '}'"):
        parse(SourceFile("", source))
    with pytest.raises(ParseError, match="found"):
        parse(SourceFile("", "a := [1\n}"), "2.10")
