"""The public surface: what goes in, what comes out, and the texts of errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from jackfield.tengo import (
    Bytes,
    Char,
    CompileError,
    ErrorValue,
    Fault,
    ImmutableArray,
    ImmutableMap,
    InvalidArgument,
    Limits,
    Raw,
    RunError,
    TengoString,
    Undefined,
    WrongArgumentCount,
    call,
    run,
)
from jackfield.tengo import compile as compile_tengo


def test_globals_are_python_values() -> None:
    result = run(
        """
a := 1; b := 1.5; c := true; d := undefined; e := 'x'; f := "s"; g := "\\xff"
h := bytes("b"); i := [1, [2]]; j := {k: [1]}; k := immutable([1]); l := immutable({m: 1})
m := error("bad"); n := time(0); o := func(x) { return x + 1 }; p := [1, 2, 3][1:]
"""
    )
    assert (result["a"], result["b"], result["c"]) == (1, 1.5, True)
    assert result["d"] is Undefined
    assert type(result["e"]) is Char
    assert result["e"] == Char("x")
    assert result["f"] == "s"
    assert bytes(result["g"]) == b"\xff"
    assert type(result["g"]) is TengoString
    assert result["h"] == b"b"
    assert type(result["h"]) is bytes
    assert result["i"] == [1, [2]]
    assert result["j"] == {"k": [1]}
    assert isinstance(result["k"], ImmutableArray)
    assert isinstance(result["l"], ImmutableMap)
    assert isinstance(result["m"], ErrorValue)
    assert result["m"].value == "bad"
    assert result["n"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert result["o"](41) == 42
    assert type(result["p"]) is list
    assert result["p"] == [2, 3]


def test_globals_are_a_mapping() -> None:
    result = run("a := 1; if true { b := 2 }")
    assert "a" in result
    assert "b" not in result
    assert result.get("b") is None
    assert result.get("b", 5) == 5
    assert list(result) == ["a"]
    assert len(result) == 1
    assert dict(result) == {"a": 1}
    with pytest.raises(KeyError):
        result["b"]


def test_a_char_is_an_int_for_the_host() -> None:
    result = run("c := 'x'; cs := ['x', {a: 'y'}]; f := func(c) { return [is_char(c), c == 'x'] }")
    assert type(result["c"]) is Char
    assert isinstance(result["c"], int)
    assert result["c"] == 120
    assert result["c"] == Char("x") == Char(120)
    assert result["c"] != 121
    assert result["c"] in {120, 5}
    assert result["cs"] == [120, {"a": 121}]
    assert str(result["c"]) == "x"
    assert result["f"](result["c"]) == [True, True]
    assert result["f"](Char("x")) == [True, True]
    assert result["f"](120) == [False, False]
    assert run("out := [is_char(c), c == 'x', c + 1]", inputs={"c": Char("x")})["out"] == [
        True, True, Char("y")
    ]  # fmt: skip


def test_chars_of_raw_functions() -> None:
    seen = []

    def keep(value: object) -> object:
        seen.append(isinstance(value, Char))
        return Char("y")

    result = run("c := f('x'); out := [is_char(c), c == 'y', c == 121]", inputs={"f": Raw(keep)})
    assert seen == [True]
    assert result["out"] == [True, True, False]


def test_values_may_be_nested_deeply() -> None:
    result = run("a := []; for i := 0; i < 50000; i++ { a = [{b: immutable([error(a)])}] }")
    value, depth = result["a"], 0
    while value:
        value, depth = value[0]["b"][0].value, depth + 1
    assert depth == 50000


def test_values_that_hold_themselves() -> None:
    result = run("a := [1]; a[0] = a; m := {}; m.m = m; m.a = a")
    array = result["a"]
    assert array[0] is array
    found = dict(result)["m"]
    assert found["m"] is found
    assert found["a"][0] is found["a"]


def test_a_hosts_mistake_is_told_as_one() -> None:
    with pytest.raises(TypeError, match=r"^source: expected str or bytes, found NoneType$"):
        run(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^modules: expected a mapping, found list$"):
        run("a := 1", modules=["m"])  # type: ignore[arg-type]
    wanted = r"^the module 'm': expected Tengo source, or a mapping of members, found int$"
    with pytest.raises(TypeError, match=wanted):
        run("a := 1", modules={"m": 5})
    with pytest.raises(TypeError, match=r"^inputs: expected a mapping of names to values, found"):
        run("a := 1", inputs=["x"])  # type: ignore[arg-type]


def test_what_holds_itself_is_refused() -> None:
    cycle: list[object] = []
    cycle.append({"again": cycle})
    with pytest.raises(ValueError, match=r"^tree holds itself, or is nested too deeply"):
        run("a := 1", inputs={"tree": cycle})
    with pytest.raises(ValueError, match=r"^tree holds itself"):
        run('a := import("m")', modules={"m": {"tree": cycle}})
    with pytest.raises(ValueError, match=r"^a value holds itself"):
        run("f := func(x) {}")["f"](cycle)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "int"),
        (True, "bool"),
        (1.5, "float"),
        (None, "undefined"),
        (Undefined, "undefined"),
        ("s", "string"),
        ("\ud800", "string"),
        (TengoString(b"\xff"), "string"),
        (b"b", "bytes"),
        (bytearray(b"b"), "bytes"),
        (Bytes(b"b"), "bytes"),
        (Char("c"), "char"),
        ([1], "array"),
        ((1, 2), "array"),
        ({"a": 1}, "map"),
        (ImmutableArray([1]), "immutable-array"),
        (ImmutableMap({"a": 1}), "immutable-map"),
        (ErrorValue("x"), "error"),
        (ValueError("x"), "error"),
        (datetime(2020, 1, 1, tzinfo=UTC), "time"),
        (len, "user-function:x"),
    ],
)
def test_inputs(value: object, kind: str) -> None:
    assert run("out := type_name(x)", inputs={"x": value})["out"] == kind


@pytest.mark.parametrize("value", [object(), {1: 2}, {1, 2}, 1j])
def test_what_is_no_tengo_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        run("", inputs={"x": value})


def test_integers_beyond_64_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        run("", inputs={"x": 2**63})


def test_inputs_are_globals_that_may_be_assigned() -> None:
    assert run("x += 1", inputs={"x": 41})["x"] == 42
    with pytest.raises(CompileError, match="'x' redeclared in this block"):
        run("x := 1", inputs={"x": 1})


def test_inputs_are_copied() -> None:
    given = {"a": [1]}
    assert run("x.a[0] = 2; x.b = 1", inputs={"x": given})["x"] == {"a": [2], "b": 1}
    assert given == {"a": [1]}


def test_times_keep_their_zone() -> None:
    moment = datetime(2020, 5, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2), "X"))
    result = run("out := x; s := string(x)", inputs={"x": moment})
    assert result["out"] == moment
    assert result["out"].utcoffset() == timedelta(hours=2)
    assert result["s"] == "2020-05-01 12:00:00.123456 +0200 X"


def test_callables_get_python_values() -> None:
    seen: list[object] = []

    def host(*args: object) -> object:
        seen.extend(args)
        return {"n": len(args)}

    result = run('out := host(1, "a", [1], {a: 1}, bytes("b"), undefined).n', inputs={"host": host})
    assert result["out"] == 6
    assert seen == [1, "a", [1], {"a": 1}, b"b", Undefined]


def test_callables_are_called_with_the_right_number_of_arguments() -> None:
    def host(a: int, b: int = 1) -> int:
        return a + b

    assert run("out := host(1) + host(1, 2)", inputs={"host": host})["out"] == 5
    for source in ("host()", "host(1, 2, 3)"):
        text = "wrong number of arguments in call to 'user-function:host'"
        with pytest.raises(RunError, match=text):
            run(source, inputs={"host": host})


def test_raw_functions_get_tengo_values_by_reference() -> None:
    def host(entries: dict[str, object], array: list[object], data: Bytes) -> object:
        assert type(data) is Bytes
        entries["new"] = [1]
        array.append(9)
        return entries

    source = 'm := {}; a := [1]; n := host(m, a, bytes("x")); n.more = 2'
    result = run(source, inputs={"host": Raw(host)})
    assert result["m"] == {"new": [1], "more": 2}
    assert result["a"] == [1, 9]


def test_raw_functions_complain_natively() -> None:
    def host(*args: object) -> object:
        if len(args) != 1:
            raise WrongArgumentCount
        if args[0] == "fault":
            raise Fault("it broke")
        raise InvalidArgument("first", "string", "int")

    inputs = {"host": Raw(host, "server.read")}
    texts = {
        "host()": "wrong number of arguments in call to 'user-function:server.read'",
        "host(1)": "invalid type for argument 'first' in call to 'user-function:server.read': "
        "expected string, found int",
        'host("fault")': "it broke",
    }
    for source, text in texts.items():
        with pytest.raises(RunError) as failure:
            run(source, inputs=inputs)
        assert str(failure.value) == f"Runtime Error: {text}\n\tat (main):1:1"


def test_functions_stay_alive_and_share_their_variables() -> None:
    kept: list[object] = []
    source = "n := 0; keep(func(x) { n += x; return n }); get := func() { return n }"
    result = run(source, inputs={"keep": Raw(kept.append)})
    assert call(kept[0], 2, session=result.session) == 2
    assert call(kept[0], 3, session=result.session) == 5
    assert result["get"]() == 5


def test_script_functions_in_the_hosts_hands_fail_cleanly() -> None:
    result = run("f := func(x) {\n  return x.a.b.c()\n}")
    with pytest.raises(RunError) as failure:
        result["f"](1)
    assert str(failure.value) == "Runtime Error: not indexable: string\n\tat (main):2:12"
    with pytest.raises(RunError, match="wrong number of arguments: want=1, got=0"):
        result["f"]()
    assert repr(result["f"]) == "<compiled-function>"


def test_a_function_that_is_typed_by_its_calls_takes_anything_from_the_host() -> None:
    result = run("f := func(n) { return n + 1 }; out := f(1)")
    assert result["f"](2**63 - 1) == -(2**63)
    assert result["f"](1.5) == 2.5
    with pytest.raises(RunError, match="invalid operation: bool \\+ int"):
        result["f"](True)


def test_a_host_function_may_call_back() -> None:
    def apply(function: object, x: int) -> object:
        return function(x)  # type: ignore[operator]

    for host in (apply, Raw(apply)):
        assert run("out := host(func(x) { return x * 2 }, 21)", inputs={"host": host})["out"] == 42
    with pytest.raises(RunError) as failure:
        run("host(func(x) {\n return x() }, 1)", inputs={"host": Raw(apply)})
    assert (
        str(failure.value) == "Runtime Error: not callable: int\n\tat (main):2:9\n\tat (main):1:1"
    )


def test_modules_of_text_and_of_python() -> None:
    modules = {
        "text": 'export {hello: func(n) { return "hello " + n }}',
        "host": {"answer": 42, "twice": lambda x: x * 2, "list": [1]},
    }
    source = 't := import("text"); h := import("host"); out := [t.hello("you"), h.twice(h.answer)]'
    assert run(source, modules=modules)["out"] == ["hello you", 84]
    names = run('m := import("host"); out := [m.__module_name__, type_name(m)]', modules=modules)
    assert names["out"] == ["host", "immutable-map"]


def test_modules_for_one_run() -> None:
    program = compile_tengo('out := import("m").x', modules={"m": {"x": 1}})
    assert program.run()["out"] == 1
    assert program.run(modules={"m": {"x": 2}})["out"] == 2


def test_cyclic_imports() -> None:
    modules = {"a": 'import("b")', "b": 'import("a")'}
    with pytest.raises(CompileError) as failure:
        run('import("a")', modules=modules)
    assert str(failure.value) == "Compile Error: cyclic module import: a\n\tat b:1:1"


def test_file_imports(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "one.tengo").write_text('export import("two") + 1')
    (tmp_path / "lib" / "two.tengo").write_text("export 41")
    assert run('out := import("lib/one")', import_dir=tmp_path)["out"] == 42
    (tmp_path / "lib" / "two.tengo").write_text("export  1")
    assert run('out := import("lib/one")', import_dir=tmp_path)["out"] == 2
    with pytest.raises(CompileError) as failure:
        run('import("three")', import_dir=tmp_path)
    path = tmp_path / "three.tengo"
    text = f"module file path error: module 'three' not found at: {path}"
    assert str(failure.value) == f"Compile Error: {text}\n\tat (main):1:1"
    with pytest.raises(CompileError, match="module 'lib/one' not found"):
        run('import("lib/one")')


def test_the_standard_library_is_given_by_name() -> None:
    assert run('out := import("math").abs(-1)', stdlib=["math"])["out"] == 1.0
    with pytest.raises(CompileError, match="module 'text' not found"):
        run('import("text")', stdlib=["math"])
    with pytest.raises(ValueError, match="no standard module 'os'"):
        run("", stdlib=["os"])


def test_what_is_printed_goes_where_the_host_says() -> None:
    printed: list[str] = []
    run('import("fmt").println("a", 1)', stdlib="all", write=printed.append)
    assert "".join(printed) == "a1\n"


ORDER = "l := []; f := func(n) { l = append(l, n); return n }; f(1) < f(2); out := l"


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        ("out := 1 == 1.0", False, True),
        ("out := [1] == [1.0]", False, True),
        ("out := 2 == 2.0", False, True),
        (ORDER, [2, 1], [1, 2]),
    ],
)  # fmt: skip
def test_levels(source: str, old: object, new: object) -> None:
    assert run(source)["out"] == old
    assert run(source, level="head")["out"] == new


def test_level_differences_in_errors_and_builtins() -> None:
    with pytest.raises(RunError, match="invalid operation: string > int"):
        run('1 < "a"')
    with pytest.raises(RunError, match="invalid operation: int < string"):
        run('1 < "a"', level="head")
    with pytest.raises(CompileError, match="unresolved reference 'freeze'"):
        run("freeze([])")
    assert run("out := type_name(freeze([[1]])[0])", level="head")["out"] == "immutable-array"
    with pytest.raises(ValueError, match="unknown language level"):
        run("", level="3")


def test_programs_are_cached_by_content() -> None:
    first, second = compile_tengo("a := 1"), compile_tengo("a := 1")
    assert first.unit is second.unit
    assert compile_tengo("a := 1", level="head").unit is not first.unit
    assert compile_tengo("a := 1", inputs=["b"]).unit is not first.unit
    assert compile_tengo("a := 1", limits=Limits(allocations=5)).unit is not first.unit


def test_errors_carry_their_parts() -> None:
    with pytest.raises(RunError) as failure:
        run('f := func() { return 1 + "x" }\nf()', name="page.tengo")
    assert failure.value.message == "invalid operation: int + string"
    assert failure.value.positions == ("page.tengo:1:22", "page.tengo:2:1")
    with pytest.raises(CompileError) as broken:
        run("a := 1\nb := a c")
    assert str(broken.value) == "Parse Error: expected ';', found c\n\tat (main):2:8"


def test_bytes_are_source_too() -> None:
    assert run(b"out := 1")["out"] == 1
    with pytest.raises(CompileError, match="illegal UTF-8 encoding"):
        run(b'out := "\xff"')


@pytest.mark.parametrize("name", ["/lib", "//lib.tengo", "/sub/../lib", "./lib"])
def test_every_name_of_a_file_is_below_the_import_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / "lib.tengo").write_text("export 1")
    assert compile_tengo(f'x := import("{name}")', import_dir=tmp_path).run()["x"] == 1
    missing = tmp_path / "etc" / "passwd.tengo"
    with pytest.raises(CompileError, match=f"not found at: {missing}"):
        compile_tengo('x := import("/etc/passwd")', import_dir=tmp_path)


def test_files_outside_of_the_import_root_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "lib.tengo").write_text("export 1")
    (tmp_path / "other.tengo").write_text("export 2")
    (tmp_path / "own" / "link.tengo").symlink_to(tmp_path / "other.tengo")
    own = tmp_path / "own"
    assert compile_tengo('x := import("lib")', import_dir=own, import_root=own).run()["x"] == 1
    assert compile_tengo('x := import("../other")', import_dir=own).run()["x"] == 2
    for name in ("../other", "link", "../own/../other"):
        with pytest.raises(CompileError, match="not found at"):
            compile_tengo(f'x := import("{name}")', import_dir=own, import_root=own)
