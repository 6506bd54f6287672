"""``import("text")``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.arrays import sliced
from jackfield.tengo.errors import Fault, Panic
from jackfield.tengo.stdlib import ModuleContext, text_module
from jackfield.tengo.values import (
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    TengoString,
    Undefined,
    raw_bytes,
    string_of,
)

Load = Callable[..., Any]

BAD = TengoString(b"\xff")
HALF = TengoString(b"h\xc3")


CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("compare", ("a", "b"), -1),
    ("compare", ("b", "a"), 1),
    ("compare", ("a", "a"), 0),
    ("compare", ("\U00010000", "\uffff"), 1),
    ("compare", (BAD, "é"), 1),
    ("contains", ("abc", "b"), True),
    ("contains", ([1, 2], "1"), True),
    ("contains", (HALF, "h"), True),
    ("contains", ("é", TengoString(b"\xc3")), True),
    ("contains", ("abc", ""), True),
    ("contains_any", ("abc", "xc"), True),
    ("contains_any", ("abc", ""), False),
    ("count", ("cheese", "e"), 3),
    ("count", ("abc", ""), 4),
    ("count", ("é九", ""), 3),
    ("count", (TengoString(b"a\xff"), ""), 3),
    ("count", ("aaa", "aa"), 1),
    ("equal_fold", ("Go", "GO"), True),
    ("equal_fold", ("ß", "SS"), False),
    ("fields", ("  a b  c ",), ["a", "b", "c"]),
    ("fields", ("",), []),
    ("fields", (TengoString(b" \xff a"),), [BAD, "a"]),
    ("has_prefix", ("abc", "ab"), True),
    ("has_prefix", ("é", TengoString(b"\xc3")), True),
    ("has_suffix", ("abc", "bc"), True),
    ("has_suffix", ("abc", ""), True),
    ("index", ("chicken", "ken"), 4),
    ("index", ("éa", "a"), 2),
    ("index", ("a", "z"), -1),
    ("index", ("abc", ""), 0),
    ("index", (TengoString(b"\xffa"), "a"), 1),
    ("index", ("é", TengoString(b"\xa9")), 1),
    ("index_any", ("éab", "ba"), 2),
    ("index_any", ("abc", ""), -1),
    ("index_any", (TengoString(b"a\xffb"), "b"), 2),
    ("last_index", ("go gopher", "go"), 3),
    ("last_index", ("éaé", "é"), 3),
    ("last_index", ("é", ""), 2),
    ("last_index_any", ("éaéb", "é"), 3),
    ("last_index_any", ("abc", "x"), -1),
    ("join", (["a", 1, Char("c")], "-"), "a-1-c"),
    ("join", (ImmutableArray(["a"]), ","), "a"),
    ("join", ([], ","), ""),
    ("join", ([BAD, "a"], ","), TengoString(b"\xff,a")),
    ("join", ([TengoString(b"\xc3"), TengoString(b"\xa9")], ""), "é"),
    ("join", (sliced(["a", "b"], 1, 2), ","), "b"),
    ("repeat", ("ab", 3), "ababab"),
    ("repeat", ("ab", 0), ""),
    ("repeat", (BAD, 2), TengoString(b"\xff\xff")),
    ("repeat", ("", 10**12), ""),
    ("repeat", ("a", "2"), "aa"),
    ("replace", ("banana", "a", "o", -1), "bonono"),
    ("replace", ("banana", "a", "o", 2), "bonona"),
    ("replace", ("banana", "a", "o", 0), "banana"),
    ("replace", ("abc", "", "-", -1), "-a-b-c-"),
    ("replace", ("é九", "", "-", 2), "-é-九"),
    ("replace", ("abc", "x", "y", -1), "abc"),
    ("replace", (TengoString(b"\xffa"), "", "-", -1), TengoString(b"-\xff-a-")),
    ("replace", (TengoString(b"\xffa"), "", "-", 2), TengoString(b"-\xff-a")),
    ("replace", (TengoString(b"\xffa"), BAD, "é", -1), "éa"),
    ("substr", ("hello", 1, 3), "el"),
    ("substr", ("hello", 1), "ello"),
    ("substr", ("hello", -5, 100), "hello"),
    ("substr", ("héllo", 0, 2), HALF),
    ("substr", ("héllo", 0, 3), "hé"),
    ("substr", ("abc", 5), Fault),
    ("split", ("a,b,c", ","), ["a", "b", "c"]),
    ("split", ("é九", ""), ["é", "九"]),
    ("split", ("", ""), []),
    ("split", ("", ","), [""]),
    ("split", (TengoString(b"a\xffb"), BAD), ["a", "b"]),
    ("split", (TengoString(b"\xffa"), ""), [BAD, "a"]),
    ("split_after", ("a,b,c", ","), ["a,", "b,", "c"]),
    ("split_after", ("ab", ""), ["a", "b"]),
    ("split_n", ("a,b,c", ",", 2), ["a", "b,c"]),
    ("split_n", ("a,b,c", ",", 0), []),
    ("split_n", ("a,b", ",", -1), ["a", "b"]),
    ("split_n", ("abc", "", 2), ["a", "bc"]),
    ("split_n", ("abc", "", 9), ["a", "b", "c"]),
    ("split_n", (TengoString(b"\xffab"), "", 2), [BAD, "ab"]),
    ("split_after_n", ("a,b,c", ",", 2), ["a,", "b,c"]),
    ("split_after_n", ("a,b", ",", 1), ["a,b"]),
    ("title", ("don't stop",), "Don'T Stop"),
    ("to_lower", ("ÄB",), "äb"),
    ("to_upper", ([1, "a"],), '[1, "A"]'),
    ("to_title", ("ab",), "AB"),
    ("to_upper", (BAD,), "\ufffd"),
    ("pad_left", ("ab", 5), "   ab"),
    ("pad_left", ("ab", 2, "x"), "ab"),
    ("pad_left", ("ab", 3, "xyz"), "zab"),
    ("pad_left", ("é", 5, "-"), "---é"),
    ("pad_left", ("a", 4, ""), "a"),
    ("pad_left", ("a", -1), "a"),
    ("pad_right", ("ab", 4, "xyz"), "abxy"),
    ("pad_right", ("ab", 5), "ab   "),
    ("pad_right", ("a", 2, "é"), TengoString(b"a\xc3")),
    ("trim", ("xxabcxx", "x"), "abc"),
    ("trim", ("éaé", "é"), "a"),
    ("trim", ("abc", ""), "abc"),
    ("trim", (TengoString(b"\xffa\xff"), "\ufffd"), "a"),
    ("trim_left", ("xxaxx", "x"), "axx"),
    ("trim_right", ("xxaxx", "x"), "xxa"),
    ("trim_prefix", ("abc", "ab"), "c"),
    ("trim_suffix", ("abc", "bc"), "a"),
    ("trim_prefix", ("é", TengoString(b"\xc3")), TengoString(b"\xa9")),
    ("trim_space", ("\t\n a \u00a0\u2003",), "a"),
    ("trim_space", ("\x1ca",), "\x1ca"),
    ("atoi", ("12",), 12),
    ("atoi", (5,), 5),
    ("itoa", (5,), "5"),
    ("itoa", ("5",), "5"),
    ("itoa", (1.9,), "1"),
    ("format_bool", (True,), "true"),
    ("format_bool", (False,), "false"),
    ("format_float", (1.5, "f", 3, 64), "1.500"),
    ("format_float", (1.5, Char("e"), -1, 64), "1.5e+00"),
    ("format_float", (1.5, "z", -1, 64), "%z"),
    ("format_float", (1.5, "é", -1, 64), TengoString(b"%\xc3")),
    ("format_float", (1.5, "g", -5, 64), "1.5"),
    ("format_int", (255, 16), "ff"),
    ("format_int", (-255, 2), "-11111111"),
    ("parse_bool", ("T",), True),
    ("parse_float", ("0.1", 32), 0.10000000149011612),
    ("parse_float", ("1.5", 64), 1.5),
    ("parse_int", ("ff", 16, 64), 255),
    ("parse_int", ("0b11", 0, 64), 3),
    ("quote", ('a"b\n',), r'"a\"b\n"'),
    ("quote", (BAD,), r'"\xff"'),
    ("unquote", (r'"a\n"',), "a\n"),
    ("unquote", (r'"\xff"',), BAD),
    ("unquote", ("'a'",), "a"),
    ("re_match", ("a+", "baa"), True),
    ("re_match", (1, "a1"), True),
    ("re_match", ("z", "abc"), False),
    ("re_match", ("b", "abc"), True),
    ("re_replace", ("a", "banana", "x"), "bxnxnx"),
    ("re_replace", ("(a)(n)", "banana", "$2$1"), "bnanaa"),
    ("re_replace", ("(a)(n)", "banana", "${2}x$1y"), "bnxnxa"),
    ("re_replace", ("a*", "baac", "-"), "-b-c-"),
    ("re_replace", ("", "é九", "-"), "-é-九-"),
    ("re_replace", ("a", "banana", "$0$0"), "baanaanaa"),
    ("re_replace", ("a", "banana", "$$"), "b$n$n$"),
    ("re_replace", ("a", "banana", "\\1"), "b\\1n\\1n\\1"),
    ("re_replace", ("a", TengoString(b"\xffa"), "b"), TengoString(b"\xffb")),
    ("re_replace", ("z", "abc", "x"), "abc"),
    ("re_replace", (".", "é", BAD), BAD),
    ("re_split", ("a", "banana"), ["b", "n", "n", ""]),
    ("re_split", ("a", "banana", 2), ["b", "nana"]),
    ("re_split", ("a+", "banana", 0), []),
    ("re_split", ("a", "banana", 0), []),
    ("re_split", (r",\s*", "a, b,c"), ["a", "b", "c"]),
    ("re_split", ("x", ""), [""]),
    ("re_split", ("", ""), []),
]


@pytest.mark.parametrize(("name", "arguments", "value"), CASES)
def test_functions(name: str, arguments: tuple[Any, ...], value: Any, load: Load) -> None:
    function = getattr(load("text"), name)
    if value is Fault:
        with pytest.raises(Fault, match=r"^invalid index type$"):
            function(*arguments[:1], 3, 1)
        return
    got = function(*arguments)
    assert got == value
    assert type(got) is type(value)


def test_find_shows_text_and_bytes(load: Load) -> None:
    find = load("text").re_find

    def rows(*arguments: Any) -> list[list[tuple[Any, int, int]]]:
        return [[(g["text"], g["begin"], g["end"]) for g in row] for row in find(*arguments)]

    assert rows("é", "aéb") == [[("é", 1, 3)]]
    assert rows("a(b)?", "xaab") == [[("a", 1, 2)]]  # the group that took no part is left out
    assert rows("a(b)?", "xaab", -1) == [[("a", 1, 2)], [("ab", 2, 4), ("b", 3, 4)]]
    assert rows("", "ab", -1) == [[("", 0, 0)], [("", 1, 1)], [("", 2, 2)]]
    assert rows("a", Bytes(b"bab"), -1) == [[("a", 1, 2)]]
    assert rows(".", TengoString(b"\xff")) == [[(BAD, 0, 1)]]
    assert find("z", "abc") is Undefined
    assert find("a", "aaa", 0) is Undefined
    assert len(find("a", "aaa", 2)) == 2


def test_find_at_level_2_10_dies_of_a_group_that_took_no_part(load: Load) -> None:
    with pytest.raises(Panic, match="slice bounds out of range"):
        load("text", level="2.10").re_find("a(b)?", "xaab")


def test_compiled_expressions(load: Load) -> None:
    expression = load("text").re_compile("a(b)")
    assert expression["match"]("xab") is True
    assert expression["find"]("xab")[0][1]["text"] == "b"
    assert expression["find"]("zzz") is Undefined
    assert len(expression["find"]("abab", -1)) == 2
    assert expression["replace"]("xab", "$1") == "xb"
    assert expression["split"]("1ab2") == ["1", "2"]
    assert expression["split"]("1ab2ab3", 2) == ["1", "2ab3"]
    assert expression["match"].name == ""
    for name, arguments in (("match", ()), ("find", (1, 2, 3)), ("replace", ("a",)), ("split", ())):
        with pytest.raises(Fault, match="wrong number of arguments in call to 'user-function:'"):
            expression[name](*arguments)
    with pytest.raises(Panic, match=r"slice bounds out of range \[:-1\]"):
        load("text").re_compile("a(b)|c")["find"]("c")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("re_match", ("(", "x")),
        ("re_find", ("(", "x")),
        ("re_find", ("(", Undefined)),
        ("re_replace", ("(", "a", "b")),
        ("re_split", ("(", "a")),
        ("re_compile", ("(",)),
    ],
)
def test_a_bad_pattern_ends_the_script(name: str, arguments: tuple[Any, ...], load: Load) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("text"), name)(*arguments)
    assert caught.value.message == "error parsing regexp: missing closing ): `(`"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("atoi", ("a",), 'strconv.Atoi: parsing "a": invalid syntax'),
        (
            "atoi",
            ("99999999999999999999",),
            'strconv.Atoi: parsing "99999999999999999999": value out of range',
        ),
        ("unquote", ("abc",), "invalid syntax"),
    ],
)
def test_errors_as_values(name: str, arguments: tuple[Any, ...], message: str, load: Load) -> None:
    error = getattr(load("text"), name)(*arguments)
    assert type(error) is ErrorValue
    assert error.value == message


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("parse_bool", ("yes",), 'strconv.ParseBool: parsing "yes": invalid syntax'),
        ("parse_float", ("a", 64), 'strconv.ParseFloat: parsing "a": invalid syntax'),
        ("parse_float", ("1e400", 64), 'strconv.ParseFloat: parsing "1e400": value out of range'),
        ("parse_int", ("300", 10, 8), 'strconv.ParseInt: parsing "300": value out of range'),
        ("parse_int", ("10", 1, 64), 'strconv.ParseInt: parsing "10": invalid base 1'),
        ("parse_int", (BAD, 10, 64), r'strconv.ParseInt: parsing "\xff": invalid syntax'),
        (
            "join",
            ("ab", ","),
            (
                "invalid type for argument 'first' in call to 'user-function:join': "
                "expected array, found string"
            ),
        ),
        (
            "join",
            ([1, Undefined], ","),
            (
                "invalid type for argument 'first[1]' in call to "
                "'user-function:join': expected string(compatible), found undefined"
            ),
        ),
        (
            "split",
            ("a", Undefined),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:split': expected string(compatible), found undefined"
            ),
        ),
        (
            "split_n",
            ("a", Undefined, 1),
            (
                "invalid type for argument 'second' in call to "
                "'user-function:split_n': expected string(compatible), found undefined"
            ),
        ),
        (
            "index",
            (Undefined, "a"),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:index': expected string(compatible), found undefined"
            ),
        ),
        (
            "trim",
            ("a", Undefined),
            (
                "invalid type for argument 'second' in call to "
                "'user-function:trim': expected string(compatible), found undefined"
            ),
        ),
        (
            "repeat",
            ("a", "x"),
            (
                "invalid type for argument 'second' in call to "
                "'user-function:repeat': expected int(compatible), found string"
            ),
        ),
        (
            "format_bool",
            (1,),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:format_bool': expected bool, found int"
            ),
        ),
        (
            "format_float",
            (1, "f", -1, 64),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:format_float': expected float, found int"
            ),
        ),
        (
            "format_int",
            ("5", 10),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:format_int': expected int, found string"
            ),
        ),
        (
            "parse_int",
            (1, 10, 64),
            (
                "invalid type for argument 'first' in call to "
                "'user-function:parse_int': expected string, found int"
            ),
        ),
        (
            "replace",
            ("a", "b", "c"),
            "wrong number of arguments in call to 'user-function:replace'",
        ),
        ("contains", ("a",), "wrong number of arguments in call to 'user-function:contains'"),
        ("to_upper", (), "wrong number of arguments in call to 'user-function:to_upper'"),
    ],
)
def test_what_ends_the_script(
    name: str, arguments: tuple[Any, ...], message: str, load: Load
) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("text"), name)(*arguments)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("repeat", ("a", -1), "strings: negative Repeat count"),
        ("format_int", (5, 37), "strconv: illegal AppendInt/FormatInt base"),
        ("format_float", (1.5, "", -1, 64), "runtime error: index out of range [0] with length 0"),
        ("format_float", (1.5, "f", -1, 16), "strconv: illegal AppendFloat/FormatFloat bitSize"),
        ("pad_left", ("a", 5, "xyz"), "runtime error: slice bounds out of range [-1:]"),
        (
            "pad_right",
            ("a", 5, "xyz"),
            "runtime error: slice bounds out of range [:5] with length 4",
        ),
    ],
)
def test_what_kills_the_native_program(
    name: str, arguments: tuple[Any, ...], message: str, load: Load
) -> None:
    with pytest.raises(Panic) as caught:
        getattr(load("text"), name)(*arguments)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("repeat", ("ab", 4)),
        ("repeat", ("é", 4)),
        ("repeat", ("a", 2**62)),
        ("pad_left", ("a", 7)),
        ("pad_right", ("a", 2**62)),
        ("replace", ("aaaa", "a", "bb", -1)),
        ("replace", ("ab", "", "éé", -1)),
        ("join", (["abc", "def"], ",")),
        ("re_replace", ("a", "aaaa", "bb")),
        ("re_replace", ("a+", "aaaa", "$0$0")),
        ("quote", ("abcde",)),
        ("to_upper", ("abcdefg",)),
        ("to_lower", ("ééé!",)),
        ("trim_space", ("abcdefg",)),
        ("format_float", (1.0, "f", 7, 64)),
        ("title", ("ʼnʼnʼn!",)),
    ],
)
def test_nothing_longer_than_allowed(name: str, arguments: tuple[Any, ...], load: Load) -> None:
    with pytest.raises(Fault, match=r"^exceeding string size limit$"):
        getattr(load("text", string_bytes=6), name)(*arguments)


def test_exactly_as_long_as_allowed(load: Load) -> None:
    text = load("text", string_bytes=6)
    assert text.repeat("ab", 3) == "ababab"
    assert text.replace("aaa", "a", "bb", -1) == "bbbbbb"
    assert text.replace("abcdefgh", "abc", "", -1) == "defgh"
    assert text.join(["ab", "cd"], "éé"[:1]) == "abécd"
    assert text.re_replace("a+", "aaa", "$0$0") == "aaaaaa"
    assert text.pad_left("a", 6) == "     a"


FUNCTIONS = text_module.build(ModuleContext("head", 2**31 - 1, 2**31 - 1, print))
STRINGS = st.binary(max_size=12).map(string_of) | st.text(alphabet="aébA ,", max_size=12)


@given(STRINGS, STRINGS)
def test_searching_is_searching_bytes(a: Any, b: Any) -> None:
    x, y = raw_bytes(a), raw_bytes(b)
    assert FUNCTIONS["contains"](a, b) is (y in x)
    assert FUNCTIONS["index"](a, b) == x.find(y)
    assert FUNCTIONS["last_index"](a, b) == x.rfind(y)
    assert FUNCTIONS["has_prefix"](a, b) is x.startswith(y)
    assert FUNCTIONS["compare"](a, b) == (x > y) - (x < y)
    if y:
        assert FUNCTIONS["count"](a, b) == x.count(y)
        assert [raw_bytes(piece) for piece in FUNCTIONS["split"](a, b)] == x.split(y)
        assert raw_bytes(FUNCTIONS["replace"](a, b, "!", -1)) == x.replace(y, b"!")


@given(STRINGS, st.integers(-2, 14), st.integers(0, 14))
def test_substr_cuts_bytes(text: Any, low: int, more: int) -> None:
    cut = raw_bytes(FUNCTIONS["substr"](text, low, low + more))
    assert cut == raw_bytes(text)[max(low, 0) : max(low + more, 0)]


@given(STRINGS)
def test_pieces_make_the_whole(text: Any) -> None:
    assert FUNCTIONS["join"](FUNCTIONS["split"](text, ","), ",") == text
    assert FUNCTIONS["join"](FUNCTIONS["split_after"](text, ","), "") == text
    assert FUNCTIONS["join"](FUNCTIONS["split"](text, ""), "") == text
    assert FUNCTIONS["unquote"](FUNCTIONS["quote"](text)) == text
