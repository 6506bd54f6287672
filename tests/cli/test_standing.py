"""How a plugin stands, in words."""

from __future__ import annotations

import pytest

from jackfield.cli.standing import standing


@pytest.mark.parametrize(
    ("state", "enabled", "words"),
    [
        ("running", True, "running"),
        ("disabled", True, "enabled and starts with the host"),
        ("disabled", False, "disabled"),
        ("suspended", True, "suspended"),
    ],
)
def test_in_words(state: str, enabled: bool, words: str) -> None:
    assert standing({"state": state, "enabled": enabled}) == words
