from __future__ import annotations

from jackfield.tengo.repl import Repl, converse


def talk(*lines: str, level: str = "2.10") -> str:
    printed: list[str] = []
    waiting = iter(lines)

    def read(prompt: str) -> str:
        for line in waiting:
            return line
        raise EOFError

    converse(read, printed.append, level=level)
    return "".join(printed)


def test_values_are_shown() -> None:
    assert talk("a := 1", "a + 1", '"text"', "undefined", "[1, `s`]") == (
        '1\n2\ntext\n<undefined>\n[1, "s"]\n\n'
    )


def test_variables_are_shared_with_functions_of_earlier_lines() -> None:
    lines = ("n := 0", "up := func() { n++; return n }", "up()", "n", "n = 10", "up()")
    assert talk(*lines).split("\n")[2:6] == ["1", "1", "10", "11"]


def test_open_lines_go_on() -> None:
    assert talk("f := func(x) {", "return x * 2", "}", "f(21)").split("\n")[1] == "42"
    assert talk("s := `a", "b`") == "a\nb\n\n"


def test_an_empty_line_ends_what_is_open() -> None:
    text = talk("f := func() {", "", "1 + 1")
    assert text == "Parse Error: expected '}', found 'EOF'\n\tat repl:2:1\n2\n\n"
    assert talk("", "1") == "1\n\n"


def test_an_interrupt_ends_the_statement_and_not_the_conversation() -> None:
    printed: list[str] = []
    lines = iter(["a := 1", 'import("fmt").print("stop"); a = 2', "f := func() {", "", "a"])

    def read(_prompt: str) -> str:
        for line in lines:
            if not line:
                raise KeyboardInterrupt
            return line
        raise EOFError

    def write(text: str) -> None:
        if text == "stop":
            raise KeyboardInterrupt
        printed.append(text)

    converse(read, write, level="2.10")
    assert printed == ["1\n", "\n", "\n", "1\n", "\n"]


def test_mistakes_keep_what_was_there() -> None:
    text = talk("a := 1", "b", "a := 2", "1 / 0", "a b", "a")
    assert "Compile Error: unresolved reference 'b'\n\tat repl:1:1\n" in text
    assert "'a' redeclared in this block" in text
    assert "integer divide by zero" in text
    assert "Parse Error: expected ';', found b" in text
    assert text.endswith("1\n\n")


def test_the_library_is_there_and_statements_run() -> None:
    text = talk(
        'fmt := import("fmt")', 'for i in [1, 2] { fmt.println("n", i) }', "m := {}", "m.x = 5"
    )
    assert "n1\nn2\n" in text
    assert text.endswith("{}\n5\n\n")


def test_level() -> None:
    assert talk("freeze([1])", level="head") == "[1]\n\n"


def test_feed_tells_whether_more_is_needed() -> None:
    repl = Repl(lambda _text: None)
    assert repl.feed("func() {")
    assert not repl.feed("a := 1; b := a")
    assert sorted(repl.variables) == ["a", "b"]
