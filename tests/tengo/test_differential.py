"""The compiler's knowledge must not show: random programs, with it, without it, and uninlined."""

from __future__ import annotations

from unittest import mock

import pytest

from jackfield.tengo import CompileError, Limits, RunError
from jackfield.tengo import compile as compile_tengo
from jackfield.tengo import program as program_module
from jackfield.tengo.compiler import program as compiler
from jackfield.tengo.compiler.kinds import ANY
from jackfield.tengo.display import display
from jackfield.tengo.scopes import Resolved
from jackfield.tengo.values import MAX_INT, MIN_INT
from tengo import programs

infer = compiler.infer


def know_nothing(resolved: Resolved) -> None:
    infer(resolved)
    for function in resolved.functions:
        function.typed, function.result = False, ANY
        for variable in function.locals:
            variable.kind, variable.element, variable.growing = ANY, 0, False
            variable.interval = (MIN_INT, MAX_INT)


def outcome(source: str, level: str, allocations: int = -1) -> str:
    program_module._cache._entries.clear()
    limits = Limits(seconds=2, allocations=allocations)
    try:
        result = compile_tengo(source, level=level, limits=limits).run()
    except (CompileError, RunError) as error:
        return str(error)
    return str(display(result.raw("out")))


@pytest.mark.parametrize("block", range(8))
def test_same_outcome_however_compiled(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        source = programs.write(seed)
        level = "head" if seed % 2 else "2.10"
        known = outcome(source, level)
        with mock.patch.object(compiler, "infer", know_nothing):
            unknown = outcome(source, level)
        counted = outcome(source, level, allocations=10**12)
        if "time limit exceeded" not in known + unknown + counted:
            assert known == unknown == counted, source


def test_an_argument_may_change_the_array_that_is_appended_to() -> None:
    source = """
out := []
f := func() { out = append(out, 1); return 2 }
out = append(out, f())
"""
    assert outcome(source, "2.10") == outcome(source, "2.10", 10**6) == "[2]"
