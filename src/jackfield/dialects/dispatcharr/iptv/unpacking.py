"""A file's bytes, unpacked while they are read: plain, gzip, xz or the wanted member of a zip.

What a file is, its first bytes say; names and content types of the wild are often wrong.
"""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from jackfield.dialects.dispatcharr.iptv.faults import BadSource, SourceTooLarge

MAX_UNPACKED = 4 * 1024**3
"""Bytes. No playlist or guide met is larger than a quarter of that."""

BOMB_FLOOR = 64 * 1024**2
BOMB_RATIO = 250
"""What is unpacked beyond the floor may not be larger than so many times what it was packed in:
guides pack to about a twentieth, and the worst honest ones to a hundredth."""

_BROKEN = (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zipfile.BadZipFile)


class Source:
    """Bytes to read once, with what has been read so far.

    :ivar size: bytes of the file as it lies on the disk.
    :ivar packing: ``plain``, ``gzip``, ``xz`` or ``zip``.
    :ivar truncated: its packing broke off; what came before was handed out.
    """

    def __init__(
        self,
        stream: IO[bytes],
        file: IO[bytes] | None = None,
        *,
        size: int = 0,
        packing: str = "plain",
        name: str = "",
        largest: int = MAX_UNPACKED,
    ) -> None:
        self._stream = stream
        self._file = file or stream
        self.size = size
        self.packing = packing
        self.name = name
        self.truncated = False
        self.unpacked = 0
        self._largest = largest

    def read(self, size: int = 1 << 18) -> bytes:
        """The next bytes, empty at the end.

        :raises SourceTooLarge: it unpacks to more than is believable.
        :raises BadSource: its packing was broken before anything could be read.
        """
        if self.truncated:
            return b""
        try:
            # A gzip hands out what it has before it says that the rest is missing.
            read = getattr(self._stream, "read1", self._stream.read)
            chunk = read(size)
        except _BROKEN as error:
            self.truncated = True
            if self.unpacked == 0:
                message = f"is a broken {self.packing} file: {error}"
                raise BadSource(message, file=self.name or None) from None
            return b""
        self.unpacked += len(chunk)
        self._check()
        return chunk

    @property
    def position(self) -> int:
        """Bytes of the file read so far, for a progress bar."""
        try:
            return self._file.tell()
        except (OSError, ValueError):
            return self.unpacked

    def _check(self) -> None:
        bomb = self.packing != "plain" and self.unpacked > max(BOMB_FLOOR, BOMB_RATIO * self.size)
        if self.unpacked > self._largest or bomb:
            raise SourceTooLarge(
                f"unpacks to more than {self.unpacked // 1024**2} MiB "
                f"from {self.size // 1024} KiB; stopped there",
                file=self.name or None,
            )


@contextmanager
def open_source(
    path: Path, wanted: Sequence[str] = (".m3u", ".m3u8"), *, largest: int = MAX_UNPACKED
) -> Iterator[Source]:
    """The file at *path*, unpacked.

    :param wanted: how the name of the member of a zip ends; the first that fits is taken.
    :param largest: bytes it may unpack to.
    :raises BadSource: it is not there or not readable, or it is a zip without such a member.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSource(f"cannot be read: {reason}", file=str(path)) from None
    with file:
        try:
            size = path.stat().st_size
            head = file.read(6)
            file.seek(0)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BadSource(f"cannot be read: {reason}", file=str(path)) from None
        packing, stream = _unpacked(file, head, wanted, path.name)
        with stream:
            yield Source(stream, file, size=size, packing=packing, name=path.name, largest=largest)


def open_bytes(content: bytes, *, name: str = "") -> Source:
    """Bytes that are there already, not packed."""
    return Source(io.BytesIO(content), size=len(content), name=name)


def _unpacked(
    file: IO[bytes], head: bytes, wanted: Sequence[str], name: str
) -> tuple[str, IO[bytes]]:
    if head.startswith(b"\x1f\x8b"):
        return "gzip", gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz", lzma.LZMAFile(file)
    if head.startswith(b"PK"):
        return "zip", _member(file, wanted, name)
    return "plain", file


def _member(file: IO[bytes], wanted: Sequence[str], name: str) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(file)
        members = [item for item in archive.infolist() if not item.is_dir()]
        for item in members:
            if item.filename.lower().endswith(tuple(wanted)):
                return archive.open(item)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise BadSource(f"is a zip that cannot be read: {error}", file=name) from None
    found = ", ".join(item.filename for item in members[:5]) or "nothing"
    raise BadSource(
        f"is a zip without a file named *{' or *'.join(wanted)}; found {found}", file=name
    )
