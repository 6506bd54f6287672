"""How large an archive may be, and what a reader says of each member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Caps on an archive. Sizes are bytes.

    :param upload: the archive itself (owncast spec 5.1).
    :param unpacked: all members together.
    :param files: members, folders included.
    :param file: one member.
    :param ratio: how many times larger than packed; applied above *ratio_from*, because a few
        kilobytes of zeros are no attack.
    :param depth: folders within folders.
    """

    upload: int = 50 * MIB
    unpacked: int = 200 * MIB
    files: int = 2000
    file: int = 128 * MIB
    ratio: int = 200
    ratio_from: int = 1 * MIB
    depth: int = 32


DEFAULT_LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class Member:
    """One entry, as its archive declares it.

    :param name: as written, with ``/`` between the parts and none at the end.
    :param size: unpacked bytes; for a packed member a claim until it was read.
    :param offset: where its data begins in what the reader reads.
    :param packed: bytes that it takes there.
    :param crc: CRC-32 of the unpacked bytes, where the format has one.
    """

    name: str
    directory: bool
    size: int
    offset: int
    packed: int
    deflated: bool = False
    executable: bool = False
    crc: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """Where a dialect takes members' names more kindly than the rules are. Those apply to what
    *read* returns.

    :param read: what a member stands for; ``None`` for one that stands for nothing.
    :param exact: names that only some file systems take for the same are different ones.
    """

    read: Callable[[Member], Member | None] | None = None
    exact: bool = False


STRICT = NameRules()


class Reader(Protocol):
    """One archive format. Members were checked for kind, not yet for name and size."""

    members: list[Member]

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The unpacked bytes of a member, checked as they come.

        :raises ArchiveError: they are not what the archive declares.
        """
        ...

    def close(self) -> None: ...
