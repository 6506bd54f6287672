"""Five facilities of Linux that Python's library does not offer."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_CAPBSET_DROP = 24
_CAPABILITIES_V3 = 0x20080522

_HARMLESS = (0, 1, 3, 4, 5, 6, 7, 10, 13)
"""CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID NET_BIND_SERVICE NET_RAW: what programs that
were started as root rely on. Not among them is what leads around a confinement: reading other
processes' memory (SYS_ADMIN, PERFMON, SYS_PTRACE), devices (MKNOD, SYS_RAWIO), modules."""

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signal: int) -> None:
    """Get *signal* when the thread that made this process ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets lost."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def drop_powers() -> None:
    """Give up root's powers but harmless ones, in this thread and what it starts from now on.

    Without effect for other users, who have none. Call it before there are other threads.

    :raises OSError: the kernel refused.
    """
    if not any(_powers()):
        return
    for power in range(64):
        if power not in _HARMLESS:  # refused where there is no such power, or no right to drop it
            _libc.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0)
    keep = sum(1 << power for power in _HARMLESS)
    effective, permitted = (held & keep for held in _powers())
    halves = (
        (part >> shift) & 0xFFFFFFFF for shift in (0, 32) for part in (effective, permitted, 0)
    )
    header = struct.pack("=Ii", _CAPABILITIES_V3, 0)
    if _libc.capset(header, struct.pack("=6I", *halves)) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"capset: {os.strerror(code)}")


def _powers() -> tuple[int, int]:
    """This thread's effective and permitted capabilities, as bits."""
    data = ctypes.create_string_buffer(24)
    if _libc.capget(struct.pack("=Ii", _CAPABILITIES_V3, 0), data) < 0:
        return 0, 0
    low_e, low_p, _, high_e, high_p, _ = struct.unpack("=6I", data.raw)
    return low_e | high_e << 32, low_p | high_p << 32


def children(pid: int) -> list[int]:
    """Processes that *pid* is the parent of now."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for thread in threads:
        try:
            text = (thread / "children").read_text()
        except OSError:
            continue
        found += [int(one) for one in text.split()]
    return found


def descendants(pid: int) -> list[int]:
    """Every process below *pid*, parents before their children."""
    found, look = [], [pid]
    while look:
        below = children(look.pop())
        found += below
        look += below
    return found


def own_bytes(pid: int) -> int:
    """Memory of the process, with its share of what several have in common; 0 when it is gone.

    Exact, and slower than :func:`resident_bytes`.
    """
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return resident_bytes(pid)


def resident_bytes(pid: int) -> int:
    """Memory of the process without files in it, at most: what a fork still shares with its parent
    counts as its own. 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
