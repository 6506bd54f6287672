from __future__ import annotations

import pytest

from jackfield.errors import InvalidInput
from jackfield.services.globs import compile_glob, glob_matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "apixexample.com", False),
        ("*.weather.com", "a.b.weather.com", True),
        ("*.weather.com", "weather.com", False),
        ("*", "anything/at all", True),
        ("https://x/*", "https://x/a/b?c=d", True),
        ("https://x/a?c", "https://x/a?c", True),
        ("https://x/a?c", "https://x/abc", True),
        ("a?c", "ac", False),
        ("h[0-9].tv", "h7.tv", True),
        ("h[!0-9].tv", "h7.tv", False),
        ("h[^0-9].tv", "hx.tv", True),
        ("{api,www}.tv", "www.tv", True),
        ("{api,www}.tv", "ftp.tv", False),
        ("a,b", "a,b", True),
        ("a}b", "a}b", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        ("[]a]x", "]x", True),
        ("Api.tv", "api.tv", False),
        ("a*", "a\nb", True),
    ],
)
def test_matching(pattern: str, text: str, expected: bool) -> None:
    assert glob_matches(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["[abc", "{a,b", "[z-a]", "x{a,{b}"])
def test_what_is_no_glob_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="is not a glob"):
        compile_glob(pattern)


def test_runs_of_stars_do_not_explode() -> None:
    assert not glob_matches("*" * 40 + "b", "a" * 2000)
