"""Which files a plugin's process may reach: the system to read, its own folders to write.

The operator adds folders with ``JACKFIELD_DISPATCHARR_FOLDERS`` (recordings, a media library),
separated by colons, and switches it off with ``JACKFIELD_DISPATCHARR_CONFINE=0``. On a kernel
without Landlock nothing is kept from a plugin but what the user of the host's process cannot reach.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from jackfield.dialects.dispatcharr.processes import landlock

FOLDERS: Final = "JACKFIELD_DISPATCHARR_FOLDERS"
SWITCH: Final = "JACKFIELD_DISPATCHARR_CONFINE"

_FRESH_S: Final = 60.0

_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "dri",
                   "fuse", "video0", "nvidia0", "nvidiactl", "nvidia-uvm")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Files and folders, by what may be done with them."""

    readable: tuple[Path, ...]
    writable: tuple[Path, ...]

    def to_dict(self) -> dict[str, list[str]]:
        """As plain JSON."""
        return {
            "readable": [str(path) for path in self.readable],
            "writable": [str(path) for path in self.writable],
        }


def possible(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether plugins are confined on this machine."""
    return environ.get(SWITCH, "").strip().lower() not in ("0", "no", "off", "false") and bool(
        landlock.version()
    )


def places(
    *,
    host: Path,
    own_readable: tuple[Path, ...],
    own_writable: tuple[Path, ...],
    environ: Mapping[str, str] = os.environ,
) -> Places:
    """What a plugin may reach.

    :param host: the host's data directory, of which it sees nothing but its own.
    :param own_readable: its code, its packages.
    :param own_writable: Dispatcharr's home, its private and its temporary folder.
    """
    more = tuple(
        Path(one).expanduser() for one in environ.get(FOLDERS, "").split(os.pathsep) if one.strip()
    )
    readable, writable = _system(host, int(time.monotonic() // _FRESH_S))
    return Places(
        tuple(dict.fromkeys((*readable, *_real(own_readable)))),
        tuple(dict.fromkeys((*_real((*own_writable, *more)), *writable))),
    )


@lru_cache(maxsize=8)
def _system(host: Path, _when: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """What every plugin may read and write, looked up once in a while."""
    hidden = [host.resolve(), Path.home().resolve()]
    python = {Path(one).resolve() for one in (
        sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(),
        *filter(None, sys.path),
    )}  # fmt: skip
    program = Path(__file__).resolve().parents[3]
    readable = [
        *landlock.all_but([path for path in hidden if path != Path("/")]),
        *sorted(path for path in python if path.exists() and not host.is_relative_to(path)),
        program,
    ]
    shared = Path("/tmp")  # noqa: S108 - where programs that plugins start put things
    writable = [
        *(Path("/dev") / name for name in _DEVICES),
        *(landlock.all_but([host.resolve()], shared) if shared.is_dir() else []),
        Path("/proc/self"),
    ]
    return _real(readable), _real(writable)


def _real(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path.resolve() for path in paths if path.exists()))
