"""What a message may be, and that no message can run or restyle anything."""

from __future__ import annotations

import html.parser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.errors import InvalidInput
from jackfield.services.chat_text import MAX_BODY, clean_body, render, sanitise


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hi", "hi"),
        ("  hi  ", "hi"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a  \n\n b", "a\n\n b"),
        ("e\u0301", "é"),
        ("x" * MAX_BODY, "x" * MAX_BODY),
        ("\ttab", "tab"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_body_is_kept_as_written(typed: str, kept: str) -> None:
    assert clean_body(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\u200b\u200d", "empty"),
        ("x" * (MAX_BODY + 1), f"{MAX_BODY + 1} characters"),
        ("x" * 10_000_000, "10000000 characters"),
        ("a\x00b", "control"),
        ("a\x1b[31m", "control"),
        ("\ud83d", "control"),
    ],
)
def test_what_is_no_message_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        clean_body(typed)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("plain", "<p>plain</p>"),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("a <b> & c", "<p>a &lt;b&gt; &amp; c</p>"),
        ("setup.py", "<p>setup.py</p>"),
        ("2024. A year", '<ol start="2024">\n<li>A year</li>\n</ol>'),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;\n</code></pre>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
    ],
)
def test_a_small_subset_of_markdown_is_shown(body: str, shown: str) -> None:
    assert render(body) == shown


@pytest.mark.parametrize("body", ["https://example.org/a_b_c", "[x](https://example.org/a_b_c)"])
def test_links_open_apart_and_tell_nothing(body: str) -> None:
    shown = render(body)
    assert 'href="https://example.org/a_b_c"' in shown
    assert 'rel="noopener noreferrer nofollow ugc"' in shown
    assert 'target="_blank"' in shown


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://tracker.example/pixel.png)",
    '<https://example.org/"onmouseover=alert(1)>',
    '[x](https://example.org "a\\" onclick=\\"alert(1)")',
    "<svg><style>*{display:none}</style></svg>",
    "<iframe src=//evil.example></iframe>",
    '[a](https://x.example?a="><img src=x onerror=alert(1)>)',
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src=x onerror=1>'>",
]


class Audit(html.parser.HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href"}


def audit(shown: str) -> Audit:
    found = Audit()
    found.feed(shown)
    found.close()
    return found


def assert_harmless(shown: str) -> None:
    found = audit(shown)
    assert not found.tags & {"script", "img", "iframe", "svg", "style", "math", "object", "form"}
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert all(link.startswith(("http:", "https:", "mailto:")) for link in found.links if link)


@pytest.mark.parametrize("body", HOSTILE)
def test_nothing_hostile_survives(body: str) -> None:
    assert_harmless(render(body))
    assert_harmless(sanitise(body))


@settings(deadline=None)
@given(st.text(alphabet="<>\"'&=()[]!*_`~\\/:ajvscriptonerhf \n", max_size=120))
def test_no_text_at_all_becomes_hostile(body: str) -> None:
    assert_harmless(render(body))
    assert_harmless(sanitise(body))


def test_a_system_message_keeps_its_structure() -> None:
    shown = sanitise('<p class="x">Hello <b>all</b></p><a href="https://a.example" onclick=x>a</a>')
    assert shown.startswith("<p>Hello <b>all</b></p>")
    assert "onclick" not in shown


@pytest.mark.parametrize("unit", ["*", "_", "[", "`", "> ", "- ", "<", "**a", "[a](", "~~a"])
def test_markup_that_never_closes_comes_to_an_end(unit: str) -> None:
    assert_harmless(render((unit * MAX_BODY)[:MAX_BODY]))
