"""``import("math")``: constants and functions of floats.

Source: tengo spec 17.3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.convert import to_float
from jackfield.tengo.errors import InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib import bessel, gomath
from jackfield.tengo.stdlib.arguments import ORDINALS, floating, functions, integer
from jackfield.tengo.values import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield.tengo.stdlib import ModuleContext

_CONSTANTS: Final[dict[str, float]] = {
    "e": math.e,
    "pi": math.pi,
    "phi": 1.61803398874989484820458683436563811772030917980576286213544862,
    "sqrt2": 1.41421356237309504880168872420969807856967187537694807317667974,
    "sqrtE": 1.64872127070012814684865078781416357165377610071014801157507931,
    "sqrtPi": 1.77245385090551602729816748334114518279754945612238712821380779,
    "sqrtPhi": 1.27201964951406896425242246173749149171560804184009624861664038,
    "ln2": 0.693147180559945309417232121458176568075500134360255254120680009,
    "log2E": 1.44269504088896340735992468100189213742664595415298593413544940,
    "ln10": 2.30258509299404568401799145468436420760110148862877297603332790,
    "log10E": 0.43429448190325182765112891891660508229439700580366656611445378,
}
# Native v2.10 does not have these yet.
_LIMITS: Final[dict[str, float]] = {
    "maxFloat32": (2 - 2**-23) * 2.0**127,
    "smallestNonzeroFloat32": 2.0**-149,
    "maxFloat64": (2 - 2**-52) * 2.0**1023,
    "smallestNonzeroFloat64": 5e-324,
    "maxInt": (1 << 63) - 1,
    "minInt": -1 << 63,
} | {
    name: value
    for bits in (8, 16, 32, 64)
    for name, value in ((f"maxInt{bits}", (1 << bits - 1) - 1), (f"minInt{bits}", -1 << bits - 1))
}


def _of_float(work: Callable[[float], Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        if len(args) != 1:
            raise WrongArgumentCount
        number = to_float(args[0])
        if number is None:
            raise InvalidArgument("first", "float(compatible)", type_name(args[0]))
        return work(number)

    return call


def _of(work: Callable[..., Any], *kinds: Callable[[Any, str], Any]) -> Callable[..., Any]:
    """A function whose arguments are converted by ``kinds``, one each."""

    def call(*args: Any) -> Any:
        if len(args) != len(kinds):
            raise WrongArgumentCount
        return work(
            *[kind(arg, name) for kind, arg, name in zip(kinds, args, ORDINALS, strict=False)]
        )

    return call


_FLOAT_FUNCTIONS: Final[dict[str, Callable[[float], Any]]] = {
    "abs": math.fabs,
    "acos": gomath.acos,
    "acosh": gomath.acosh,
    "asin": gomath.asin,
    "asinh": gomath.asinh,
    "atan": gomath.atan,
    "atanh": gomath.atanh,
    "cbrt": gomath.cbrt,
    "ceil": gomath.ceil,
    "cos": gomath.cos,
    "cosh": gomath.cosh,
    "erf": math.erf,
    "erfc": math.erfc,
    "exp": gomath.exp,
    "exp2": gomath.exp2,
    "expm1": gomath.expm1,
    "floor": gomath.floor,
    "gamma": gomath.gamma,
    "ilogb": gomath.ilogb,
    "is_nan": math.isnan,
    "j0": bessel.j0,
    "j1": bessel.j1,
    "log": gomath.log,
    "log10": gomath.log10,
    "log1p": gomath.log1p,
    "log2": gomath.log2,
    "logb": gomath.logb,
    "signbit": gomath.signbit,
    "sin": gomath.sin,
    "sinh": gomath.sinh,
    "sqrt": gomath.sqrt,
    "tan": gomath.tan,
    "tanh": gomath.tanh,
    "trunc": gomath.trunc,
    "y0": bessel.y0,
    "y1": bessel.y1,
}

_TABLE: Final[dict[str, Callable[..., Any]]] = {
    **{name: _of_float(work) for name, work in _FLOAT_FUNCTIONS.items()},
    "atan2": _of(gomath.atan2, floating, floating),
    "copysign": _of(math.copysign, floating, floating),
    "dim": _of(gomath.dim, floating, floating),
    "hypot": _of(gomath.hypot, floating, floating),
    "inf": _of(gomath.infinity, integer),
    "is_inf": _of(gomath.is_inf, floating, integer),
    "jn": _of(bessel.jn, integer, floating),
    "ldexp": _of(gomath.ldexp, floating, integer),
    "max": _of(gomath.maximum, floating, floating),
    "min": _of(gomath.minimum, floating, floating),
    "mod": _of(gomath.mod, floating, floating),
    "nan": _of(lambda: math.nan),
    "nextafter": _of(math.nextafter, floating, floating),
    "pow": _of(gomath.pow, floating, floating),
    "pow10": _of(gomath.pow10, integer),
    "remainder": _of(gomath.remainder, floating, floating),
    "yn": _of(bessel.yn, integer, floating),
}


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``math``."""
    limits = _LIMITS if context.level != "2.10" else {}
    return {**_CONSTANTS, **limits, **functions(context, _TABLE)}
