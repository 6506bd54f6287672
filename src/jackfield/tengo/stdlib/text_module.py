"""``import("text")``: strings, regular expressions, numbers as text.

Offsets and lengths count bytes. A Tengo string is a ``str`` where it is valid UTF-8, and then
Python's own searching finds the same places as a search through the bytes would; only offsets
have to be converted. Strings that are not valid UTF-8 take the way through ``bytes``.

Source: tengo spec 17.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.arrays import elements, is_array
from jackfield.tengo.errors import Fault, InvalidArgument, Panic, WrongArgumentCount
from jackfield.tengo.stdlib import gostrings, strconv
from jackfield.tengo.stdlib.arguments import (
    Text,
    exactly_string,
    expect,
    functions,
    integer,
    limited_string,
    limited_text,
    string,
)
from jackfield.tengo.stdlib.regex import Pattern, RegexError, Span, compile_pattern
from jackfield.tengo.values import (
    ErrorValue,
    ImmutableMap,
    Undefined,
    UserFunction,
    byte_length,
    escaped,
    raw_bytes,
    string_of,
    type_name,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackfield.tengo.stdlib import ModuleContext

_STRING_LIMIT = "exceeding string size limit"


# --- kinds of functions, by what they take -------------------------------------------------------


def _of_one(work: Callable[[str], str], limit: int) -> Callable[..., Any]:
    """A function of one string, which sees invalid bytes as surrogates."""

    def call(*args: Any) -> Any:
        expect(len(args), 1)
        return limited_text(unescaped(work(escaped(string(args[0], "first")))), limit)

    return call


def _of_two(work: Callable[[Any, Any], Any], second: str = "second") -> Callable[..., Any]:
    """A function of two strings: both ``str``, or else both ``bytes``."""

    def call(*args: Any) -> Any:
        if len(args) != 2:
            raise WrongArgumentCount
        a, b = args
        if type(a) is not str or type(b) is not str:
            a, b = string(a, "first"), string(b, second)
            if type(a) is not str or type(b) is not str:
                return work(raw_bytes(a), raw_bytes(b))
        return work(a, b)

    return call


def _of_two_runes(work: Callable[[str, str], Any]) -> Callable[..., Any]:
    """A function of two strings that looks at characters; invalid bytes are surrogates."""

    def call(*args: Any) -> Any:
        expect(len(args), 2)
        return work(escaped(string(args[0], "first")), escaped(string(args[1], "second")))

    return call


def _back(piece: str | bytes) -> Text:
    return piece if type(piece) is str else string_of(piece)  # type: ignore[arg-type]


def _offset(text: str | bytes, index: int) -> int:
    """A place in ``text`` as an offset in bytes."""
    if index <= 0 or type(text) is not str or text.isascii():
        return index
    return len(text[:index].encode("utf-8", "surrogateescape"))


def _characters(text: str | bytes) -> list[Any]:
    """Each character of ``text``; of ``bytes``, an invalid byte is one."""
    if type(text) is str:
        return list(text)
    decoded = text.decode("utf-8", "surrogateescape")  # type: ignore[union-attr]
    return [c.encode("utf-8", "surrogateescape") for c in decoded]


# --- plain functions -----------------------------------------------------------------------------


def _compare(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _count(text: Any, part: Any) -> int:
    if part:
        return text.count(part)  # type: ignore[no-any-return]
    return len(_characters(text)) + 1


def _split_pieces(text: Any, separator: Any, limit: int, keep: bool) -> list[Text]:
    """Up to ``limit`` pieces (all if negative); ``keep`` leaves the separator on each."""
    if limit == 0:
        return []
    if not separator:
        pieces = _characters(text)
        if 0 < limit < len(pieces):
            rest = pieces[limit - 1 :]
            pieces = [*pieces[: limit - 1], ("" if type(text) is str else b"").join(rest)]
    else:
        pieces = text.split(separator, limit - 1 if limit > 0 else -1)
        if keep:
            pieces = [piece + separator for piece in pieces[:-1]] + pieces[-1:]
    return pieces if type(text) is str else [string_of(piece) for piece in pieces]


def _split_function(keep: bool) -> Callable[..., Any]:
    # Natively a wrong second argument is reported as the first one.
    return _of_two(lambda a, b: _split_pieces(a, b, -1, keep), second="first")


def _split_n_function(keep: bool) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 3)
        a, b = string(args[0], "first"), string(args[1], "second")
        limit = integer(args[2], "third")
        if type(a) is not str or type(b) is not str:
            return _split_pieces(raw_bytes(a), raw_bytes(b), limit, keep)
        return _split_pieces(a, b, limit, keep)

    return call


def _fields(*args: Any) -> Any:
    expect(len(args), 1)
    return [unescaped(word) for word in gostrings.fields(escaped(string(args[0], "first")))]


def _join(limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 2)
        if not is_array(args[0]):
            raise InvalidArgument("first", "array", type_name(args[0]))
        texts = [
            item if type(item) is str else string(item, f"first[{index}]")
            for index, item in enumerate(elements(args[0]))
        ]
        separator = string(args[1], "second")
        size = sum(map(byte_length, texts)) + byte_length(separator) * (len(texts) - 1)
        if size > limit:
            raise Fault(_STRING_LIMIT)
        if type(separator) is str and all(type(text) is str for text in texts):
            return separator.join(texts)  # type: ignore[arg-type]
        return string_of(raw_bytes(separator).join(map(raw_bytes, texts)))

    return call


def _repeat(limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 2)
        text, count = string(args[0], "first"), integer(args[1], "second")
        if byte_length(text) * count > limit:
            raise Fault(_STRING_LIMIT)
        if count < 0:
            raise Panic("strings: negative Repeat count")
        if not text:
            return ""
        return text * count if type(text) is str else string_of(raw_bytes(text) * count)

    return call


def _replaced(text: Any, old: Any, new: Any, count: int, limit: int) -> Text:
    """``text`` with ``old`` replaced up to ``count`` times (always if negative)."""
    if old == new or count == 0:
        return text  # type: ignore[no-any-return]
    if type(text) is not str or type(old) is not str or type(new) is not str:
        text, old, new = raw_bytes(text), raw_bytes(old), raw_bytes(new)
    found = _count(text, old)
    if count < 0 or found < count:
        count = found
    growth = _size(new) - _size(old)
    if growth > 0 and _size(text) + count * growth > limit:
        raise Fault(_STRING_LIMIT)
    if not old and type(text) is not str:
        pieces = _characters(text)
        heads = [new + piece for piece in pieces[:count]]
        tail = pieces[count:] if count <= len(pieces) else [new]
        return string_of(b"".join([*heads, *tail]))
    return _back(text.replace(old, new, count))


def _size(text: str | bytes) -> int:
    return byte_length(text) if type(text) is str else len(text)


def _replace(limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 4)
        text, old = string(args[0], "first"), string(args[1], "second")
        new, count = string(args[2], "third"), integer(args[3], "fourth")
        return _replaced(text, old, new, count, limit)

    return call


def _substr(*args: Any) -> Any:
    expect(len(args), 2, 3)
    text, low = string(args[0], "first"), integer(args[1], "second")
    size = byte_length(text)
    high = integer(args[2], "third") if len(args) == 3 else size
    if low > high:
        raise Fault("invalid index type")
    low, high = min(max(low, 0), size), min(max(high, 0), size)
    if type(text) is str and len(text) == size:
        return text[low:high]
    return string_of(raw_bytes(text)[low:high])


def _pad(limit: int, left: bool) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 2, 3)
        text, size = string(args[0], "first"), integer(args[1], "second")
        if size > limit:
            raise Fault(_STRING_LIMIT)
        raw = raw_bytes(text)
        if len(raw) >= size:
            return text
        filler = raw_bytes(string(args[2], "third")) if len(args) == 3 else b" "
        if not filler:
            return text
        # Natively the filler is repeated so often that it alone *almost* gives the size.
        count = max(size - len(filler), 0) // len(filler) + 1
        padded = filler * count + raw if left else raw + filler * count
        missing = size - len(padded)
        if missing > 0:
            bounds = f"[-{missing}:]" if left else f"[:{size}] with length {len(padded)}"
            raise Panic(f"runtime error: slice bounds out of range {bounds}")
        return string_of(padded[-size:] if left else padded[:size])

    return call


def _strip(method: str) -> Callable[..., Any]:
    def work(text: str, characters: str) -> Text:
        stripped: str = getattr(text, method)(gostrings.cutset(characters))
        return unescaped(stripped)

    return _of_two_runes(work)


# --- numbers -------------------------------------------------------------------------------------


def _atoi(*args: Any) -> Any:
    expect(len(args), 1)
    try:
        return strconv.atoi(escaped(string(args[0], "first")))
    except strconv.NumError as error:
        return ErrorValue(unescaped(str(error)))


def _itoa(*args: Any) -> Any:
    expect(len(args), 1)
    return str(integer(args[0], "first"))


def _format_bool(*args: Any) -> Any:
    expect(len(args), 1)
    if type(args[0]) is not bool:
        raise InvalidArgument("first", "bool", type_name(args[0]))
    return "true" if args[0] else "false"


def _format_float(limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 4)
        if type(args[0]) is not float:
            raise InvalidArgument("first", "float", type_name(args[0]))
        letters = raw_bytes(string(args[1], "second"))
        precision, bits = integer(args[2], "third"), integer(args[3], "fourth")
        if not letters:
            raise Panic("runtime error: index out of range [0] with length 0")
        if precision > limit:
            raise Fault(_STRING_LIMIT)
        try:
            letter = letters[:1].decode("ascii", "surrogateescape")
            return unescaped(strconv.format_float(args[0], letter, max(precision, -1), bits))
        except ValueError as error:
            raise Panic(str(error)) from None

    return call


def _format_int(*args: Any) -> Any:
    expect(len(args), 2)
    if type(args[0]) is not int:
        raise InvalidArgument("first", "int", type_name(args[0]))
    try:
        return strconv.format_int(args[0], integer(args[1], "second"))
    except ValueError as error:
        raise Panic(str(error)) from None


def _parsed(work: Callable[[], Any]) -> Any:
    """A number, or natively the end of the script."""
    try:
        return work()
    except strconv.NumError as error:
        raise Fault(gostrings.repaired(str(error))) from None


def _parse_bool(*args: Any) -> Any:
    expect(len(args), 1)
    text = exactly_string(args[0], "first")
    return _parsed(lambda: strconv.parse_bool(escaped(text)))


def _parse_float(*args: Any) -> Any:
    expect(len(args), 2)
    text, bits = exactly_string(args[0], "first"), integer(args[1], "second")
    return _parsed(lambda: strconv.parse_float(escaped(text), bits))


def _parse_int(*args: Any) -> Any:
    expect(len(args), 3)
    text, base = exactly_string(args[0], "first"), integer(args[1], "second")
    bits = integer(args[2], "third")
    return _parsed(lambda: strconv.parse_int(escaped(text), base, bits))


def _unquote(*args: Any) -> Any:
    expect(len(args), 1)
    try:
        return unescaped(strconv.unquote(escaped(string(args[0], "first"))))
    except strconv.SyntaxProblem as error:
        return ErrorValue(str(error))


# --- regular expressions -------------------------------------------------------------------------


def _compile(source: Text) -> Pattern:
    try:
        return compile_pattern(source)
    except RegexError as error:
        raise Fault(str(error)) from None


def _row(text: Text, spans: Sequence[Span], strict: bool) -> list[Any]:
    """One match as natively shown. A group that took no part is left out, or if ``strict`` is a
    native panic."""
    row = []
    plain = type(text) is str and text.isascii()
    raw: Any = text if plain else raw_bytes(text)
    for start, stop in spans:
        if start < 0:
            if strict:
                raise Panic("runtime error: slice bounds out of range [:-1]")
            continue
        piece = raw[start:stop] if plain else string_of(raw[start:stop])
        row.append(ImmutableMap({"text": piece, "begin": start, "end": stop}))
    return row


def _find(pattern: Pattern, text: Text, limit: int | None, strict: bool) -> Any:
    found = pattern.find(text, 1 if limit is None else limit)
    if not found:
        return Undefined
    if len(pattern.names) == 1 and type(text) is str and text.isascii():
        return [
            [ImmutableMap({"text": text[start:stop], "begin": start, "end": stop})]
            for ((start, stop),) in found
        ]
    return [_row(text, spans, strict) for spans in found]


def _substitute(pattern: Pattern, text: Text, replacement: Text, limit: int) -> Text:
    if pattern.literal is not None and type(text) is str and "$" not in escaped(replacement):
        return _replaced(text, pattern.literal, replacement, -1, limit)
    raw = text.encode() if type(text) is str else raw_bytes(text)
    template = pattern.template(replacement)
    if len(template) == 1 and type(text) is str:
        replaced = pattern.replace_one(raw, template[0], limit)
        if replaced is None or len(replaced) > limit:
            raise Fault(_STRING_LIMIT)
        return string_of(replaced)
    pieces = []
    at, room = 0, limit
    for spans in pattern.find(text, -1):
        start, stop = spans[0]
        piece = pattern.expand(template, raw, spans)
        room -= start - at + len(piece)
        if room < 0:
            raise Fault(_STRING_LIMIT)
        pieces.append(raw[at:start])
        pieces.append(piece)
        at = stop
    pieces.append(raw[at:])
    return limited_string(b"".join(pieces), limit)


def _split_by(pattern: Pattern, text: Text, limit: int) -> list[Text]:
    if pattern.literal is not None and type(text) is str:
        return _split_pieces(text, pattern.literal, limit, keep=False)
    return [string_of(piece) for piece in pattern.split(text, limit)]


def _re_match(*args: Any) -> Any:
    expect(len(args), 2)
    source, text = string(args[0], "first"), string(args[1], "second")
    return _compile(source).matches(text)


def _re_find(strict: bool) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 2, 3)
        pattern = _compile(string(args[0], "first"))
        text = string(args[1], "second")
        limit = integer(args[2], "third") if len(args) == 3 else None
        return _find(pattern, text, limit, strict)

    return call


def _re_replace(limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 3)
        source, text = string(args[0], "first"), string(args[1], "second")
        replacement = string(args[2], "third")
        return _substitute(_compile(source), text, replacement, limit)

    return call


def _re_split(*args: Any) -> Any:
    expect(len(args), 2, 3)
    source, text = string(args[0], "first"), string(args[1], "second")
    limit = integer(args[2], "third") if len(args) == 3 else -1
    return _split_by(_compile(source), text, limit)


def _re_compile(string_limit: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        expect(len(args), 1)
        pattern = _compile(string(args[0], "first"))
        matches = pattern.matches

        # These two are what loops call; what is a string already is not asked to be one.
        def match(*args: Any) -> Any:
            if len(args) != 1:
                raise WrongArgumentCount
            (text,) = args
            return matches(text if type(text) is str else string(text, "first"))

        def find(*args: Any) -> Any:
            expect(len(args), 1, 2)
            text = string(args[0], "first")
            limit = integer(args[1], "second") if len(args) == 2 else None
            return _find(pattern, text, limit, strict=True)

        def replace(*args: Any) -> Any:
            if len(args) != 2:
                raise WrongArgumentCount
            text, replacement = args
            if type(text) is not str or type(replacement) is not str:
                text, replacement = string(text, "first"), string(replacement, "second")
            return _substitute(pattern, text, replacement, string_limit)

        def split(*args: Any) -> Any:
            expect(len(args), 1, 2)
            text = string(args[0], "first")
            return _split_by(pattern, text, integer(args[1], "second") if len(args) == 2 else -1)

        members = {"match": match, "find": find, "replace": replace, "split": split}
        # Natively these have no names.
        return ImmutableMap({name: UserFunction("", work) for name, work in members.items()})

    return call


# --- the module ----------------------------------------------------------------------------------

# What needs nothing of a run.
_FIXED: dict[str, Callable[..., Any]] = {
    "re_match": _re_match,
    "re_split": _re_split,
    "compare": _of_two(_compare),
    "contains": _of_two(lambda a, b: b in a),
    "contains_any": _of_two_runes(lambda a, b: gostrings.first_of(a, b) >= 0),
    "count": _of_two(_count),
    "equal_fold": _of_two_runes(gostrings.equal_fold),
    "fields": _fields,
    "has_prefix": _of_two(lambda a, b: a.startswith(b)),
    "has_suffix": _of_two(lambda a, b: a.endswith(b)),
    "index": _of_two(lambda a, b: _offset(a, a.find(b))),
    "index_any": _of_two_runes(lambda a, b: _offset(a, gostrings.first_of(a, b))),
    "last_index": _of_two(lambda a, b: _offset(a, a.rfind(b))),
    "last_index_any": _of_two_runes(lambda a, b: _offset(a, gostrings.last_of(a, b))),
    "split": _split_function(keep=False),
    "split_after": _split_function(keep=True),
    "split_n": _split_n_function(keep=False),
    "split_after_n": _split_n_function(keep=True),
    "substr": _substr,
    "trim": _strip("strip"),
    "trim_left": _strip("lstrip"),
    "trim_right": _strip("rstrip"),
    "trim_prefix": _of_two(lambda a, b: _back(a.removeprefix(b))),
    "trim_suffix": _of_two(lambda a, b: _back(a.removesuffix(b))),
    "atoi": _atoi,
    "itoa": _itoa,
    "format_bool": _format_bool,
    "format_int": _format_int,
    "parse_bool": _parse_bool,
    "parse_float": _parse_float,
    "parse_int": _parse_int,
    "unquote": _unquote,
}


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``text``."""
    limit = context.string_bytes
    return functions(context, _FIXED | {
        "re_find": _re_find(strict=context.level == "2.10"),
        "re_replace": _re_replace(limit),
        "re_compile": _re_compile(limit),
        "join": _join(limit),
        "repeat": _repeat(limit),
        "replace": _replace(limit),
        "pad_left": _pad(limit, left=True),
        "pad_right": _pad(limit, left=False),
        "title": _of_one(gostrings.title, limit),
        "to_lower": _of_one(gostrings.lower, limit),
        "to_upper": _of_one(gostrings.upper, limit),
        "to_title": _of_one(gostrings.title_case, limit),
        "trim_space": _of_one(lambda text: text.strip(gostrings.SPACES), limit),
        "quote": _of_one(strconv.quote, limit),
        "format_float": _format_float(limit),
    })  # fmt: skip
