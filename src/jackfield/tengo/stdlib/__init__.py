"""Tengo's standard library, one module a file, and the contract by which a file offers one.

``stdlib/NAME_module.py`` (a suffix, so that ``json_module`` does not shadow Python's ``json`` in
anybody's eyes) defines either

* ``def build(context: ModuleContext) -> dict[str, Any]``: the members, as Tengo values (see
  ``values.py``): constants, and functions as ``UserFunction(name, call)``. It is called once a
  *run*, so state such as the seed of ``rand`` may live in its closures and is never shared between
  two runs. It must be cheap: keep tables at module level. ``__module_name__`` is added by the
  importer.
* or ``SOURCE: str``: the module in Tengo (``enum``).

A function's ``call`` takes positional Tengo values and gives one back:

* wrong number of arguments: ``raise WrongArgumentCount()`` (all from ``errors.py``),
* wrong type: ``raise InvalidArgument("first", "string(compatible)", type_name(value))``, worded by
  the runtime as ``invalid type for argument 'first' in call to 'user-function:trim': expected
  string(compatible), found undefined``,
* a failure that natively ends the script: ``raise Fault(message)``; where native dies of a Go
  panic: ``raise Panic(message)``,
* a failure that natively is a value: ``return ErrorValue(message)``,
* nothing to return: ``return Undefined``.

Conversions of arguments ("compatible" ones) are in ``convert.py`` and give ``None`` for "no". To
call back into the script simply call the function value: ``callback(key, value)``. Return ``str``
only for valid UTF-8: ``values.unescaped(text)`` and ``values.string_of(raw)`` see to that. Read any
array by ``arrays.elements(x)``, any map by ``x`` or ``x.map`` when it is an ``ImmutableMap``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES: tuple[str, ...] = (
    "math",
    "text",
    "times",
    "rand",
    "fmt",
    "json",
    "base64",
    "hex",
    "enum",
)
"""The modules that exist. ``os`` is left out on purpose: a script reaches nothing of the host."""


@dataclass(frozen=True, slots=True)
class ModuleContext:
    """What a standard module may know of the run that imports it.

    :ivar level: ``"2.10"`` or ``"head"``.
    :ivar string_bytes: longest string allowed, in bytes (``exceeding string size limit``).
    :ivar bytes_length: longest bytes value allowed (``exceeding bytes size limit``).
    :ivar write: where ``fmt.print`` and its kin write; takes text, adds nothing.
    """

    level: str
    string_bytes: int
    bytes_length: int
    write: Callable[[str], Any]
