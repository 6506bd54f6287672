"""The standard library as scripts see it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from jackfield.tengo.errors import CompileError, RunError
from jackfield.tengo.limits import Limits
from jackfield.tengo.program import run
from jackfield.tengo.stdlib import NAMES, ModuleContext
from jackfield.tengo.values import TYPE_NAMES, UserFunction


def value_of(source: str, **options: Any) -> Any:
    return run(source, stdlib="all", level="head", **options)["out"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "enum"])
@pytest.mark.parametrize("level", ["2.10", "head"])
def test_members_are_tengo_values(name: str, level: str) -> None:
    module = importlib.import_module(f"jackfield.tengo.stdlib.{name}_module")
    members = module.build(ModuleContext(level, 1000, 1000, print))
    assert members
    for key, value in members.items():
        assert key.isascii()
        assert type(value) is UserFunction or type(value) in TYPE_NAMES


def test_os_is_absent() -> None:
    assert "os" not in NAMES
    with pytest.raises(CompileError, match="module 'os' not found"):
        run('os := import("os")', stdlib="all")


def test_modules_tell_their_names() -> None:
    assert value_of('out := import("text").__module_name__') == "text"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('out := import("text").to_upper("é")', "É"),
        ('out := import("fmt").sprintf("%05.1f", 3.14159)', "003.1"),
        ('j := import("json"); out := string(j.encode(j.decode("[1,2.0,null]")))', "[1,2,null]"),
        ('t := import("times"); out := t.time_year(t.parse("2006", "1999"))', 1999),
        ('r := import("rand"); r.seed(1); out := r.intn(100)', 10),
        ('out := import("math").max(1, 2)', 2.0),
        ('out := string(import("base64").decode("YWI="))', "ab"),
        ('out := import("hex").encode("ab")', "6162"),
        ('out := import("enum").map([1, 2], func(k, v) { return k + v * 10 })', [10, 21]),
    ],
)
def test_scripts(source: str, value: Any) -> None:
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            'text := import("text"); out := text.re_match("(", "x")',
            "Runtime Error: error parsing regexp: missing closing ): `(`\n\tat main:1:32",
        ),
        (
            'enum := import("enum"); enum.map([1], func(v) { return v })',
            (
                "Runtime Error: wrong number of arguments: want=1, got=2"
                "\n\tat enum:118:25\n\tat main:1:25"
            ),
        ),
        (
            'enum := import("enum"); enum.chunk([1,2,3], -1)',
            "Runtime Error: invalid slice index: 0 > -1\n\tat enum:44:31\n\tat main:1:25",
        ),
    ],
)
def test_errors_name_their_place(source: str, message: str) -> None:
    with pytest.raises(RunError) as caught:
        run(source, name="main", stdlib="all", level="head")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "source",
    [
        'import("times").sleep(3600000000000)',
        't := import("text"); for { t.re_match("a+", "aaa") }',
        'j := import("json"); for { j.decode("[1,2,3]") }',
        't := import("text"); t.re_find("", t.repeat("a", 10000000), -1)',
        'r := import("rand"); r.perm(1000000000)',
        'import("math").jn(1000000000, 1.0)',
        'e := import("enum"); for { e.map([1], func(k, v) { return v }) }',
        'j := import("json"); a := [1]; for i := 0; i < 64; i++ { a = [a, a] }; j.encode(a)',
    ],
)
# A signal that arrives inside a callback of the garbage collector is lost, and sent again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_deadline_reaches_into_the_library(source: str) -> None:
    with pytest.raises(RunError):
        run(source, stdlib="all", level="head", limits=Limits(seconds=0.2))


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ('import("text").repeat("a", 101)', "string"),
        ('import("text").pad_left("a", 101)', "string"),
        ('import("fmt").sprintf("%101d", 1)', "string"),
        ('import("json").encode(import("text").repeat("a", 100))', "bytes"),
        ('import("hex").encode(bytes(51))', "string"),
    ],
)
def test_sizes_are_limited(source: str, limit: str) -> None:
    with pytest.raises(RunError, match=f"exceeding {limit} size limit"):
        run(source, stdlib="all", level="head", limits=Limits(string_bytes=100, bytes_length=100))


def test_runs_share_no_random_numbers() -> None:
    seeded = 'r := import("rand"); r.seed(1); out := r.int()'
    unseeded = 'r := import("rand"); out := r.int()'
    value_of(seeded)
    assert value_of(unseeded) != value_of(unseeded)
