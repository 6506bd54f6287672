"""``manifest.json``. Source: servemsx spec 4."""

from __future__ import annotations

import pytest

from jackfield.dialects.servemsx.manifest import Manifest, read_manifest


def test_everything() -> None:
    found = read_manifest(
        b'{"LABEL": "L", "image": "{BASE_URL}a{BASE_URL}", "Icon": "i",'
        b' "url": "{BASE_URL}s?id={ID}",'
        b' "torrent": true, "Other": []}',
        "hello",
    )
    assert found == Manifest(
        "hello", "L", "{BASE_URL}a{BASE_URL}", "i", "{BASE_URL}s?id={ID}", torrent=True
    )
    assert found.title == "L"
    assert found.image_for("http://h/") == "http://h/ahttp://h/"
    assert found.start_for("http://h/") == "http://h/s?id={ID}"


@pytest.mark.parametrize("data", [b"{}", b"null", b'{"Label": null, "Torrent": null}', b"{} rest"])
def test_everything_is_optional(data: bytes) -> None:
    found = read_manifest(data, "hello")
    assert found == Manifest("hello")
    assert (found.title, found.start_for("http://h/hello/")) == ("hello", "http://h/hello/")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, "open plugins/hello/manifest.json: no such file or directory"),
        (b"", "EOF"),
        (b"  ", "EOF"),
        (b"{", "unexpected EOF"),
        (b'{"Label": ', "unexpected EOF"),
        (
            b"{]",
            "invalid character ']' looking for beginning of object key string (line 1, column 2)",
        ),
        (b'{"Label": tru}', "(line 1, column 11)"),
        (
            b"\n{bad",
            "invalid character 'b' looking for beginning of object key string (line 2, column 2)",
        ),
        (b"[]", "cannot unmarshal array into Go value"),
        (b'"x"', "cannot unmarshal string into Go value"),
        (
            b'{"Label": 1}',
            "number into Go struct field pluginf.Label of type string",
        ),
        (
            b'{"Icon": []}',
            "array into Go struct field pluginf.Icon of type string",
        ),
        (b'{"URL": true}', "bool into Go struct field pluginf.URL of type string"),
        (
            b'{"Torrent": "yes"}',
            "string into Go struct field pluginf.Torrent of type bool",
        ),
        (
            b'{"Torrent": 1}',
            "number into Go struct field pluginf.Torrent of type bool",
        ),
        (b"[" * 100_000, ""),
    ],
)
def test_errors(data: bytes | None, error: str) -> None:
    found = read_manifest(data, "hello")
    assert error in found.error
    assert found.error
    if data is not None:
        assert found.error.startswith("Decoding manifest.json of hello error: ")


def test_what_is_right_is_kept_beside_what_is_wrong() -> None:
    found = read_manifest(b'{"Label": 1, "Icon": "i"}', "hello")
    assert (found.label, found.icon) == ("", "i")
