"""Reads gzipped tar archives: files and folders in the ustar, pax and GNU forms, nothing else.

A reader of its own, because Python's ``tarfile`` is lenient by design: it ends silently at a
damaged header, follows sizes from extended headers, and keeps links apart from files only when
asked. Here what is not plain is refused.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator

from jackfield.errors import ArchiveError
from jackfield.plugins.archive.limits import ArchiveLimits, Member

MAGIC = b"\x1f\x8b"

_BLOCK = 512
_CHUNK = 256 * 1024
_MAX_EXTENDED = 64 * 1024
_MEMORY = 16 * 1024 * 1024
_SET_ID = 0o6000

_REFUSED = {
    b"1": "a hard link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe (FIFO)",
    b"7": "a contiguous file, an unsupported kind",
    b"K": "a link",
    b"S": "a sparse file",
}


class TarReader:
    """One gzipped tar archive; unpacked from gzip to memory or, when large, to an unnamed file.

    :raises ArchiveError: it is damaged, or does what an honest archive does not.
    """

    def __init__(self, data: bytes, source: str, limits: ArchiveLimits) -> None:
        self._source = source
        self._limits = limits
        self._tar = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115
        try:
            self._size = self._gunzip(data)
            self.members = list(self._walk())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the unpacked bytes."""
        self._tar.close()

    def _error(self, rule: str, member: str | None = None) -> ArchiveError:
        return ArchiveError(
            f"member {member!r} {rule}" if member else f"the archive {rule}", file=self._source
        )

    def _gunzip(self, data: bytes) -> int:
        limits = self._limits
        # Each member costs a header and padding, with extended headers three times that.
        cap = limits.unpacked + limits.files * 8 * _BLOCK
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        waiting: bytes = data
        size = 0
        try:
            while not inflate.eof:
                chunk = inflate.decompress(waiting, _CHUNK)
                waiting = inflate.unconsumed_tail
                size += len(chunk)
                if size > cap:
                    raise self._error(f"unpacks to more than {limits.unpacked:,} bytes")
                if size > limits.ratio_from and size > limits.ratio * len(data):
                    raise self._error(f"unpacks to more than {limits.ratio} times its size")
                if not chunk and not waiting and not inflate.eof:
                    raise self._error("is truncated")
                self._tar.write(chunk)
        except zlib.error as error:
            raise self._error(f"is damaged: {error}") from error
        if inflate.unused_data:
            raise self._error("has something behind its end")
        return size

    # -- headers ------------------------------------------------------------------------------

    def _walk(self) -> Iterator[Member]:
        at, headers = 0, 0
        long_name: str | None = None
        while True:
            header = self._read(at, _BLOCK)
            if len(header) < _BLOCK:
                raise self._error("is truncated" if at else "is no tar archive")
            if not any(header):
                break
            headers += 1
            if headers > 3 * self._limits.files:
                raise self._error(f"has more than {self._limits.files:,} members")
            kind, size = header[156:157], self._check(header, at)
            end = at + _BLOCK + -(-size // _BLOCK) * _BLOCK
            if end > self._size:
                raise self._error("is truncated", self._own_name(header))
            if kind in (b"x", b"g", b"L"):
                if size > _MAX_EXTENDED:
                    raise self._error(f"has an extended header of {size:,} bytes")
                body = self._read(at + _BLOCK, size)
                if long_name is not None and kind != b"g":
                    raise self._error("names a member twice", long_name)
                if kind == b"L":
                    long_name = self._text(body.removesuffix(b"\0"))
                else:
                    found = self._pax(body)
                    long_name = long_name if kind == b"g" else found
                    if kind == b"g" and found is not None:
                        raise self._error("gives one name to all its members")
            else:
                name = self._own_name(header) if long_name is None else long_name
                long_name = None
                member = self._member(header, name, kind, size, at)
                if not (member.directory and name in (".", "./")):  # the folder that was packed
                    yield member
            at = end
        if long_name is not None:
            raise self._error("ends with a name that belongs to no member", long_name)
        self._check_end(at)

    def _check_end(self, at: int) -> None:
        self._tar.seek(at)
        while rest := self._tar.read(_CHUNK):
            if rest.count(0) != len(rest):
                raise self._error("has something behind its end")

    def _check(self, header: bytes, at: int) -> int:
        """Verify a header; returns the size of what follows it."""
        blank = header[:148] + b" " * 8 + header[156:]
        if _octal(header[148:156]) != sum(blank):
            raise self._error("has a damaged header" if at else "is no tar archive")
        return self._number(header[124:136])

    def _number(self, field: bytes) -> int:
        number = _octal(field)
        if number is None:
            raise self._error("has a header with a damaged or too large number")
        return number

    def _own_name(self, header: bytes) -> str:
        name = header[:100].partition(b"\0")[0]
        if header[257:263] == b"ustar\0" and (prefix := header[345:500].partition(b"\0")[0]):
            name = prefix + b"/" + name
        return self._text(name)

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise self._error("has a name that is not UTF-8", repr(raw)) from None

    def _pax(self, body: bytes) -> str | None:
        """Read an extended header; returns the name it gives."""
        name, at = None, 0
        while at < len(body):
            digits, space, _ = body[at : at + 8].partition(b" ")
            length = int(digits) if space and digits.isdigit() else 0
            record = body[at : at + length]
            key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
            if len(record) != length or not record.endswith(b"\n") or not equals:
                raise self._error("has a damaged extended header")
            if key == b"path":
                name = self._text(value)
            elif key in (b"size", b"linkpath", b"hdrcharset") or key.startswith(b"GNU.sparse"):
                raise self._error(f"has an extended header {key.decode()!r}, which is unsupported")
            at += length
        return name

    def _member(self, header: bytes, name: str, kind: bytes, size: int, at: int) -> Member:
        if kind in _REFUSED:
            raise self._error(f"is {_REFUSED[kind]}", name)
        if kind not in (b"0", b"\0", b"5"):
            raise self._error(f"is of the unsupported kind {kind!r}", name)
        if (mode := self._number(header[100:108])) & _SET_ID:
            raise self._error("has a setuid or setgid bit", name)
        directory = kind == b"5" or name.endswith("/")
        if directory and size:
            raise self._error("is a folder with content", name)
        return Member(
            name=name.removeprefix("./").removesuffix("/"),
            directory=directory,
            size=size,
            offset=at + _BLOCK,
            packed=size,
            executable=bool(mode & 0o111),
        )

    # -- content ------------------------------------------------------------------------------

    def _read(self, at: int, size: int) -> bytes:
        self._tar.seek(at)
        return self._tar.read(size)

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member; gzip's checksum was checked before."""
        at, end = member.offset, member.offset + member.size
        while at < end:
            chunk = self._read(at, min(_CHUNK, end - at))
            at += len(chunk)
            yield chunk


def _octal(field: bytes) -> int | None:
    """A header's number; ``None`` for what is none, and for the binary form of 8 GiB and more."""
    text = field.strip(b" \0")
    if all(0x30 <= digit <= 0x37 for digit in text):
        return int(text or b"0", 8)
    return None
