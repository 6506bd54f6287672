"""Numbers and quoted strings as text, the way Go's ``strconv`` writes and reads them.

Text is a Python ``str`` in which a byte that is not valid UTF-8 stands as its surrogate escape
(U+DC80..U+DCFF), so that one such byte counts as one rune, exactly as it does in Go.

Source: tengo spec 14, 16, 17.1 and the documentation of Go's ``strconv`` package.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal


class NumError(ValueError):
    """A text is no number; ``str()`` is Go's message, e.g. ``strconv.Atoi: parsing "a": ...``."""

    def __init__(self, function: str, text: str, reason: str) -> None:
        super().__init__(f"strconv.{function}: parsing {quote(text)}: {reason}")
        self.reason = reason


class SyntaxProblem(ValueError):
    """A text is no quoted string; ``str()`` is Go's ``invalid syntax``."""

    def __init__(self) -> None:
        super().__init__("invalid syntax")


# --- floats ------------------------------------------------------------------------------------


def float32(value: float) -> float:
    """The nearest 32-bit float, as a 64-bit float (infinite where it does not fit)."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


def _split_repr(text: str) -> tuple[str, int]:
    """``1.25e+20`` -> (``125``, 21): the digits, and where the decimal point goes among them."""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    point = len(whole) + (int(exponent) if exponent else 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return (stripped, point) if stripped else ("", 0)


def _shortest(value: float, bits: int) -> tuple[str, int]:
    """The fewest digits of a non-negative finite float that read back as the same float."""
    if bits == 64 or value == 0:
        return _split_repr(repr(value))
    for precision in range(9):
        text = f"{value:.{precision}e}"
        if float32(float(text)) == value:
            return _split_repr(text)
    return _split_repr(repr(value))


def _scientific(digits: str, point: int, precision: int, letter: str) -> str:
    exponent = point - 1 if digits else 0
    padded = digits.ljust(precision + 1, "0")
    head = padded[0]
    if precision > 0:
        head += "." + padded[1 : precision + 1]
    sign = "-" if exponent < 0 else "+"
    return f"{head}{letter}{sign}{abs(exponent):02d}"


def _positional(digits: str, point: int, precision: int) -> str:
    if point > 0:
        text = digits[:point].ljust(point, "0")
        fraction = digits[point:]
    else:
        text = "0"
        fraction = "0" * -point + digits
    if precision > 0:
        text += "." + fraction[:precision].ljust(precision, "0")
    return text


def _binary(value: float, bits: int) -> str:
    if bits == 32:
        (raw,) = struct.unpack("<I", struct.pack("<f", value))
        mantissa_bits, bias, exponent = 23, -127, raw >> 23 & 0xFF
    else:
        (raw,) = struct.unpack("<Q", struct.pack("<d", value))
        mantissa_bits, bias, exponent = 52, -1023, raw >> 52 & 0x7FF
    mantissa = raw & (1 << mantissa_bits) - 1
    if exponent:
        mantissa |= 1 << mantissa_bits
    else:
        exponent = 1
    return f"{mantissa}p{exponent + bias - mantissa_bits:+d}"


def _hexadecimal(value: float, precision: int, letter: str) -> str:
    """``0x1.8p+00``: a leading 1, hexadecimal fraction, binary exponent of two digits or more."""
    if value == 0:
        mantissa, exponent = 0, 0
    else:
        fraction, exponent = math.frexp(value)
        exponent -= 1
        mantissa = int(math.ldexp(fraction, 53)) << 8  # the leading 1 is bit 60
    if 0 <= precision < 15:
        shift = precision * 4
        extra = mantissa << shift & (1 << 60) - 1
        mantissa >>= 60 - shift
        if extra | mantissa & 1 > 1 << 59:
            mantissa += 1
        mantissa <<= 60 - shift
        if mantissa & 1 << 61:
            mantissa >>= 1
            exponent += 1
    tail = f"{mantissa & (1 << 60) - 1:015x}"
    tail = tail.rstrip("0") if precision < 0 else tail[:precision].ljust(precision, "0")
    text = f"0x{mantissa >> 60}{'.' + tail if tail else ''}p"
    if letter == "X":
        text = text.upper()
    return f"{text}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def format_float(value: float, letter: str, precision: int = -1, bits: int = 64) -> str:
    """``value`` in the form ``letter`` (one of ``b e E f g G x X``), Go's ``FormatFloat``.

    ``precision`` counts digits after the point (for ``g`` all digits); -1 means as few as
    identify the number. An unknown letter gives ``%`` and the letter. Raises ``ValueError`` where
    Go panics: ``bits`` neither 32 nor 64.
    """
    if bits == 32:
        value = float32(value)
    elif bits != 64:
        raise ValueError("strconv: illegal AppendFloat/FormatFloat bitSize")
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    value = abs(value)
    if letter == "b":
        return sign + _binary(value, bits)
    if letter in "xX":
        return sign + _hexadecimal(value, precision, letter)
    if letter not in "eEfgG":
        return "%" + letter
    if precision < 0:
        digits, point = _shortest(value, bits)
        if letter == "f":
            return sign + _positional(digits, point, max(len(digits) - point, 0))
        if letter in "eE":
            return sign + _scientific(digits, point, max(len(digits) - 1, 0), letter)
        threshold, precision = 6, max(len(digits), 1)
    elif letter == "f":
        return f"{sign}{value:.{precision}f}"
    elif letter in "eE":
        mantissa, _, exponent = f"{value:.{precision}e}".partition("e")
        return f"{sign}{mantissa}{letter}{exponent[0]}{int(exponent[1:]):02d}"
    else:
        precision = max(precision, 1)
        digits, point = _split_repr(f"{value:.{precision - 1}e}")
        threshold = precision
        if threshold > len(digits) >= point:
            threshold = len(digits)
    if not -4 <= point - 1 < threshold:
        precision = min(precision, len(digits))
        return sign + _scientific(digits, point, precision - 1, "e" if letter == "g" else "E")
    return sign + _positional(digits, point, max(len(digits) - point, 0))


def display_float(value: float) -> str:
    """The display form of a Tengo float: shortest digits, never an exponent.

    Source: tengo spec 14.
    """
    text = repr(value)
    if text.endswith(".0") and "e" not in text:
        return text[:-2]
    if "e" in text or "n" in text:
        return format_float(value, "f")
    return text


# Possessive quantifiers: a long text that is no number must fail in linear time.
_DECIMAL = re.compile(r"[+-]?(?:[0-9_]++\.?[0-9_]*+|\.[0-9_]++)(?:[eE][+-]?[0-9_]++)?\Z")
_HEX = re.compile(r"[+-]?0[xX]([0-9a-fA-F_]*+\.?[0-9a-fA-F_]*+)[pP][+-]?[0-9][0-9_]*+\Z")


def underscores_allowed(text: str) -> bool:
    """Whether each underscore stands between two digits or after a base prefix."""
    body = text[1:] if text[:1] in ("+", "-") else text
    previous = "^"
    start = 0
    is_hex = False
    if len(body) >= 2 and body[0] == "0" and body[1] in "bBoOxX":
        start, previous, is_hex = 2, "0", body[1] in "xX"
    for character in body[start:]:
        if character in "0123456789" or (is_hex and character in "abcdefABCDEF"):
            previous = "0"
        elif character == "_":
            if previous != "0":
                return False
            previous = "_"
        else:
            if previous == "_":
                return False
            previous = "!"
    return previous != "_"


def _nearest32(text: str, value: float) -> float:
    """``text`` rounded once to 32 bits, where rounding by way of 64 bits could differ."""
    rounded = float32(value)
    if rounded == value or not 1e-50 < abs(value) < 1e39:
        return rounded
    if "x" in text.lower():
        return rounded
    exact, near = Decimal(text), Decimal(value)
    if exact == near:
        return rounded
    # One step of a 64-bit float toward the exact value breaks a tie the right way.
    return float32(math.nextafter(value, math.inf if exact > near else -math.inf))


def parse_float(text: str, bits: int = 64, function: str = "ParseFloat") -> float:
    """Go's ``ParseFloat``: decimal or hexadecimal, ``inf``, ``infinity`` and ``nan`` in any case.

    Raises ``NumError`` (invalid syntax, value out of range).
    """
    lowered = text.lower() if text.isascii() else text
    unsigned = lowered[1:] if lowered[:1] in ("+", "-") else lowered
    if unsigned in ("inf", "infinity"):
        return -math.inf if lowered[0] == "-" else math.inf
    if lowered == "nan":
        return math.nan
    is_hex = unsigned.startswith("0x")
    match = (_HEX if is_hex else _DECIMAL).match(text)
    if match is None or ("_" in text and not underscores_allowed(text)):
        raise NumError(function, text, "invalid syntax")
    clean = text.replace("_", "")
    try:
        if is_hex:
            if not match[1].strip("_."):
                raise NumError(function, text, "invalid syntax")
            value = float.fromhex(clean)
        else:
            value = float(clean)
    except OverflowError:
        value = math.inf
    if bits == 32:
        value = _nearest32(clean, value)
    if math.isinf(value):
        raise NumError(function, text, "value out of range")
    return value


# --- integers and booleans -----------------------------------------------------------------------

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGIT_VALUE = {c: i for i, c in enumerate(_DIGITS)} | {c.upper(): i for i, c in enumerate(_DIGITS)}


def format_int(value: int, base: int) -> str:
    """``value`` in ``base`` with lower-case letters. Raises ``ValueError`` where Go panics."""
    if base == 10:
        return str(value)
    if not 2 <= base <= 36:
        raise ValueError("strconv: illegal AppendInt/FormatInt base")
    if base == 16:
        return f"{value:x}"
    if base == 8:
        return f"{value:o}"
    if base == 2:
        return f"{value:b}"
    rest = abs(value)
    digits = []
    while True:
        rest, digit = divmod(rest, base)
        digits.append(_DIGITS[digit])
        if not rest:
            break
    return ("-" if value < 0 else "") + "".join(reversed(digits))


def _parse_unsigned(text: str, whole: str, base: int, bits: int, function: str) -> int:
    if not text:
        raise NumError(function, whole, "invalid syntax")
    prefixed = base == 0
    digits = text
    if 2 <= base <= 36:
        pass
    elif base == 0:
        base = 10
        if text[0] == "0":
            prefix = text[1:2].lower() if len(text) >= 3 else ""
            if prefix and prefix in "box":
                base, digits = {"b": 2, "o": 8, "x": 16}[prefix], text[2:]
            else:
                base, digits = 8, text[1:]
    else:
        raise NumError(function, whole, f"invalid base {base}")
    if bits == 0:
        bits = 64
    elif not 0 < bits <= 64:
        raise NumError(function, whole, f"invalid bit size {bits}")
    limit = (1 << bits) - 1
    value = 0
    for character in digits:
        if character == "_" and prefixed:
            continue
        digit = _DIGIT_VALUE.get(character, 36)
        if digit >= base:
            raise NumError(function, whole, "invalid syntax")
        value = value * base + digit
        if value > limit:  # told before a later stray character is, as Go does
            raise NumError(function, whole, "value out of range")
    if prefixed and "_" in text and not underscores_allowed(text):
        raise NumError(function, whole, "invalid syntax")
    return value


def parse_int(text: str, base: int = 10, bits: int = 64, function: str = "ParseInt") -> int:
    """Go's ``ParseInt``; base 0 reads ``0b``, ``0o``, ``0x``, ``0`` prefixes and underscores.

    Raises ``NumError`` (invalid syntax, value out of range, invalid base, invalid bit size).
    """
    negative = text[:1] == "-"
    value = _parse_unsigned(
        text[1:] if text[:1] in ("+", "-") else text, text, base, bits, function
    )
    limit = 1 << ((bits or 64) - 1)
    if value > limit or (value == limit and not negative):
        raise NumError(function, text, "value out of range")
    return -value if negative else value


def atoi(text: str) -> int:
    """A decimal 64-bit integer. Raises ``NumError`` naming ``Atoi``."""
    return parse_int(text, 10, 64, "Atoi")


_BOOLS = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "false", "FALSE", "False"), False
)


def parse_bool(text: str) -> bool:
    """One of ``1 t T true TRUE True 0 f F false FALSE False``. Raises ``NumError``."""
    try:
        return _BOOLS[text]
    except KeyError:
        raise NumError("ParseBool", text, "invalid syntax") from None


# --- quoting -------------------------------------------------------------------------------------

_ESCAPES = {7: "\\a", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v"}
_PLAIN = re.compile(r"[ !#-\[\]-~]*\Z")


def _escape(character: str, quote_mark: str, ascii_only: bool) -> str:
    if character in (quote_mark, "\\"):
        return "\\" + character
    code = ord(character)
    if character.isprintable() and (code < 0x80 or not ascii_only):
        return character
    if code in _ESCAPES:
        return _ESCAPES[code]
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def quote(text: str, ascii_only: bool = False) -> str:
    """``text`` as a double-quoted Go string literal; what does not print is escaped."""
    if _PLAIN.match(text):
        return f'"{text}"'
    return '"' + "".join([_escape(c, '"', ascii_only) for c in text]) + '"'


def quote_rune(code: int, ascii_only: bool = False) -> str:
    """A code point as a single-quoted Go character literal (U+FFFD where it is no rune)."""
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        code = 0xFFFD
    return f"'{_escape(chr(code), chr(39), ascii_only)}'"


def is_print(code: int) -> bool:
    """Whether Go calls the code point printable (letters, marks, numbers, symbols, space)."""
    return 0 <= code <= 0x10FFFF and chr(code).isprintable()


def can_backquote(text: str) -> bool:
    """Whether ``text`` may stand unchanged between back quotes on one line."""
    for character in text:
        code = ord(character)
        if (code < 0x20 and code != 9) or code in (0x60, 0x7F, 0xFEFF):
            return False
        if 0xDC80 <= code <= 0xDCFF:
            return False
    return True


_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\",
}  # fmt: skip


def _unquote_escape(text: str, at: int, quote_mark: str) -> tuple[bytes, int]:
    """The bytes that the escape at ``text[at]`` (after its backslash) stands for, and its end."""
    letter = text[at : at + 1]
    if letter in _SIMPLE and letter:
        return _SIMPLE[letter].encode(), at + 1
    if letter in ("'", '"'):
        if letter != quote_mark:
            raise SyntaxProblem
        return letter.encode(), at + 1
    if letter and letter in "01234567":
        octal = text[at : at + 3]
        if len(octal) != 3 or octal.strip("01234567") or int(octal, 8) > 255:
            raise SyntaxProblem
        return bytes([int(octal, 8)]), at + 3
    size = {"x": 2, "u": 4, "U": 8}.get(letter)
    digits = text[at + 1 : at + 1 + (size or 0)]
    if size is None or len(digits) != size or not re.fullmatch("[0-9a-fA-F]+", digits):
        raise SyntaxProblem
    code = int(digits, 16)
    if letter == "x":
        return bytes([code]), at + 3
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise SyntaxProblem
    return chr(code).encode(), at + 1 + size


def unquote(text: str) -> str:
    """The text that a Go literal in double, single or back quotes stands for.

    Raises ``SyntaxProblem``.
    """
    if len(text) < 2 or text[0] != text[-1]:
        raise SyntaxProblem
    mark, body = text[0], text[1:-1]
    if mark == "`":
        if "`" in body:
            raise SyntaxProblem
        return body.replace("\r", "")
    if mark not in "\"'" or "\n" in body:
        raise SyntaxProblem
    out = bytearray()
    at = count = 0
    while at < len(body):
        character = body[at]
        if character == mark:
            raise SyntaxProblem
        if character == "\\":
            piece, at = _unquote_escape(body, at + 1, mark)
            out += piece
        else:
            escaped = "\udc80" <= character <= "\udcff"
            out += b"\xef\xbf\xbd" if escaped else character.encode()
            at += 1
        count += 1
    if mark == "'" and count != 1:
        raise SyntaxProblem
    return out.decode("utf-8", "surrogateescape")
