"""Every limit is a clean Tengo error, and the host is unharmed."""

from __future__ import annotations

import contextlib
import sys
import threading
import time

import pytest

from jackfield.tengo import (
    CompileError,
    Limits,
    Raw,
    RunError,
    ScriptExit,
    TimeLimitError,
    run,
)
from jackfield.tengo import compile as compile_tengo

SHORT = Limits(seconds=0.1)


@pytest.mark.parametrize(
    "source",
    [
        "for {}",
        "x := 0; for { x++ }",
        "for true { for i := 0; i < 1000000; i++ {} }",
        "f := func(n) { return f(n + 1) }; f(0)",
        "f := func() { for {} }; f()",
        "a := [1]; for x in a { for { a = append(a[:1], x) } }",
        'times := import("times"); times.sleep(times.hour)',
        'text := import("text"); for { text.re_match("a+b", "aaaaaaaaaaaaaaaaaaaaaaaa") }',
        'enum := import("enum"); for { enum.map([1, 2], func(k, v) { return v }) }',
    ],
)
def test_time(source: str) -> None:
    with pytest.raises(TimeLimitError, match="Runtime Error: time limit exceeded"):
        run(source, limits=SHORT, stdlib="all")


def test_the_place_is_told() -> None:
    with pytest.raises(TimeLimitError) as failure:
        run("f := func() {\n  for {}\n}\nf()", limits=SHORT)
    assert failure.value.positions[-1] == "(main):4:1"
    assert failure.value.positions[0].startswith("(main):2:")


def test_a_host_function_is_never_interrupted() -> None:
    finished = []

    def slow() -> None:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass
        finished.append(True)

    with pytest.raises(TimeLimitError):
        run("slow(); slow()", inputs={"slow": slow}, limits=SHORT)
    assert finished == [True]


def test_a_host_function_that_swallows_everything_only_delays_the_end() -> None:
    def stubborn(callback: object) -> None:
        try:
            callback()  # type: ignore[operator]
        except BaseException:
            return

    source = "stubborn(func() { for {} }); for {}"
    with pytest.raises(TimeLimitError):
        run(source, inputs={"stubborn": Raw(stubborn)}, limits=SHORT)


def test_nothing_arrives_after_the_run() -> None:
    program = compile_tengo("for i := 0; i < 3000; i++ {}", limits=Limits(seconds=0.0002))
    for _ in range(300):
        with contextlib.suppress(TimeLimitError):
            program.run()
    for _ in range(20_000):
        sum(range(20))


def test_each_thread_has_its_own_time() -> None:
    results: list[str] = []

    def work(seconds: float) -> None:
        try:
            run("x := 0; for i := 0; i < 300000; i++ { x += i }", limits=Limits(seconds=seconds))
            results.append("done")
        except TimeLimitError:
            results.append("stopped")

    threads = [threading.Thread(target=work, args=(s,)) for s in (0.001, 60, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "done", "stopped"]


@pytest.mark.parametrize(
    ("source", "limits", "message"),
    [
        ('s := "a"; for { s += s }', Limits(string_bytes=1000), "exceeding string size limit"),
        ('s := "é"; for { s = s + s }', Limits(string_bytes=1000), "exceeding string size limit"),
        ('x := [1, 2]; string(x)', Limits(string_bytes=5), "exceeding string size limit"),
        ('format("%10d", 1)', Limits(string_bytes=9), "exceeding string size limit"),
        ("b := bytes(9); for { b += b }", Limits(bytes_length=99), "exceeding bytes size limit"),
        ("bytes(100)", Limits(bytes_length=99), "exceeding bytes size limit"),
        ("for { x := [] }", Limits(allocations=99), "object allocation limit exceeded"),
        ("m := {}; m.m = m; string(m)", Limits(), "stack overflow"),
        ("m := {}; m.m = m; copy(m)", Limits(), "stack overflow"),
        ("a := []; b := []; a = [a]; f := func() { return f() + 1 }; f()", Limits(), "stack overflow"),  # noqa: E501
        ("f := func() { return f() + 1 }; f()", Limits(depth=50), "stack overflow"),
        ("g := undefined; f := func() { g() }; g = func() { f() }; f()", Limits(), "stack overflow"),  # noqa: E501
        ("range(0, 1 << 60)", Limits(), "object allocation limit exceeded"),
    ],
)  # fmt: skip
def test_run_limits(source: str, limits: Limits, message: str) -> None:
    with pytest.raises(RunError, match=message):
        run(source, limits=limits, level="head")


def test_limits_are_not_reached_early() -> None:
    limits = Limits(string_bytes=6, bytes_length=3, allocations=8, depth=100)
    source = (
        's := "abc" + "def"; b := bytes("abc"); f := func(n) { return n == 0 ? 0 : 1 + f(n - 1) }'
    )
    result = run(source, limits=limits)
    assert result["s"] == "abcdef"
    deep = run(
        "f := func(n) { return n == 0 ? 0 : 1 + f(n - 1) }; out := f(98)", limits=Limits(depth=100)
    )
    assert deep["out"] == 98


@pytest.mark.parametrize("allocations", [-1, 10**6])
@pytest.mark.parametrize("depth", [60, 1024])
def test_counting_takes_no_depth(depth: int, allocations: int) -> None:
    limits = Limits(depth=depth, allocations=allocations)
    source = "f := func(n) { return n == 0 ? 0 : 1 + f(n - 1) }; out := f(start)"
    reached = depth - 2  # besides f(0) and the script itself
    assert run(source, inputs={"start": reached}, limits=limits)["out"] == reached
    with pytest.raises(RunError, match="stack overflow"):
        run(source, inputs={"start": 2 * depth}, limits=limits)


@pytest.mark.parametrize("limits", [Limits(), Limits(allocations=10**6)])
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("f := func(a) {}\nf()", "wrong number of arguments: want=1, got=0\n\tat x:2:1"),
        ("f := func(a) {}\nf([1, 2]...)", "wrong number of arguments: want=1, got=2\n\tat x:2:1"),
        ("func(a, b, ...c) {}(1)", "wrong number of arguments: want>=2, got=1\n\tat x:1:1"),
        (
            "f := func(n) {\nreturn n ? f() : 0 }\nf(1)",
            "wrong number of arguments: want=1, got=0\n\tat x:2:12\n\tat x:3:1",
        ),
        ("g := func() { host() }\ng()", "TypeError: no\n\tat x:1:15\n\tat x:2:1"),
    ],
)
def test_counting_changes_no_message(source: str, message: str, limits: Limits) -> None:
    def host() -> None:
        raise TypeError("no")

    with pytest.raises(RunError) as failure:
        run(source, name="x", inputs={"host": host}, limits=limits)
    assert str(failure.value) == f"Runtime Error: {message}"


