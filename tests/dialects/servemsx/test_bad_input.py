"""Whatever a plugin or a client does, the answer is one status and text, the log has one line with
file, line and column, and the host serves on. Source: servemsx spec 2 and 5."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from dialects.servemsx.conftest import Served
from jackfield.dialects.servemsx.limits import ServeMsxLimits
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime


def limit(served: Served, **values: Any) -> None:
    """Give the running plugin other limits."""
    running = served.host.registry.running("hello")
    assert running is not None
    assert isinstance(running.runtime, ServeMsxRuntime)
    running.runtime.limits = ServeMsxLimits(**values)


@pytest.mark.parametrize(
    ("source", "text", "place"),
    [
        ("x := (1\n", "Parse Error: expected ')', found newline", "main.tengo:1:8"),
        ("a := 1\na := 2", "Compile Error: 'a' redeclared in this block", "main.tengo:2:1"),
        ('m := import("nowhere")', "Compile Error: module file path error", "main.tengo:1:6"),
        ('m := import("fmt")', "Compile Error: module file path error", "main.tengo:1:6"),
        ('m := import("os")', "Compile Error: module file path error", "main.tengo:1:6"),
        ('m := import("../other/lib")', "Compile Error: module file path error", "main.tengo:1:6"),
        ('m := import("bad")', "Parse Error: ", "bad.tengo:2:"),
        ('m := import("round")', "Compile Error: cyclic module import", "round.tengo:1:"),
        ('m := import("fails"); m()', "Runtime Error: ", "fails.tengo:1:"),
        ("x := 1 + {}", "Runtime Error: invalid operation: int + map", "main.tengo:1:6"),
        ('x := "a"()', "Runtime Error: not callable: string", "main.tengo:1:6"),
        ("a := [1]; x := a[5:1]", "Runtime Error: invalid slice index", "main.tengo:1:"),
    ],
)
def test_one_answer_and_one_line(served: Served, source: str, text: str, place: str) -> None:
    served.write(
        "hello",
        {
            "main.tengo": "",
            "bad.tengo": "x := 1\ny = = 2\n",
            "round.tengo": 'x := import("round")',
            "fails.tengo": "export func() { return 1 / {} }",
        },
    )
    served.write("other", {"lib.tengo": "export 1"}, adopt=False)
    got = served.run(source)
    assert got.status == 500
    assert got.text.startswith(text)
    assert got.text.endswith("\n")
    [line] = served.log()
    assert line.startswith(f"error GET /hello/: {text}")
    assert place in line
    assert served.run('import("server").write("well")').text == "well"


@pytest.mark.parametrize(
    ("limits", "source", "says"),
    [
        ({"seconds": 0.3}, "for true {}", "Runtime Error: time limit exceeded"),
        ({"seconds": 0.3}, "f := func() { for { } }\nf()", "time limit exceeded"),
        ({"string": 10_000}, 's := "a"; for true { s += s }', "exceeding string size limit"),
        ({"string": 10_000}, 's := bytes("a"); for true { s += s }', "exceeding bytes size limit"),
        (
            {"string": 10_000},
            'x := import("text").repeat("a", 20000)',
            "exceeding string size limit",
        ),
        (
            {"held": 24_000_000},
            "a := []; for true { a = append(a, bytes(1000000)) }",
            "Runtime Error: memory limit exceeded",
        ),
        ({"allocations": 1000}, "a := []; for true { a = append(a, [1]) }", "allocation limit"),
        (
            {"depth": 200},
            "f := undefined; f = func(n) { return 1 + f(n + 1) }; f(0)",
            "stack overflow",
        ),
        ({"answer": 100}, 'for true { import("server").write("abcdefgh") }', None),
        ({"memory": 1000}, "", None),
    ],
)
def test_what_uses_up_too_much(
    served: Served, limits: dict[str, Any], source: str, says: str | None
) -> None:
    served.script("")
    limit(served, **limits)
    if says is not None:
        got = served.run(source)
        assert got.status == 500
        assert says in got.text
        assert "main.tengo:" in served.log()[-1]
        stats = served.host.dispatcher.stats("hello")
        assert stats is not None
    assert served.run('import("server").write("well")').text == "well"


def test_an_answer_without_end(served: Served) -> None:
    served.script("")
    limit(served, answer=100)
    got = served.run('srv := import("server"); for true { srv.write("abcdefgh") }')
    assert got.status == 200, "the status was sent"
    assert got.text == "abcdefgh" * 12
    assert "the answer is above 100 bytes at main.tengo:1:" in served.log()[-1]


def test_memory_that_grows_after_it_was_kept(served: Served, monkeypatch: Any) -> None:
    served.script("")
    running = served.host.registry.running("hello")
    assert running is not None
    monkeypatch.setattr(running.runtime._memory, "_cap", 10_000)
    got = served.run('srv := import("server"); srv.memory(import("text").repeat("a", 20000))')
    assert (got.status, "keeps at most 10,000 bytes" in got.text) == (500, True)
    served.run(
        'srv := import("server"); m := {l: []}; srv.memory(m);'
        "for i := 0; i < 5000; i++ { m.l = append(m.l, i) }"
    )
    assert "it is empty now" in served.log()[-1]
    assert served.say("srv.memory()") == "null"


def test_a_script_that_vanishes_while_serving(served: Served) -> None:
    served.script('import("server").write("there")')
    assert served.get("/hello/").text == "there"
    (served.plugins / "hello" / "main.tengo").unlink()
    assert served.get("/hello/").status == 404
    assert "there is no main.tengo" in served.log()[-1]
    (served.plugins / "hello" / "main.tengo").mkdir()
    got = served.get("/hello/")
    assert (got.status, got.text) == (500, "read plugins/hello/main.tengo: is a directory\n")
    (served.plugins / "hello" / "main.tengo").rmdir()
    (served.plugins / "hello").rmdir()
    assert served.get("/hello/x").status == 404
    served.script('import("server").write("again")')
    assert served.get("/hello/").text == "again"


def test_a_module_that_changes_is_read_anew(served: Served) -> None:
    source = 'import("server").write(import("lib"))'
    served.write("hello", {"main.tengo": source, "lib.tengo": 'export "one"'})
    assert served.get("/hello/").text == "one"
    served.write("hello", {"lib.tengo": 'export "second"'}, adopt=False)
    assert served.get("/hello/").text == "second"


@pytest.mark.parametrize("source", [b"\xff\xfe", b'x := "\xff"\n\xff', b"\x00", b'import("\xff")'])
def test_scripts_that_are_no_text(served: Served, source: bytes) -> None:
    got = served.run(source)
    assert got.status == 500
    assert "main.tengo:" in served.log()[-1]


@pytest.mark.parametrize(
    "target",
    [
        "/hello/%ff%fe",
        "/hello/?%ff=%fe",
        "/hello/%00",
        "/hello/%zz",
        "/%ff/",
        "/hello/" + "a" * 5000,
    ],
)
def test_addresses_that_are_no_text(served: Served, target: str) -> None:
    served.script('srv := import("server"); srv.write(srv.path, srv.uri, string(srv.read(false)))')
    assert served.get(target).status in (200, 400, 404)
    assert served.get("/hello/").status == 200


def test_a_body_that_is_too_large(served: Served) -> None:
    served.script('import("server").write("ran")')
    got = served.get("/hello/", "POST", b"x" * (17 * 1024 * 1024))
    assert got.status == 413


def test_requests_run_in_parallel(served: Served) -> None:
    served.script(
        'srv := import("server"); t := import("times");'
        "srv.memory((srv.memory() || 0) + 1);"
        "for i := 0; i < 500 && srv.memory() < 4; i++ { t.sleep(10 * t.millisecond) };"
        "srv.write(string(srv.memory() >= 4))"
    )
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(served.get("/hello/").text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["true"] * 4


def test_nothing_runs_after_disable(served: Served) -> None:
    served.script('import("server").memory("kept"); import("server").write("ran")')
    assert served.get("/hello/").text == "ran"
    served.host.registry.disable("hello")
    assert served.get("/hello/").status == 404
    assert served.get("/hello/main.tengo").status == 404
    served.host.registry.enable("hello", "all")
    served.script('import("server").write(is_undefined(import("server").memory()))')
    assert served.get("/hello/").text == "true"


def test_a_script_reaches_nothing_of_the_host(served: Served, tmp_path: Path) -> None:
    for name in ("sys", "builtins", "server.settings", "jackfield", "__main__", "/etc/hosts"):
        assert served.run(f'x := import("{name}")').status == 500
