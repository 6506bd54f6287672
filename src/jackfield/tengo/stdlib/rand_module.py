"""``import("rand")``: Go's random numbers; a seed gives the very numbers that Go gives.

Without a seed the numbers differ from run to run. No two runs share a state.

Source: tengo spec 17.4.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from jackfield.tengo.errors import InvalidArgument, Panic
from jackfield.tengo.stdlib.arguments import expect, functions, integer
from jackfield.tengo.stdlib.gorand import Rand
from jackfield.tengo.values import Bytes, ImmutableMap, Undefined, type_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield.tengo.stdlib import ModuleContext

_MOST = 1 << 45  # no Go slice of integers can be longer


def _members(source: Callable[[], Rand]) -> dict[str, Callable[..., Any]]:
    """The functions over one stream of numbers, which is made when it is first needed."""

    def number(*args: Any) -> Any:
        expect(len(args), 0)
        return source().int63()

    def fraction(*args: Any) -> Any:
        expect(len(args), 0)
        return source().float64()

    def below(*args: Any) -> Any:
        expect(len(args), 1)
        bound = integer(args[0], "first")
        if bound <= 0:
            raise Panic("invalid argument to Int63n")
        return source().int63n(bound)

    def exponential(*args: Any) -> Any:
        expect(len(args), 0)
        return source().exp_float64()

    def normal(*args: Any) -> Any:
        expect(len(args), 0)
        return source().norm_float64()

    def permutation(*args: Any) -> Any:
        expect(len(args), 1)
        count = integer(args[0], "first")
        if not 0 <= count <= _MOST:
            raise Panic("runtime error: makeslice: len out of range")
        return source().perm(count)

    def seed(*args: Any) -> Any:
        expect(len(args), 1)
        source().seed(integer(args[0], "first"))
        return Undefined

    def read(*args: Any) -> Any:
        expect(len(args), 1)
        target = args[0]
        if type(target) is not Bytes:
            raise InvalidArgument("first", "bytes", type_name(target))
        target.write(source().read(len(target)))
        return len(target)

    return {
        "int": number,
        "float": fraction,
        "intn": below,
        "exp_float": exponential,
        "norm_float": normal,
        "perm": permutation,
        "seed": seed,
        "read": read,
    }


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``rand``."""
    shared: list[Rand] = []

    def common() -> Rand:
        if not shared:
            shared.append(Rand(secrets.randbits(63)))
        return shared[0]

    def stream(*args: Any) -> Any:
        expect(len(args), 1)
        own = Rand(integer(args[0], "first"))
        return ImmutableMap(dict(functions(context, _members(lambda: own))))

    return dict(functions(context, _members(common) | {"rand": stream}))
