from __future__ import annotations

import pytest

from jackfield.tengo import CompileError
from jackfield.tengo import format as format_module
from jackfield.tengo.format import format_source
from tengo import programs, reference


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a:=1", "a := 1\n"),
        ("a  :=  -b+ -1", "a := -b + -1\n"),
        ("f(a,b ,c...)", "f(a, b, c...)\n"),
        ("x[ 1 : 2 ]", "x[1:2]\n"),
        ("c?a:b", "c ? a : b\n"),
        ("m[c?1:2]", "m[c ? 1 : 2]\n"),
        ("{a:1,b:{}}", "{a: 1, b: {}}\n"),
        ("func( a,...b ){return a}", "func(a, ...b) { return a }\n"),
        ("if x:=1;x{y()}else{z()}", "if x := 1; x { y() } else { z() }\n"),
        ("for i:=0;i<3;i++{ }", "for i := 0; i < 3; i++ {}\n"),
        ("a //c", "a //c\n"),
        ("a\n\n\n\nb\n\n", "a\n\nb\n"),
        ("f({\na: 1\n})", "f({\n\ta: 1\n})\n"),
        ("if a {\nif b {\nc\n}\n}", "if a {\n\tif b {\n\t\tc\n\t}\n}\n"),
        ("/* x */ a", "/* x */ a\n"),
        ("!a && ^b", "!a && ^b\n"),
        ("error( 1 ).value", "error(1).value\n"),
        ('import( "m" )', 'import("m")\n'),
        ("#!/usr/bin/tengo\na:=1", "#!/usr/bin/tengo\na := 1\n"),
        ("a:=0b1_0", "a := 0b1_0\n"),
        ("a:=1- - -1+ + +2", "a := 1 - - -1 + + +2\n"),
        ("a:=- +1+! !1+^ ^1", "a := -+1 + !!1 + ^^1\n"),
        ("", ""),
    ],
)
def test_layout(source: str, wanted: str) -> None:
    assert format_source(source) == wanted


def test_stable_and_the_same_program() -> None:
    sources = [programs.write(seed) for seed in range(30)]
    sources += [case["source"] for case in reference.cases() if case["test"] != "opmatrix"]
    for source in sources:
        try:
            once = format_source(source)
        except CompileError:
            continue
        assert format_source(once) == once


def test_a_change_of_meaning_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_module._Layout, "text", lambda _self: "b := 1\n")
    with pytest.raises(AssertionError, match="changed the program"):
        format_source("a := 1")


def test_what_does_not_parse_is_left_alone() -> None:
    for source in ("a b", "a := 1\n}\nb := 2"):  # level 2.10 takes the second
        with pytest.raises(CompileError):
            format_source(source)
