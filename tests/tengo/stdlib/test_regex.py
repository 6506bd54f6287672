"""Regular expressions: Go's matches, Go's messages, linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import regex
from jackfield.tengo.stdlib.regex import Pattern, RegexError, compile_pattern, needed_literal
from jackfield.tengo.values import TengoString


def spans(pattern: str, text: str | TengoString, limit: int = -1) -> list[list[tuple[int, int]]]:
    return [list(found) for found in Pattern(pattern).find(text, limit)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a+", "baac a", [[(1, 3)], [(5, 6)]]),
        ("a(b)?", "xaab", [[(1, 2), (-1, -1)], [(2, 4), (3, 4)]]),
        ("", "ab", [[(0, 0)], [(1, 1)], [(2, 2)]]),
        ("", "é", [[(0, 0)], [(2, 2)]]),
        ("a*", "baac", [[(0, 0)], [(1, 3)], [(4, 4)]]),
        ("x*", "é", [[(0, 0)], [(2, 2)]]),
        ("é", "aéb", [[(1, 3)]]),
        (".", "é\n😀", [[(0, 2)], [(3, 7)]]),
        ("(?s).", "\n", [[(0, 1)]]),
        ("^a", "aa\na", [[(0, 1)]]),
        ("(?m)^a", "aa\na", [[(0, 1)], [(3, 4)]]),
        ("a$", "a\na", [[(2, 3)]]),
        ("(?i)é", "É", [[(0, 2)]]),
        (r"\bfoo\b", "a foo b", [[(2, 5)]]),
        (r"\pL+", "héllo1", [[(0, 6)]]),
        (r"[[:alpha:]]+", "12ab", [[(2, 4)]]),
        ("a|ab", "ab", [[(0, 1)]]),
        ("(?U)a+", "aaa", [[(0, 1)], [(1, 2)], [(2, 3)]]),
        (r"\Qa.b\E", "axb a.b", [[(4, 7)]]),
        (r"\d\s\w", "1 a", [[(0, 3)]]),
        (r"\d", "٣", []),
        ("z", "abc", []),
        ("(?P<n>a)", "ba", [[(1, 2), (1, 2)]]),
    ],
)
def test_find(pattern: str, text: str, found: list[list[tuple[int, int]]]) -> None:
    assert spans(pattern, text) == found
    assert Pattern(pattern).matches(text) is bool(found)
    assert spans(pattern, text, 1) == found[:1]
    assert spans(pattern, text, 0) == []


def test_an_invalid_byte_is_one_replacement_character() -> None:
    text = TengoString(b"a\xff\xe4b")
    assert spans(".", text) == [[(0, 1)], [(1, 2)], [(2, 3)], [(3, 4)]]
    assert spans("\ufffd+", text) == [[(1, 3)]]
    assert spans("(b)", text) == [[(3, 4), (3, 4)]]
    assert spans("(x)?b", text) == [[(3, 4), (-1, -1)]]
    assert Pattern("a..b").matches(text)
    assert Pattern("b").split(text, -1) == [b"a\xff\xe4", b""]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "missing closing ): `(`"),
        ("a)b", "unexpected ): `a)b`"),
        ("[a", "missing closing ]: `[a`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("((a{100}){100}){100}", "invalid repeat count: `{100}`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a++", "invalid nested repetition operator: `++`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("(\\", "trailing backslash at end of expression: ``"),
        (r"\q", r"invalid escape sequence: `\q`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"a\Cb", r"invalid escape sequence: `\C`"),
        (r"\\\C", r"invalid escape sequence: `\C`"),
        (r"\Qx\E\C", r"invalid escape sequence: `\C`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<=a)", "invalid or unsupported Perl syntax: `(?<`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?z)", "invalid or unsupported Perl syntax: `(?z`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<n-1>a)", "invalid named capture: `(?P<n-1>`"),
    ],
)
def test_messages(pattern: str, message: str) -> None:
    with pytest.raises(RegexError) as caught:
        Pattern(pattern)
    assert str(caught.value) == f"error parsing regexp: {message}"


def test_invalid_utf8_in_a_pattern() -> None:
    with pytest.raises(RegexError, match=r"^error parsing regexp: invalid UTF-8: `a\ufffd`$"):
        Pattern(TengoString(b"a\xff"))


@pytest.mark.parametrize("pattern", [r"\\C", r"\Q\C\E", r"[\\]C", r"\Q\C"])
def test_what_only_looks_like_one_byte(pattern: str) -> None:
    assert Pattern(pattern).matches("\\C")


def test_large_patterns_get_more_memory_but_not_any() -> None:
    assert Pattern(r"\pL{300}").matches("é" * 300)
    with pytest.raises(RegexError, match="expression too large"):
        Pattern(r"(\pL{1000}){1}" * 40)


@pytest.mark.parametrize(
    ("pattern", "text", "limit", "pieces"),
    [
        ("a", "banana", -1, ["b", "n", "n", ""]),
        ("a", "banana", 2, ["b", "nana"]),
        ("a", "banana", 0, []),
        ("", "abc", -1, ["a", "b", "c"]),
        ("", "abc", 2, ["a", "bc"]),
        ("x", "", -1, [""]),
        ("", "", -1, []),
        (r",\s*", "a, b,c", -1, ["a", "b", "c"]),
        ("a*", "baac", -1, ["b", "c"]),
        ("z+", "pizza", 1, ["pizza"]),
        ("^a", "aab", -1, ["", "ab"]),
        ("", "é九", -1, ["é", "九"]),
    ],
)
def test_split(pattern: str, text: str, limit: int, pieces: list[str]) -> None:
    assert Pattern(pattern).split(text, limit) == [piece.encode() for piece in pieces]


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("x", [b"x"]),
        ("", [b""]),
        ("$1", [1]),
        ("${1}x", [1, b"x"]),
        ("$1x", [b""]),
        ("$$1", [b"$", b"1"]),
        ("$v!", [2, b"!"]),
        ("${v}w", [2, b"w"]),
        ("$vw", [b""]),
        ("a$", [b"a", b"$"]),
        ("${1", [b"$", b"{1"]),
        ("${}", [b"$", b"{}"]),
        ("$9", [b""]),
        ("$01", [b""]),
        ("$0", [0]),
        ("$ 1", [b"$", b" 1"]),
        ("é$é", [b"\xc3\xa9"]),
        ("${1}${2}", [1, 2]),
        ("$99999999999999999999", [b""]),
    ],
)
def test_templates(template: str, parts: list[int | bytes]) -> None:
    assert Pattern("(a)(?P<v>b)?").parse_template(template) == parts


def test_expand_leaves_out_groups_that_took_no_part() -> None:
    pattern = Pattern("(a)(b)?")
    (found,) = pattern.find("xa", -1)
    assert pattern.expand(pattern.parse_template("<$1$2>"), b"xa", found) == b"<a>"


def test_literal_patterns_are_known_as_such() -> None:
    assert Pattern("abc é").literal == "abc é"
    assert Pattern("a.c").literal is None
    assert Pattern("").literal is None


def test_compiled_patterns_are_kept() -> None:
    assert compile_pattern("a+b") is compile_pattern("a+b")
    with pytest.raises(RegexError):
        compile_pattern("(")


def test_what_takes_backtrackers_forever_is_linear() -> None:
    # Python's own engine would need about 2**30 steps for each of these.
    assert not Pattern(r"(a+)+$").matches("a" * 30 + "b")
    assert not Pattern(r"(a|a)*b").matches("a" * 5000)
    assert Pattern(r"(x+x+)+y").find("x" * 5000, -1) == []


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"([a-z]+)@([a-z]+)\.com", ".com"),
        ("ab*c", "a"),
        ("ab+c", "ab"),
        ("a??bc", "bc"),
        ("^foo$", "foo"),
        (r"a\|b", "a|b"),
        ("[|]x", "x"),
        ("(a|b)c", "c"),
        ("ab{0,1}", "a"),
        ("b{0,1}", ""),
        ("a|b", ""),
        ("(a)|b", ""),
        ("ab{1}|c", ""),
        ("(?i)abc", ""),
        ("abc(?i)d", ""),
        (r"\Qa\Eb", ""),
    ],
)
def test_needed_literals(pattern: str, needed: str) -> None:
    assert needed_literal(pattern) == needed


PIECES = st.sampled_from(
    ["a", "b", "é", "|", "(", ")", "*", "+", "?", ".", "[ab]", "[^a]", "[|)]", r"\.", r"\|", r"\d",
     r"\b", r"\Q", r"\E", r"\x61", r"\pL", "{2}", "{0,1}", "^", "$", "(?:", "(?i)", "??"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=7).map("".join), st.text("abAé.|1x", max_size=7))
def test_shortcuts_change_no_answer(source: str, text: str) -> None:
    try:
        pattern = Pattern(source)
    except RegexError:
        return
    raw = text.encode()
    fits = pattern._find(regex._UNANCHORED, raw, 0, len(raw))[0][0] >= 0
    assert pattern.matches(text) is fits
    assert bool(pattern.find(text, 1)) is fits


def test_large_programs_are_matched_without_a_set() -> None:
    pattern = Pattern(r"(\pL{50}1)")
    assert pattern._engine.ProgramSize() > regex._LARGEST_SET
    assert pattern.matches("é" * 50 + "1")
    assert not pattern.matches("é" * 49 + "1")


def test_templates_are_kept() -> None:
    pattern = Pattern("(a)")
    assert pattern.template("$1") is pattern.template("$1")
    for number in range(100):
        assert pattern.template(f"{number}$1") == [str(number).encode(), 1]


@pytest.mark.parametrize("source", ["a*", "(b)?", "x|", "(é)+", "needle", "b$", "^", "(a)(b)?"])
@pytest.mark.parametrize("text", ["", "abc", "éaéb", "bab needle", "aab\nb"])
@pytest.mark.parametrize("part", [b"-", b"", 0, 1])
def test_replacing_in_one_loop_is_finding_and_expanding(
    source: str, text: str, part: int | bytes
) -> None:
    pattern = Pattern(source)
    if type(part) is int and part >= len(pattern.names):
        part = 0
    raw = text.encode()
    expected, at = b"", 0
    for spans in pattern.find(text, -1):
        expected += raw[at : spans[0][0]] + pattern.expand([part], raw, spans)
        at = spans[0][1]
    assert pattern.replace_one(raw, part, 1000) == expected + raw[at:]
    if len(expected) > 1:
        assert pattern.replace_one(raw, part, len(expected) - 1) is None
