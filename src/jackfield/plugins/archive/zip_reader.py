"""Reads zip archives, more strictly than the format asks.

Python's ``zipfile`` reads the directory; what it is lenient about is checked here: every byte
of the file must belong to exactly one member or to the directory, the directory and the members'
own headers must agree, and a member must unpack to exactly the size and checksum declared.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress

from jackfield.errors import ArchiveError
from jackfield.plugins.archive.limits import ArchiveLimits, Member

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_END = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_LOCAL_RECORD = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_MAX_DIRECTORY = 4 * 1024 * 1024
_UNICODE_PATH = 0x7075

_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PATCH = 0x0020
_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_DESCRIPTOR_SIZES = (0, 12, 16, 20, 24)
_CHUNK = 256 * 1024


class ZipReader:
    """One zip archive in memory.

    :raises ArchiveError: it is damaged, or does what an honest archive does not.
    """

    def __init__(self, data: bytes, source: str, limits: ArchiveLimits) -> None:
        self._data = data
        self._source = source
        count, directory_at = self._end(limits)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, struct.error, EOFError, NotImplementedError) as e:
            raise self._error(f"is damaged: {e}") from e
        if len(infos) != count:
            raise self._error(f"declares {count} members but holds {len(infos)}")
        self.members = [self._member(info) for info in infos]
        self._check_layout(infos, directory_at)

    def close(self) -> None:
        """Let go of the archive's bytes."""
        self._data = b""

    def _error(self, rule: str, member: str | None = None) -> ArchiveError:
        return ArchiveError(
            f"member {member!r} {rule}" if member else f"the archive {rule}", file=self._source
        )

    # -- structure ----------------------------------------------------------------------------

    def _end(self, limits: ArchiveLimits) -> tuple[int, int]:
        """Check the record at the end. Returns how many members, and where their list begins."""
        data = self._data
        if not data.startswith(MAGIC):
            raise self._error("has something in front of its first member")
        tail = max(0, len(data) - _END_RECORD.size - _MAX_COMMENT)
        found = []
        at = data.find(_END, tail)
        while at >= 0:
            if at + _END_RECORD.size <= len(data):
                record = _END_RECORD.unpack_from(data, at)
                if at + _END_RECORD.size + record[7] == len(data):
                    found.append((at, record))
            at = data.find(_END, at + 1)
        if not found:
            raise self._error("is truncated, or has something behind its end")
        if len(found) > 1:
            raise self._error("has two ends, so that two readers would see two archives")
        at, (_, disk, first_disk, here, total, size, offset, _) = found[0]
        if disk or first_disk or here != total:
            raise self._error("is a part of an archive in several files")
        if 0xFFFF in (here, total) or 0xFFFFFFFF in (size, offset):
            raise self._error("is in the zip64 form, which no plugin needs")
        if total > limits.files:
            raise self._error(f"has {total:,} members; at most {limits.files:,} are allowed")
        if size > _MAX_DIRECTORY:
            raise self._error(f"has a directory of {size:,} bytes")
        if offset + size != at:
            raise self._error("has bytes that belong to no member, or is truncated")
        return total, offset

    def _check_layout(self, infos: list[zipfile.ZipInfo], directory_at: int) -> None:
        """Members must lie side by side from the first byte up to the directory."""
        end = 0
        for info, member in sorted(
            zip(infos, self.members, strict=True), key=lambda pair: pair[0].header_offset
        ):
            gap = info.header_offset - end
            if gap < 0:
                raise self._error("overlaps another member", member.name)
            if gap:
                raise self._error("is preceded by bytes that belong to no member", member.name)
            end = member.offset + member.packed
            if info.flag_bits & _DESCRIPTOR:
                end = self._after_descriptor(end, directory_at)
            if end > directory_at:
                raise self._error("overlaps the directory of the archive", member.name)
        if end != directory_at:
            raise self._error("has bytes that belong to no member")

    def _after_descriptor(self, end: int, directory_at: int) -> int:
        """Where the next header begins behind a descriptor, whose form is not declared."""
        for size in _DESCRIPTOR_SIZES:
            at = end + size
            if at == directory_at or self._data.startswith(b"PK\x03\x04", at):
                return at
        return end

    # -- members ------------------------------------------------------------------------------

    def _member(self, info: zipfile.ZipInfo) -> Member:
        name = self._name(info)
        mode = info.external_attr >> 16
        kind = stat.S_IFMT(mode)
        directory = name.endswith("/")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            what = "a link" if kind == stat.S_IFLNK else "neither a file nor a folder"
            raise self._error(f"is {what}", name)
        if mode & (stat.S_ISUID | stat.S_ISGID):
            raise self._error("has a setuid or setgid bit", name)
        if directory != (kind == stat.S_IFDIR) and kind:
            raise self._error("is a folder by its name or by its mode, but not by both", name)
        if info.flag_bits & _ENCRYPTED:
            raise self._error("is encrypted", name)
        if info.flag_bits & _PATCH:
            raise self._error("is a patch for another archive", name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._error(f"has the unsupported compression {info.compress_type}", name)
        if directory and info.file_size:
            raise self._error("is a folder with content", name)
        return Member(
            name=name.removesuffix("/"),
            directory=directory,
            size=info.file_size,
            offset=self._data_offset(info, name),
            packed=info.compress_size,
            deflated=info.compress_type == zipfile.ZIP_DEFLATED,
            executable=bool(mode & 0o111),
            crc=info.CRC,
        )

    def _name(self, info: zipfile.ZipInfo) -> str:
        # ``filename`` is cut at a NUL; the original is what the archive says.
        name = info.orig_filename
        if not info.flag_bits & _UTF8:
            with suppress(ValueError):  # archives made on a Mac say cp437 and mean UTF-8
                name = name.encode("cp437").decode()
        at = 0
        while at + 4 <= len(info.extra):
            kind, size = struct.unpack_from("<2H", info.extra, at)
            if kind == _UNICODE_PATH and info.extra[at + 9 : at + 4 + size] != name.encode():
                raise self._error("has a second, different name", name)
            at += 4 + size
        return name

    def _data_offset(self, info: zipfile.ZipInfo, name: str) -> int:
        """Compare the member's own header with the directory; returns where its data begins."""
        at = info.header_offset
        if not 0 <= at <= len(self._data) - _LOCAL_RECORD.size:
            raise self._error("lies outside the archive", name)
        (magic, _, flags, method, _, _, crc, packed, size, name_size, extra_size) = (
            _LOCAL_RECORD.unpack_from(self._data, at)
        )
        begin = at + _LOCAL_RECORD.size
        if magic != b"PK\x03\x04":
            raise self._error("has no header where the directory says", name)
        encoding = "utf-8" if info.flag_bits & _UTF8 else "cp437"
        if self._data[begin : begin + name_size] != info.orig_filename.encode(encoding):
            raise self._error("has another name in its own header", name)
        if method != info.compress_type or (flags ^ info.flag_bits) & (_ENCRYPTED | _DESCRIPTOR):
            raise self._error("is described differently in its own header", name)
        declared = (info.CRC, info.compress_size, info.file_size)
        own = (crc, packed, size)
        if (
            not flags & _DESCRIPTOR
            and 0xFFFFFFFF not in (packed, size)
            and own != declared
        ):  # fmt: skip
            raise self._error("has another size or checksum in its own header", name)
        offset: int = begin + name_size + extra_size
        if offset + info.compress_size > len(self._data):
            raise self._error("is truncated", name)
        return offset

    # -- content ------------------------------------------------------------------------------

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The unpacked bytes; see :meth:`Reader.chunks`."""
        packed = memoryview(self._data)[member.offset : member.offset + member.packed]
        crc, size = 0, 0
        for chunk in self._inflated(packed, member) if member.deflated else self._stored(packed):
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            if size > member.size:
                raise self._error(f"unpacks to more than the {member.size:,} bytes it declares",
                                  member.name)  # fmt: skip
            yield chunk
        if size != member.size:
            raise self._error(
                f"unpacks to {size:,} bytes but declares {member.size:,}", member.name
            )
        if crc != member.crc:
            raise self._error("is damaged: its checksum does not fit", member.name)

    @staticmethod
    def _stored(packed: memoryview) -> Iterator[bytes]:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])

    def _inflated(self, packed: memoryview, member: Member) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        waiting: bytes | memoryview = packed
        try:
            while not inflate.eof:
                chunk = inflate.decompress(waiting, _CHUNK)
                waiting = inflate.unconsumed_tail
                if chunk:
                    yield chunk
                elif not waiting and not inflate.eof:
                    raise self._error("is truncated", member.name)
        except zlib.error as error:
            raise self._error(f"is damaged: {error}", member.name) from error
        if inflate.unused_data or waiting:
            raise self._error("has bytes behind its compressed data", member.name)
