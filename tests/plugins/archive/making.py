"""Archives for the tests, honest and otherwise, built byte by byte where no library would."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import Any

GOOD = {"stage.json": b'{"slug": "lamp"}', "public/page.html": b"<p>lit</p>" * 50}


def make_zip(files: dict[str, bytes] | Iterable[tuple[str, bytes]] = GOOD, *,
             method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:  # fmt: skip
    """An honest zip archive (of whatever names)."""
    out = io.BytesIO()
    pairs = files.items() if isinstance(files, dict) else files
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in pairs:
            archive.writestr(raw_info(name), content, method)
        archive.comment = comment
    return out.getvalue()


def raw_info(name: str, **fields: Any) -> zipfile.ZipInfo:
    """A member with exactly that name, which zipfile would tidy otherwise."""
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    info.external_attr = 0o100644 << 16
    if name.endswith("/"):
        info.external_attr = 0o040755 << 16
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def zip_of(*members: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """A zip archive of those members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for info in members:
            archive.writestr(info, b"" if info.filename.endswith("/") else content)
    return out.getvalue()


class RawZip:
    """Writes a zip archive whose every field can lie.

    Each member is ``(name, stored bytes, overrides)``; the overrides of the local header are
    prefixed ``local_``.
    """

    def __init__(self) -> None:
        self.body = b""
        self.directory = b""
        self.count = 0

    def add(self, name: bytes, content: bytes, *, at: int | None = None, deflate: bool = False,
            **lies: Any) -> RawZip:  # fmt: skip
        packed = content
        if deflate:
            squeeze = zlib.compressobj(9, wbits=-15)
            packed = squeeze.compress(content) + squeeze.flush()
        packed = lies.get("packed_bytes", packed)
        central: dict[str, Any] = {
            "name": name, "flags": 0, "method": 8 if deflate else 0,
            "crc": zlib.crc32(content), "packed": len(packed), "size": len(content),
            "attr": 0o100644 << 16, "extra": b"",
        }  # fmt: skip
        local = dict(central)
        central.update({k: v for k, v in lies.items() if k in central})
        local.update({k: v for k, v in lies.items() if k in local})
        local.update({k[6:]: v for k, v in lies.items() if k.startswith("local_")})
        offset = len(self.body) if at is None else at
        if at is None:
            self.body += struct.pack(
                "<4s5H3L2H", b"PK\x03\x04", 20, local["flags"], local["method"], 0, 33,
                local["crc"], local["packed"], local["size"], len(local["name"]),
                len(local["extra"]),
            ) + local["name"] + local["extra"] + packed  # fmt: skip
        self.directory += struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 0x0314, 20, central["flags"], central["method"], 0, 33,
            central["crc"], central["packed"], central["size"], len(central["name"]),
            len(central["extra"]), 0, 0, 0, central["attr"], offset,
        ) + central["name"] + central["extra"]  # fmt: skip
        self.count += 1
        return self

    def bytes(self, *, before: bytes = b"", between: bytes = b"", after: bytes = b"",
              count: int | None = None, comment: bytes = b"", disk: int = 0) -> bytes:  # fmt: skip
        """The archive, with bytes in front of, inside or behind it."""
        body = self.body + between
        total = self.count if count is None else count
        end = struct.pack(
            "<4s4H2LH", b"PK\x05\x06", disk, 0, total, total, len(self.directory), len(body),
            len(comment),
        )  # fmt: skip
        return before + body + self.directory + end + comment + after


def make_tgz(files: dict[str, bytes] | Iterable[tuple[str, bytes]] = GOOD,
             format: int = tarfile.PAX_FORMAT,  # noqa: A002
             change: Callable[[tarfile.TarInfo], Any] = lambda _info: None) -> bytes:  # fmt: skip
    """A gzipped tar archive; *change* may make its members something else."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name.endswith("/"):
                info.type, info.size = tarfile.DIRTYPE, 0
            change(info)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def tar_block(name: bytes, content: bytes = b"", *, kind: bytes = b"0", mode: int = 0o644,
              size: bytes | None = None, checksum: int | None = None,
              magic: bytes = b"ustar\x0000", prefix: bytes = b"") -> bytes:  # fmt: skip
    """One tar header with its content, padded."""
    digits = b"%011o\0" % len(content) if size is None else size
    header = (
        name.ljust(100, b"\0") + b"%07o\0" % mode + b"0000000\0" * 2 + digits + b"0" * 11 + b"\0"
        + b" " * 8 + kind + b"\0" * 100 + magic + b"\0" * 64 + b"\0" * 16 + prefix.ljust(155, b"\0")
    ).ljust(512, b"\0")  # fmt: skip
    total = sum(header) if checksum is None else checksum
    header = header[:148] + b"%06o\0 " % total + header[156:]
    return header + content + b"\0" * (-len(content) % 512)


def tgz(*blocks: bytes, end: bytes = b"\0" * 1024) -> bytes:
    """Blocks as a gzipped tar archive."""
    return gzip.compress(b"".join(blocks) + end, mtime=0)


def pax(**records: str) -> bytes:
    """The body of a pax header."""
    body = b""
    for key, value in records.items():
        rest = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        body += str(length).encode() + rest
    return body
