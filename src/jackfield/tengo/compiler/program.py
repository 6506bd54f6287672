"""A whole program to code objects."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler import emit
from jackfield.tengo.compiler.context import Options, Unit
from jackfield.tengo.compiler.functions import FunctionCompiler
from jackfield.tengo.compiler.inference import infer

if TYPE_CHECKING:
    from types import CodeType

    from jackfield.tengo.scopes import FunctionInfo, Resolved
    from jackfield.tengo.source import SourceFile

MAIN = "main"


@dataclass(frozen=True, slots=True)
class CompiledUnit:
    """What running needs.

    :ivar codes: each defines the Python functions of one source when executed: ``main`` and
        ``moduleN``.
    :ivar files: the sources by the number in the code objects' file names, for positions.
    :ivar constants: global names and their values.
    :ivar arities: number of parameters and whether variadic, by the number in a function's name.
    :ivar outputs: names of the variables whose values ``main`` returns, in order.
    :ivar frames: of Python that a call of a Tengo function takes.
    """

    codes: tuple[CodeType, ...]
    files: tuple[SourceFile, ...]
    constants: dict[str, Any]
    arities: tuple[tuple[int, bool], ...]
    outputs: tuple[str, ...]
    frames: int


def generate(program: Resolved, options: Options) -> CompiledUnit:
    """Compile a resolved program."""
    infer(program)
    unit = Unit(options)
    main = FunctionCompiler(unit, program.main, frozenset())
    definition = main.definition(MAIN)
    tops = {v.name: v for v in program.main.locals if v.top}
    values: list[ast.expr] = [
        emit.name(v.python_name) if v.shared else main.read(v) for v in tops.values()
    ]
    definition.body.append(ast.Return(ast.Tuple(values, emit.LOAD)))
    definition.args.args = [ast.arg(v.python_name) for v in program.inputs]
    files = [program.main.file]
    codes = [_compile(definition, 0)]
    for module in program.modules:
        compiler = FunctionCompiler(unit, module.info, frozenset())
        files.append(module.info.file)
        codes.append(_compile(compiler.definition(f"module{module.number}"), len(codes)))
    return CompiledUnit(
        tuple(codes),
        tuple(files),
        unit.constants,
        tuple(_arity(info) for info in program.functions),
        tuple(tops),
        2 if options.count else 1,  # counting, a helper makes the call
    )


def _arity(info: FunctionInfo) -> tuple[int, bool]:
    return len(info.params), info.variadic


def _compile(definition: ast.FunctionDef, number: int) -> CodeType:
    tree = ast.Module([definition], [])
    emit.finish(tree)
    return compile(tree, f"<tengo {number}>", "exec", dont_inherit=True)
