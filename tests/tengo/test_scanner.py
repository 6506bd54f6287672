from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.scanner import Scanner, show_char
from jackfield.tengo.source import SourceFile


def scan(source: str | bytes) -> tuple[list[tuple[str, str]], list[str]]:
    errors: list[str] = []
    file = SourceFile("", source)
    scanner = Scanner(file, lambda at, message: errors.append(f"{file.position(at)} {message}"))
    tokens = []
    while True:
        kind, literal, _ = scanner.scan()
        if kind == "EOF":
            return tokens, errors
        tokens.append((kind, literal))


def kinds(source: str) -> list[str]:
    return [kind for kind, _ in scan(source)[0]]


def test_operators_are_taken_as_long_as_they_go() -> None:
    assert kinds("a &^= b << c <<= ... .. := != !") == [
        "IDENT", "&^=", "IDENT", "<<", "IDENT", "<<=", "...", ".", ".", ":=", "!=", "!",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end",
    ["a", "1", "1.5", "'c'", '"s"', "`r`", "break", "continue", "return", "export", "true", "false",
     "undefined", "x++", "x--", ")", "]", "}"],
)  # fmt: skip
def test_a_line_end_is_a_semicolon_after(end: str) -> None:
    assert scan(end + "\n")[0][-1] == (";", "\n")
    assert scan(end)[0][-1] == (";", "\n")
    assert scan(end + " // comment\n")[0][-1] == (";", "\n")
    assert scan(end + " /* \n */ x")[0][-3] == (";", "\n")


@pytest.mark.parametrize("end", ["+", "if", "in", "else", "import", "(", "{", ",", ":=", "."])
def test_a_line_end_is_nothing_after(end: str) -> None:
    assert scan(end + "\n")[0][-1][0] == end


def test_a_comment_within_the_line_ends_nothing() -> None:
    assert kinds("a /* x */ + b")[:3] == ["IDENT", "+", "IDENT"]


@pytest.mark.parametrize(
    ("source", "token"),
    [
        ("0x1F", ("INT", "0x1F")),
        ("0b101", ("INT", "0b101")),
        ("1_000", ("INT", "1_000")),
        (".5", ("FLOAT", ".5")),
        ("5.", ("FLOAT", "5.")),
        ("1e-3", ("FLOAT", "1e-3")),
        ("0x1p4", ("FLOAT", "0x1p4")),
        ("naïve", ("IDENT", "naïve")),
        ("x٣", ("IDENT", "x٣")),
        ("`a\r\nb`", ("STRING", "`a\nb`")),
        ("'\\''", ("CHAR", "'\\''")),
        ("func", ("func", "func")),
    ],
)
def test_tokens(source: str, token: tuple[str, str]) -> None:
    assert scan(source)[0][0] == token


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ('"a', "1:1 string literal not terminated"),
        ("`a", "1:1 raw string literal not terminated"),
        ("'ab'", "1:1 illegal rune literal"),
        ("'", "1:1 rune literal not terminated"),
        ("/* a", "1:1 comment not terminated"),
        ("1e", "1:3 exponent has no digits"),
        ('"\\q"', "1:3 unknown escape sequence"),
        ('"\\xg1"', "1:4 illegal character U+0067 'g' in escape sequence"),
        ('"\\ud800"', "1:3 escape sequence is invalid Unicode code point"),
        ('"\\', "1:3 escape sequence not terminated"),
        ("@", "1:1 illegal character U+0040 '@'"),
        ("a\0", "1:2 illegal character NUL"),
        ("a\ufeff", "1:2 illegal byte order mark"),
        ("é @", "1:4 illegal character U+0040 '@'"),
    ],
)
def test_errors(source: str, error: str) -> None:
    assert error in scan(source)[1]


def test_invalid_utf8() -> None:
    assert scan(b'"\xff"')[1] == ["1:2 illegal UTF-8 encoding"]


def test_a_byte_order_mark_may_begin_the_file() -> None:
    assert scan("\ufeffa") == ([("IDENT", "a"), (";", "\n")], [])


def test_characters_are_shown_as_in_go() -> None:
    assert show_char("é") == "U+00E9 'é'"
    assert show_char("\x01") == "U+0001"


@given(st.text())
def test_any_text_ends(source: str) -> None:
    scan(source)


@given(st.binary())
def test_any_bytes_end(source: bytes) -> None:
    scan(source)
