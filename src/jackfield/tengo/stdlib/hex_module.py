"""``import("hex")``: bytes as pairs of hexadecimal digits.

Source: tengo spec 17.7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.stdlib import strconv
from jackfield.tengo.stdlib.arguments import expect, limited_bytes, limited_text, octets, string
from jackfield.tengo.values import ErrorValue, UserFunction, raw_bytes

if TYPE_CHECKING:
    from jackfield.tengo.stdlib import ModuleContext

_NO_DIGIT: Final = re.compile(rb"[^0-9a-fA-F]")


def decode(text: bytes) -> bytes:
    """The bytes that ``text`` stands for. Raises ``ValueError`` with Go's text."""
    wrong = _NO_DIGIT.search(text)
    if wrong:
        code = wrong[0][0]
        shown = f" '{chr(code)}'" if strconv.is_print(code) else ""
        raise ValueError(f"encoding/hex: invalid byte: U+{code:04X}{shown}")
    if len(text) % 2:
        raise ValueError("encoding/hex: odd length hex string")
    return bytes.fromhex(text.decode("ascii"))


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``hex``. Natively its functions have no names."""

    def encode(*args: Any) -> Any:
        expect(len(args), 1)
        return limited_text(octets(args[0], "first").hex(), context.string_bytes)

    def call_decode(*args: Any) -> Any:
        expect(len(args), 1)
        try:
            raw = decode(raw_bytes(string(args[0], "first")))
        except ValueError as error:
            return ErrorValue(str(error))
        return limited_bytes(raw, context.bytes_length)

    return {"encode": UserFunction("", encode), "decode": UserFunction("", call_decode)}