def test_self_tail_calls_need_no_depth() -> None:
    source = "f := func(n, ...r) { for { if n == 0 { return len(r) }; return f(n - 1, r...) } }"
    assert run(source + "; out := f(20000, 1, 2)", limits=Limits(depth=50))["out"] == 2


def test_constants() -> None:
    with pytest.raises(CompileError) as failure:
        run('a := 1; b := 1; c := "x"', limits=Limits(constants=1))
    assert str(failure.value) == "exceeding constant objects limit: 2"
    run('a := 1; b := 1; c := "x"', limits=Limits(constants=2))


@pytest.mark.parametrize(
    "source",
    [
        "x := " + "(" * 5000,
        "x := " + "[" * 5000,
        "{" * 5000,
        "x := " + "!" * 5000 + "1",
        "x := " + "1 ? 2 : " * 3000 + "1",
        "f := func() {" * 1000,
        "x := 1" + ".a" * 5000,
        "if true {" * 1000,
        "for {" * 30 + "}" * 30,
        "if x := 1; x == 1 {}" + " else if x == 2 {}" * 3000,
    ],
    ids=lambda source: source[:12],
)
def test_deep_nesting_is_a_compile_error(source: str) -> None:
    with pytest.raises(CompileError):
        run(source)


def test_long_but_flat_is_fine() -> None:
    assert run("x := " + " + ".join(["1"] * 3000))["x"] == 3000
    assert run("x := " + " + ".join(['"a"'] * 3000))["x"] == "a" * 3000
    assert len(run("x := [" + ", ".join(["1"] * 5000) + "]")["x"]) == 5000


def test_exit_passes_through() -> None:
    def stop(value: object) -> None:
        raise ScriptExit(value)

    with pytest.raises(ScriptExit) as end:
        run("for { stop({a: [1]}) }", inputs={"stop": Raw(stop)}, limits=SHORT)
    assert end.value.value == {"a": [1]}


@pytest.mark.parametrize(
    "shown", ["string(a)", '"" + a', 'format("%v", a)', 'format("%s", {k: a})', "{x: 1}[a]"]
)
def test_a_display_form_ends_at_the_string_limit_while_it_is_built(shown: str) -> None:
    source = f"a := [1]; for i := 0; i < 60; i++ {{ a = [a, a] }}; x := {shown}"
    with pytest.raises(RunError, match="exceeding string size limit"):
        run(source, limits=Limits(string_bytes=10_000))


def test_a_limit_of_display_forms_is_that_of_the_innermost_run() -> None:
    def inner() -> bool:
        with pytest.raises(RunError, match="exceeding string size limit"):
            run("x := string([10, 20, 30])", limits=Limits(string_bytes=8))
        return True

    source = "before := string([10, 20, 30]); ok := inner(); after := string([10, 20, 30])"
    done = run(source, inputs={"inner": inner})
    assert (done["ok"], done["before"], done["after"]) == (True, "[10, 20, 30]", "[10, 20, 30]")


def test_threads_take_turns_as_usual_when_no_deadline_is_near() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(TimeLimitError):
        run("for {}", limits=SHORT)
    end = time.monotonic() + 30
    while sys.getswitchinterval() != usual and time.monotonic() < end:
        time.sleep(0.01)
    assert sys.getswitchinterval() == usual


def test_what_prints_is_host_code_and_is_not_interrupted() -> None:
    written = []

    def write(text: str) -> None:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass
        written.append(text)

    with pytest.raises(TimeLimitError):
        source = 'import("fmt").print("whole"); for {}'
        compile_tengo(source, stdlib="all", limits=SHORT).run(write=write)
    assert written == ["whole"]


def test_a_traced_program_goes_on_after_a_deadline() -> None:
    # CPython 3.11 would never leave the first line of a traced function after a signal that was
    # cleared instead of caught.
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        with pytest.raises(RunError):
            run("for {}", limits=SHORT)
    finally:
        sys.settrace(before)
    assert run("out := 1")["out"] == 1
