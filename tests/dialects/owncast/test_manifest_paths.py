"""Slugs, addresses and patterns of hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.owncast.manifest_paths import (
    PathRefused,
    asset,
    asset_file,
    derive_slug,
    host_patterns,
    page,
)


@given(st.text())
def test_a_derived_slug_is_empty_or_tidy(name: str) -> None:
    slug = derive_slug(name)
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in slug)


def test_letters_beyond_ascii_are_not_lowered_into_it() -> None:
    assert derive_slug("\u212aelvin") == "elvin"  # the Kelvin sign, whose lower case is k


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JavaScript:x", "java\nscript\t:x", "\x01javascript:x", "vbscript:x"],
)
def test_a_button_points_to_a_page_and_runs_no_script(address: str) -> None:
    with pytest.raises(PathRefused, match="is a script; expected the address of a page"):
        page(address, "bot", serves=True)


@pytest.mark.parametrize(
    "address", ["https://x.example/javascript:", "javascript.html", "data:image/png;base64,AA=="]
)
def test_other_addresses_stay_as_they_are(address: str) -> None:
    assert page(address, "bot", serves=False) == address


@given(st.text())
def test_an_asset_never_leaves_its_folder(path: str) -> None:
    try:
        address = asset(path, "bot", ".css")
    except PathRefused:
        return
    assert address.startswith("/plugins/bot/")
    file = asset_file(address, "bot")
    assert file.startswith("assets/")
    assert ".." not in file.split("/")


def test_an_address_on_a_server_is_no_page_of_ours() -> None:
    assert page("https://example.com/plugins/other/", "bot", serves=False).startswith("https")


@pytest.mark.parametrize(
    ("pattern", "patterns"),
    [
        ("a.example", ["a.example"]),
        ("*.{a,b}", ["*.a", "*.b"]),
        ("{a,}b", ["ab", "b"]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
    ],
)
def test_braces(pattern: str, patterns: list[str]) -> None:
    assert host_patterns(pattern) == patterns


def test_braces_are_no_bomb() -> None:
    assert len(host_patterns("{a,b}" * 6)) == 64
    with pytest.raises(PathRefused, match="more than 100"):
        host_patterns("{a,b}" * 60)
