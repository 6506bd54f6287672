"""Random Tengo programs that always parse, for comparing one way of running with another."""

from __future__ import annotations

import random

_INTS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "10",
    "100",
    "63",
    "9223372036854775807",
    "4611686018427387904",
)
_OTHERS = ("1.5", "0.0", "2.0", '"a"', '"é"', '""', "'c'", "true", "false", "undefined", "[1, 2]",
           '{a: 1}', "[]", "{}", 'bytes("xy")', "error(1)", "immutable([1])")  # fmt: skip
_OPERATORS = ("+", "-", "*", "/", "%", "&", "|", "^", "&^", "<<", ">>", "<", "<=", ">", ">=", "==",
              "!=", "&&", "||")  # fmt: skip
_COMMON = ("+", "+", "-", "*", "<", "<=", "==", "+")


class Writer:
    """Writes one program. Few names and small numbers, so that things happen to them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tame = seed % 3 != 0
        """Mostly integers, so that most programs run to their end."""
        self.lines: list[str] = []
        self.names = 0
        self.depth = 0

    def program(self) -> str:
        """A program whose global ``out`` collects what the variables held."""
        scope: list[str] = []
        self.lines = ["out := []"]
        for _ in range(self.random.randint(2, 9)):
            self.statement(scope, {})
        shown = ", ".join(scope) or "0"
        self.lines.append(f"out = append(out, {shown})")
        return "\n".join(self.lines)

    def emit(self, line: str) -> None:
        self.lines.append("  " * self.depth + line)

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def statement(self, scope: list[str], functions: dict[str, int]) -> None:
        choose = self.random.random()
        if choose < 0.25 or not scope:
            self.define(scope, functions)
        elif choose < 0.45:
            name = self.random.choice(scope)
            op = self.random.choice(("=", "=", "+=", "-=", "*=", "|="))
            self.emit(f"{name} {op} {self.expr(scope, functions)}")
        elif choose < 0.5:
            self.emit(f"{self.random.choice(scope)}{self.random.choice(('++', '--'))}")
        elif choose < 0.56 and not self.tame:
            name = self.random.choice(scope)
            self.emit(f"{name} = append({name}, {self.expr(scope, functions)})")
        elif choose < 0.62 and not self.tame:
            name = self.random.choice(scope)
            index = self.random.choice((".a", "[0]", "[1]", f"[{self.expr(scope, functions)}]"))
            self.emit(f"{name}{index} = {self.expr(scope, functions)}")
        elif choose < 0.74 and self.depth < 4:
            self.condition(scope, functions)
        elif choose < 0.86 and self.depth < 4:
            self.loop(scope, functions)
        elif choose < 0.96 and self.depth < 3:
            self.function(scope, functions)
        else:
            self.emit(f"out = append(out, {self.expr(scope, functions)})")

    def define(self, scope: list[str], functions: dict[str, int]) -> None:
        name = self.name()
        self.emit(f"{name} := {self.expr(scope, functions)}")
        scope.append(name)

    def block(self, scope: list[str], functions: dict[str, int], *, count: int = 3) -> None:
        inner, known = list(scope), dict(functions)
        self.depth += 1
        for _ in range(self.random.randint(1, count)):
            self.statement(inner, known)
        self.depth -= 1

    def condition(self, scope: list[str], functions: dict[str, int]) -> None:
        self.emit(f"if {self.expr(scope, functions)} {{")
        self.block(scope, functions)
        if self.random.random() < 0.5:
            self.emit("} else {")
            self.block(scope, functions)
        self.emit("}")

    def loop(self, scope: list[str], functions: dict[str, int]) -> None:
        inner = list(scope)
        name = self.name()
        kind = self.random.random()
        if kind < 0.5:
            bounds = ("3", "4", self.random.choice(scope))
            bound = self.random.choice(bounds if self.tame else (*bounds, f"len({bounds[2]})"))
            self.emit(f"for {name} := 0; {name} < {bound}; {name}++ {{")
            self.emit(f"  if {name} > 5 {{ break }}")
            if self.random.random() < 0.2:
                self.emit(f"  if {name} == 1 {{ continue }}")
            if self.random.random() < 0.9:
                name = "0"  # or the body may well hold the loop back for ever
        elif self.tame:
            self.emit(f"for {name} in range(0, {self.random.choice(_INTS[:5])}) {{")
        elif kind < 0.75:
            self.emit(f"for {name} in {self.random.choice(scope)} {{")
        else:
            other = self.name()
            self.emit(f"for {name}, {other} in {self.expr(scope, functions)} {{")
            inner.append(other)
        if name != "0" and self.random.random() < 0.8:
            inner.append(name)
        self.block(inner, functions)
        self.emit("}")

    def function(self, scope: list[str], functions: dict[str, int]) -> None:
        name = self.name()
        params = [self.name() for _ in range(self.random.randint(0, 2))]
        self.emit(f"{name} := func({', '.join(params)}) {{")
        inner = [*scope, *params]
        self.block(inner, functions, count=2)
        self.emit(f"  return {self.expr(inner, functions)}")
        self.emit("}")
        functions[name] = len(params)

    def expr(self, scope: list[str], functions: dict[str, int], depth: int = 0) -> str:
        choose = self.random.random()
        if depth > 2 or choose < 0.3:
            return self.atom(scope)
        again = lambda: self.expr(scope, functions, depth + 1)  # noqa: E731
        if choose < 0.65:
            rare = 0.95 if self.tame else 0.7
            ops = _COMMON[:4] if self.tame else _COMMON
            ops = ops if self.random.random() < rare else _OPERATORS
            return f"({again()} {self.random.choice(ops)} {again()})"
        if choose < 0.7:
            return f"{self.random.choice('-!^+')}{self.atom(scope)}"
        if choose < 0.75:
            return f"({again()} ? {again()} : {again()})"
        if choose < 0.82 and not self.tame:
            return (
                f"{self.atom(scope)}[{again()}]"
                if self.random.random() < 0.6
                else f"{self.atom(scope)}.a"
            )
        if choose < 0.85 and not self.tame:
            return f"{self.atom(scope)}[{self.atom(scope)}:]"
        if choose < 0.93 and functions:
            called = self.random.choice(list(functions))
            args = ", ".join(again() for _ in range(functions[called]))
            return f"{called}({args})"
        if choose < 0.97:
            names = ("string", "len", "int", "is_int", "copy", "type_name", "float")
            wrapped = "int" if self.tame else self.random.choice(names)
            return f"{wrapped}({again()})"
        return self.atom(scope) if self.tame else f"[{again()}, {again()}]"

    def atom(self, scope: list[str]) -> str:
        choose = self.random.random()
        if scope and choose < 0.5:
            return self.random.choice(scope)
        common = choose < (0.995 if self.tame else 0.85)
        literal = self.random.choice(_INTS if common else _OTHERS)
        return f"({literal})" if literal[0] in "-{0123456789" else literal


def write(seed: int) -> str:
    """The program of that number."""
    return Writer(seed).program()
