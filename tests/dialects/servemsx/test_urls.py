"""Addresses as Go reads them. Source: servemsx spec 6.4, Go's ``net/url`` documentation."""

from __future__ import annotations

import pytest

from jackfield.dialects.servemsx import urls


def test_escaping() -> None:
    assert urls.query_escape("a b/c?d&é+") == "a+b%2Fc%3Fd%26%C3%A9%2B"
    assert urls.path_escape("a b/c?d&é+") == "a%20b%2Fc%3Fd&%C3%A9+"
    assert urls.path_escape("$&+=:@;,/") == "$&+=:@%3B%2C%2F"
    assert urls.query_escape("aZ09-_.~") == "aZ09-_.~"


def test_a_query_is_sorted_by_key() -> None:
    assert urls.encode_query({"b": ["2"], "a": ["1", "x y"]}) == "a=1&a=x+y&b=2"
    assert urls.encode_query({}) == ""


def test_bytes_that_are_no_text_survive() -> None:
    text = urls.query_unescape("%ff+%C3%A9")
    assert text == "\udcff é"
    assert urls.query_escape(text) == "%FF+%C3%A9"


@pytest.mark.parametrize("bad", ["%zz", "%4", "%", "a%2", "%é0"])
def test_a_bad_escape(bad: str) -> None:
    with pytest.raises(urls.URLError, match="invalid URL escape"):
        urls.path_unescape(bad)


def test_what_cannot_be_read_of_a_query_is_left_out() -> None:
    assert urls.parse_query("a=1&%zz=2&b=%&c;d=3&a=2&e&=x&&") == {
        "a": ["1", "2"],
        "e": [""],
        "": ["x"],
    }


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("http://u:p@h:80/a%2fb?x=1#f%20g", {"scheme": "http", "user": "u", "password": "p",
         "host": "h:80", "path": "/a/b", "escaped_path": "/a%2fb", "raw_query": "x=1",
         "fragment": "f g", "escaped_fragment": "f%20g"}),
        ("mailto:x@y", {"scheme": "mailto", "opaque": "x@y", "path": ""}),
        ("HTTP://H", {"scheme": "http", "host": "H", "path": ""}),
        ("//h/p", {"scheme": "", "host": "h", "path": "/p"}),
        ("///p", {"host": "", "path": "///p"}),
        ("", {"scheme": "", "host": "", "path": "", "raw_query": ""}),
        ("*", {"path": "*", "escaped_path": "*"}),
        ("a?", {"path": "a", "force_query": True}),
        ("http://[::1]:8/x", {"host": "[::1]:8", "path": "/x"}),
        ("http://[fe80::1%25en0]/", {"host": "[fe80::1%en0]"}),
        ("/é b", {"path": "/é b", "escaped_path": "/%C3%A9%20b"}),
        ("http://u@h", {"user": "u", "password": None}),
    ],
)  # fmt: skip
def test_parts(text: str, parts: dict[str, object]) -> None:
    url = urls.parse(text)
    assert {name: getattr(url, name) for name in parts} == parts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
        ("%zz", 'parse "%zz": invalid URL escape "%zz"'),
        ("::bad", 'parse "::bad": missing protocol scheme'),
        ("http://h:8o/", 'parse "http://h:8o/": invalid port ":8o" after host'),
        ("http://[::1]x/", 'parse "http://[::1]x/": invalid port "x" after host'),
        ("http://a b/", 'parse "http://a b/": invalid character " " in host name'),
        ("1:2", 'parse "1:2": first path segment in URL cannot contain colon'),
        ("http://h\x01", 'parse "http://h\\x01": net/url: invalid control character in URL'),
        ("http://h#%zz", 'parse "http://h#%zz": invalid URL escape "%zz"'),
        ("http://a%41/", 'parse "http://a%41/": invalid URL escape "%41"'),
        ("http://u ser@h/", 'parse "http://u ser@h/": net/url: invalid userinfo'),
    ],
)
def test_what_is_no_address(text: str, says: str) -> None:
    with pytest.raises(urls.URLError) as error:
        urls.parse(text)
    assert str(error.value) == says


@pytest.mark.parametrize(
    "text",
    ["http://h/a%2fb?x=1#f", "mailto:x@y", "//h/p", "/p?", "http://u:p@h/", "./a:b", "a/b"],
)
def test_an_address_comes_back_as_it_was(text: str) -> None:
    assert str(urls.parse(text)) == text


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("b", "http://H/hello/b"),
        ("../b", "http://H/b"),
        ("/b?x=1", "http://H/b?x=1"),
        ("http://z/q/../r", "http://z/r"),
        ("", "http://H/hello/t.tengo?x=1"),
        ("#f", "http://H/hello/t.tengo?x=1#f"),
        ("?q", "http://H/hello/t.tengo?q"),
        ("//o/x", "http://o/x"),
        ("../../../g", "http://H/g"),
        ("./", "http://H/hello/"),
        ("g/..", "http://H/hello/"),
        ("mailto:x", "mailto:x"),
        ("a%2fb", "http://H/hello/a%2fb"),
    ],
)
def test_references(reference: str, found: str) -> None:
    base = urls.parse("http://H/hello/t.tengo?x=1")
    assert str(urls.resolve(base, urls.parse(reference))) == found
