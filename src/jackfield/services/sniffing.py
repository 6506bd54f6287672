"""What kind of content bytes are, when nobody says (WHATWG MIME sniffing, the common part)."""

from __future__ import annotations

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x00asm", "application/wasm"),
    (b"<?xml", "text/xml; charset=utf-8"),
    (b"OggS\x00", "application/ogg"),
    (b"wOF2", "font/woff2"),
)
_HTML = tuple(
    f"<{tag}".encode()
    for tag in (
        *("!doctype html", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a"),
        *("style", "title", "b", "body", "br", "p", "!--"),
    )
)
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def sniff(data: bytes) -> str:
    """The content type of *data*, from its first 512 bytes."""
    head = data[:512]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    start = head.lstrip(b"\t\n\x0c\r ").lower()
    for tag in _HTML:
        if start.startswith(tag) and (
            tag == b"<!--" or start[len(tag) : len(tag) + 1] in (b" ", b">")
        ):
            return "text/html; charset=utf-8"
    if any(byte in _BINARY for byte in head):
        return "application/octet-stream"
    return "text/plain; charset=utf-8"
