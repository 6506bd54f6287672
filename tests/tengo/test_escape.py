"""A script reaches nothing of Python."""

from __future__ import annotations

import ast
from types import CodeType

import pytest

from jackfield.tengo import CompileError, RunError, builtins, run
from jackfield.tengo import compile as compile_tengo
from jackfield.tengo.session import _SHARED

NAMES = [
    "__class__", "__globals__", "__builtins__", "__dict__", "__code__", "__closure__", "__init__",
    "__subclasses__", "__import__", "__name__", "__call__", "__self__", "__func__", "__wrapped__",
    "gi_frame", "f_globals", "f_back", "func_globals", "mro", "call", "function", "session", "array",  # noqa: E501
    "map", "value", "buf", "storage", "append", "pop", "get", "keys", "encode", "format", "real",
]  # fmt: skip
VALUES = {
    "int": "1", "float": "1.5", "bool": "true", "char": "'c'", "string": '"s"', "bytes": 'bytes("b")',  # noqa: E501
    "array": "[1]", "view": "[1, 2][1:]", "map": "{}", "immutable": "immutable([1])",
    "immutable map": "immutable({})", "error": "error(1)", "undefined": "undefined",
    "function": "func() {}", "builtin": "len", "library": 'import("text").trim', "time": "time(0)",
    "module": 'import("math")', "host": "host", "regexp": 'import("text").re_compile("a")',
}  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_no_attribute_of_any_value(value: str) -> None:
    for name in NAMES:
        for source in (f"out := ({VALUES[value]}).{name}", f'out := ({VALUES[value]})["{name}"]'):
            try:
                found = run(source, stdlib="all", inputs={"host": lambda: 1}).raw("out")
            except RunError:
                continue
            if value == "error" and name == "value":
                assert found == 1
            else:
                assert repr(found) == "<undefined>", source


@pytest.mark.parametrize(
    "name",
    [*(name for name in NAMES if name not in builtins.NAMES), "print", "open", "eval", "exec", "getattr", "type", "str", "list", "dict", "wrap", "ALONE",  # noqa: E501
     "getrefcount", "Undefined", "main", "v1", "t1", "k0", "f1", "module0", "lent_module", "index",
     "add", "builtin_len", "__tengo__", "self", "None", "True"],
)  # fmt: skip
def test_no_name_of_the_machinery(name: str) -> None:
    with pytest.raises(CompileError, match="unresolved reference"):
        run(f"out := {name}", stdlib="all")
    with pytest.raises(CompileError, match="unresolved reference"):
        run(f"f := func() {{ return {name} }}; out := f()", stdlib="all")


@pytest.mark.parametrize(
    "name", ["os", "sys", "builtins", "jackfield", "../x", "/etc/passwd", "io"]
)
def test_no_module_of_python(name: str) -> None:
    with pytest.raises(CompileError, match="not found"):
        run(f'import("{name}")', stdlib="all")


def test_names_of_variables_are_only_numbers_in_python() -> None:
    program = compile_tengo(
        "__builtins__ := 1; f := func(__import__) { return __import__ }; out := f(2)"
    )
    assert program.run()["out"] == 2
    names = set()
    pending: list[CodeType] = list(program.unit.codes)
    while pending:
        code = pending.pop()
        names.update(code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
        pending.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    assert not any(name.startswith("__") for name in names)


def test_compiled_code_has_no_builtins() -> None:
    assert _SHARED["__builtins__"] == {}
    space = run("f := func() {}").session.namespace
    assert space["__builtins__"] == {}
    assert run("f := func() {}").raw("f").__builtins__ == {}


@pytest.mark.parametrize(
    "source",
    ['out := "{0.__class__}"', 'out := format("{0.__class__}", 1)', 'out := format("%(x)s", {x: 1})',  # noqa: E501
     'out := "%s" + 1', 'fmt := import("fmt"); out := fmt.sprintf("%[1]s{}", "a")'],
)  # fmt: skip
def test_no_python_formatting(source: str) -> None:
    assert "class '" not in str(run(source, stdlib="all")["out"])


def test_text_of_a_source_is_never_python() -> None:
    source = 'a := "\\"); import os; (\\""; b := `\'\'\'"""\\`; c := {"__class__": a}; out := c.__class__'  # noqa: E501
    assert run(source)["out"] == '"); import os; ("'


def test_host_values_are_converted_or_refused() -> None:
    class Secret:
        password = "x"

    with pytest.raises(TypeError, match="cannot convert to object: Secret"):
        run("out := s.password", inputs={"s": Secret()})
    with pytest.raises(TypeError, match="cannot convert"):
        run('m := import("m")', modules={"m": {"s": ast}})


def test_a_host_function_shows_nothing_but_its_call() -> None:
    assert run("out := string(f)", inputs={"f": lambda: 1})["out"] == "<user-function>"
    with pytest.raises(RunError, match="not indexable: string"):
        run("f.x", inputs={"f": lambda: 1})
    with pytest.raises(RunError, match="not index-assignable"):
        run("f.x = 1", inputs={"f": lambda: 1})


def test_errors_of_the_host_show_no_traceback_to_the_script() -> None:
    def broken() -> None:
        raise KeyError("inner")

    with pytest.raises(RunError) as failure:
        run("\nbroken()", inputs={"broken": broken})
    assert str(failure.value) == "Runtime Error: KeyError: 'inner'\n\tat (main):2:1"
    assert isinstance(failure.value.__cause__, KeyError)


def test_two_runs_share_nothing() -> None:
    program = compile_tengo("n := 0; f := func() { n++; return n }; f(); out := f()")
    assert [program.run()["out"] for _ in range(3)] == [2, 2, 2]
    source = 'r := import("rand"); r.seed(1); out := r.int()'
    assert run(source, stdlib="all")["out"] == run(source, stdlib="all")["out"]
