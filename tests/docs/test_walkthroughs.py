"""What the pages tell a newcomer to type works, in that order, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import ROOT
from docs.walkthrough import Walkthrough, matches

RUN = [pytest.mark.e2e, pytest.mark.sandbox]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("page", "at_least"),
    [
        pytest.param("docs/tutorial.md", 20, marks=RUN),
        pytest.param("docs/authors.md", 4, marks=RUN),
        pytest.param("docs/operators.md", 15, marks=RUN),
        pytest.param("README.md", 6, marks=RUN),
    ],
)
def test_the_page_does_what_it_says(page: str, at_least: int, tmp_path: Path) -> None:
    with Walkthrough(ROOT / page, tmp_path) as reader:
        assert reader.follow() >= at_least


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert matches("made a\n  b\nNext: c\n", "made a\n...\nNext: c\n")
    assert matches("12 bytes  \n", "... bytes\n")
    assert not matches("made a\nmore\n", "made a\n")
    assert not matches("made ab\n", "made a\n")
    assert not matches("made b\n", "made .\n")
