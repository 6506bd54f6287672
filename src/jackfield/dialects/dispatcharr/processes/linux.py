"""Four facilities of Linux that Python's library does not offer."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signal: int) -> None:
    """Get *signal* when the thread that made this process ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets lost."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


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
