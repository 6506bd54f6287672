"""``import("fmt")``: printing to where the host lets the script write, and ``sprintf``.

Source: tengo spec 17.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.convert import to_string
from jackfield.tengo.display import display_text
from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib.arguments import functions
from jackfield.tengo.stdlib.gofmt import sprintf
from jackfield.tengo.stdlib.gostrings import repaired
from jackfield.tengo.values import TengoString, Undefined, byte_length, escaped, type_name

if TYPE_CHECKING:
    from jackfield.tengo.stdlib import ModuleContext


def _format_of(args: tuple[Any, ...]) -> str | TengoString:
    if not args:
        raise WrongArgumentCount
    if type(args[0]) is not str and type(args[0]) is not TengoString:
        raise InvalidArgument("format", "string", type_name(args[0]))
    return args[0]


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``fmt``. What is written is valid text: an invalid byte becomes U+FFFD."""
    limit, write = context.string_bytes, context.write

    def joined(args: tuple[Any, ...]) -> str:
        """The arguments as ``string()`` shows them, undefined as nothing, without separators."""
        texts = [to_string(arg) or "" for arg in args]
        if sum(map(byte_length, texts)) > limit:
            raise Fault("exceeding string size limit")
        return "".join([repaired(escaped(text)) for text in texts])

    def print_(*args: Any) -> Any:
        write(joined(args))
        return Undefined

    def println(*args: Any) -> Any:
        write(joined(args) + "\n")
        return Undefined

    def printf(*args: Any) -> Any:
        text = _format_of(args)
        # Natively a lone format is shown in quotes, as a value and not as text.
        shown = display_text(text) if len(args) == 1 else escaped(sprintf(text, args[1:], limit))
        write(repaired(shown))
        return Undefined

    def sprintf_(*args: Any) -> Any:
        return sprintf(_format_of(args), args[1:], limit)

    table = {"print": print_, "println": println, "printf": printf, "sprintf": sprintf_}
    return dict(functions(context, table))
