"""Source: dispatcharr spec 2.12, "Manifest"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.site.hub.manifests import (
    absolute,
    detail,
    read_manifest,
    sounds_official,
)
from jackfield.errors import InvalidInput

SOURCE = "https://example.org/hub/manifest.json"


def read(value: Any) -> Any:
    return read_manifest(json.dumps(value).encode(), SOURCE)


def manifest(**more: Any) -> dict[str, Any]:
    return {"registry_name": "R", "plugins": [{"slug": "a", "latest_url": "a.zip"}], **more}


@pytest.mark.parametrize("wrapped", [True, False])
def test_both_forms(wrapped: bool) -> None:
    value = {"manifest": manifest(), "signature": "-----"} if wrapped else manifest()
    found = read(value)
    assert (found.name, bool(found.verdict.note), len(found.plugins)) == ("R", wrapped, 1)
    assert found.plugins[0]["name"] == "a"


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({}, "https://example.org/hub/a.zip"),
        ({"root_url": "https://root.example/x"}, "https://root.example/x/a.zip"),
        ({"root_url": "https://root.example", "download_base_url": "https://dl.example/d/"},
         "https://dl.example/d/a.zip"),
    ],
)  # fmt: skip
def test_addresses_are_made_absolute(more: dict[str, str], url: str) -> None:
    assert read(manifest(**more)).plugins[0]["latest_url"] == url


def test_absolute_addresses_stay() -> None:
    assert absolute("http://x/y", "https://base", SOURCE) == "http://x/y"
    assert absolute("/y", "https://base/z", SOURCE) == "https://base/z/y"


def test_odd_entries_are_left_out() -> None:
    plugins = [{"slug": "a", "junk": 1}, {"slug": "../x"}, {}, "x", {"slug": "a", "name": "again"}]
    found = read(manifest(plugins=plugins))
    assert found.plugins == ({"slug": "a", "name": "a"},)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "is no JSON"),
        (b"[" * 9000, "is no JSON"),
        (b"[]", "expected an object, found list"),
        (b'{"manifest": 1}', "expected an object, found int"),
        (b'{"plugins": []}', "registry_name"),
        (b'{"registry_name": " ", "plugins": []}', "registry_name"),
        (b'{"registry_name": "R"}', "found nothing"),
        (b'{"registry_name": "R", "plugins": {}}', "found dict"),
        (json.dumps({"registry_name": "R", "plugins": [{}] * 5001}).encode(), "at most 5,000"),
    ],
)
def test_what_is_no_manifest(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read_manifest(data, SOURCE)


def test_names_that_claim_too_much() -> None:
    assert sounds_official("Official Plugins")
    assert not sounds_official("My Plugins")


def test_the_manifest_of_one_plugin() -> None:
    value = {"manifest": {"slug": "a", "versions": [{"version": "1", "url": "a-1.zip"}, "x"]}}
    found, verdict = detail(json.dumps(value).encode(), SOURCE)
    assert verdict.good is None
    assert found["versions"] == [
        {"version": "1", "url": "https://example.org/hub/a-1.zip"}, "x",
    ]  # fmt: skip
    assert detail(b"{}", SOURCE)[0] == {}
    for data in (b"[]", b"{", b'{"manifest": 1}'):
        with pytest.raises(InvalidInput):
            detail(data, SOURCE)
