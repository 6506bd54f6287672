"""Plugin archives, opened without trusting them.

An archive is checked as a whole before the first byte of it is given out, and a member as it is
unpacked. What is refused: names that lead elsewhere or clash, links and special files, bombs,
encryption, damage, and anything that two readers could read differently.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from jackfield.errors import ArchiveError, InvalidInput, NotFound
from jackfield.plugins.archive import tar_reader, zip_reader
from jackfield.plugins.archive.disk import sync_folder, sync_folders
from jackfield.plugins.archive.folder import Folder
from jackfield.plugins.archive.limits import (
    DEFAULT_LIMITS,
    STRICT,
    ArchiveLimits,
    Member,
    NameRules,
    Reader,
)
from jackfield.plugins.archive.names import NameTable, fault
from jackfield.plugins.files import DEFAULT_CAP
from jackfield.store.failures import surroundings

__all__ = ["Archive", "ArchiveLimits", "Folder", "Member", "NameRules", "open_archive"]


def open_archive(
    path: Path,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    names: NameRules = STRICT,
) -> Archive:
    """Open and check a zip or gzipped tar archive; the content tells which it is.

    :param names: where its dialect takes names more kindly.
    :raises ArchiveError: unreadable, oversized or hostile; the message names member and rule.
    :raises NotFound: no such file.
    """
    if not path.exists():
        raise NotFound("no such file", file=str(path))
    if not path.is_file():
        raise ArchiveError("is not a file", file=str(path), hint="give a .zip or .tgz archive")
    with surroundings(path, "cannot read the archive"), path.open("rb") as file:
        # Read at once: a file that changes while it is read must not change what was checked.
        data = file.read(limits.upload + 1)
    if len(data) > limits.upload:
        raise ArchiveError(f"the archive is larger than {limits.upload:,} bytes", file=path.name)
    return Archive(data, path.name, limits, names)


class Archive:
    """A checked archive as :class:`~jackfield.plugins.files.PluginFiles`.

    :param data: the archive's bytes.
    :param source: what to call it in messages.
    :param names: where its dialect takes names more kindly.
    """

    def __init__(
        self,
        data: bytes,
        source: str,
        limits: ArchiveLimits = DEFAULT_LIMITS,
        names: NameRules = STRICT,
    ) -> None:
        self.source = source
        self._limits = limits
        self._names = names
        self._reader = self._open(data)
        try:
            self._members = {member.name: member for member in self._checked(len(data))}
        except BaseException:
            self.close()
            raise

    def _open(self, data: bytes) -> Reader:
        if data.startswith(tar_reader.MAGIC):
            return tar_reader.TarReader(data, self.source, self._limits)
        if data.startswith(zip_reader.MAGIC):
            return zip_reader.ZipReader(data, self.source, self._limits)
        if not data:
            raise ArchiveError("is empty", file=self.source)
        found = "has something in front of its first member" if b"PK\x05\x06" in data[-66_000:] \
            else "is not an archive; expected zip or gzipped tar"  # fmt: skip
        raise ArchiveError(found, file=self.source)

    def _checked(self, packed: int) -> Iterator[Member]:
        limits, table, total = self._limits, NameTable(exact=self._names.exact), 0
        if len(self._reader.members) > limits.files:
            found = len(self._reader.members)
            raise self._error(f"has {found:,} members; at most {limits.files:,} are allowed")
        for written in self._reader.members:
            member = written if self._names.read is None else self._names.read(written)
            if member is None:
                continue
            reason = fault(member.name, depth=limits.depth) or table.add(
                member.name, directory=member.directory
            )
            if reason is not None:
                raise self._error(reason, member)
            if member.size > limits.file:
                raise self._error(
                    f"unpacks to {member.size:,} bytes; at most {limits.file:,} are allowed", member
                )
            if member.size > limits.ratio_from and member.size > limits.ratio * member.packed:
                raise self._error(f"unpacks to more than {limits.ratio} times its size", member)
            total += member.size
            if total > limits.unpacked:
                raise self._error(f"unpacks to more than {limits.unpacked:,} bytes")
            yield member
        if total > limits.ratio_from and total > limits.ratio * packed:
            raise self._error(f"unpacks to more than {limits.ratio} times its size")

    def _error(self, rule: str, member: Member | None = None) -> ArchiveError:
        what = "the archive" if member is None else f"member {member.name!r}"
        return ArchiveError(f"{what} {rule}", file=self.source)

    def close(self) -> None:
        """Let go of the archive's bytes."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- reading in place ---------------------------------------------------------------------

    def names(self) -> list[str]:
        """Every regular file, sorted."""
        return sorted(member.name for member in self._members.values() if not member.directory)

    def read(self, name: str, *, cap: int = DEFAULT_CAP) -> bytes:
        """One file's bytes.

        :raises InvalidInput: no such file, or larger than *cap* bytes.
        :raises ArchiveError: it does not unpack to what the archive declares.
        """
        member = self._members.get(name)
        if member is None or member.directory:
            raise InvalidInput("file is missing", plugin=self.source, file=name)
        if member.size > cap:
            raise InvalidInput(
                f"is {member.size:,} bytes; at most {cap:,} are allowed",
                plugin=self.source,
                file=name,
            )
        return b"".join(self._reader.chunks(member))

    # -- unpacking ----------------------------------------------------------------------------

    def unpack(self, target: Path) -> None:
        """Write everything to *target*, which must not exist; whole, or not at all.

        The files are on the disk when this returns, and were never visible under *target* before.

        :raises ArchiveError: a member does not unpack to what the archive declares.
        :raises SurroundingsError: the disk is full or cannot be written.
        """
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with surroundings(target, "cannot unpack the plugin"):
                part.mkdir()
                for member in self._members.values():
                    self._write(member, part)
                sync_folders(part)
                if target.exists():
                    raise FileExistsError(17, "exists already", str(target))
                part.rename(target)
                sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise

    def _write(self, member: Member, folder: Path) -> None:
        path = folder.joinpath(*member.name.split("/"))
        if member.directory:
            path.mkdir(parents=True, exist_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o755 if member.executable else 0o644
        with path.open("xb") as out:
            out.writelines(self._reader.chunks(member))
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
