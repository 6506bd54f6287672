from __future__ import annotations

import pytest

from jackfield.services.sniffing import sniff


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"hello", "text/plain; charset=utf-8"),
        ("héllo ✓".encode(), "text/plain; charset=utf-8"),
        (b"  \n<!DOCTYPE HTML><p>", "text/html; charset=utf-8"),
        (b"<h1>x</h1>", "text/html; charset=utf-8"),
        (b"<!-- x -->", "text/html; charset=utf-8"),
        (b"<html", "text/plain; charset=utf-8"),
        (b"<htmlx>", "text/plain; charset=utf-8"),
        (b'{"a": 1}', "text/plain; charset=utf-8"),
        (b"<?xml version='1.0'?>", "text/xml; charset=utf-8"),
        (b"%PDF-1.7", "application/pdf"),
        (b"GIF89a..", "image/gif"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "image/webp"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"a" * 512 + b"\x00", "text/plain; charset=utf-8"),
    ],
)
def test_content_types(data: bytes, expected: str) -> None:
    assert sniff(data) == expected
