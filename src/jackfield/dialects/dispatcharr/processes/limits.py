"""How much a plugin's process may take, its own children included."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process and of everything that it starts. Zero leaves one out.

    :param memory: bytes that all of them hold together (resident); the nursery ends them beyond.
    :param data: bytes that one of them may ask for (``RLIMIT_DATA``): beyond, Python code gets a
        ``MemoryError`` that names its line, which is kinder.
    :param processes: how many there may be at once.
    :param files: open files of one of them.
    :param file_size: bytes of the largest file that one of them may write.
    """

    memory: int = 2 * 1024**3
    data: int = 2 * 1024**3
    processes: int = 128
    files: int = 4096
    file_size: int = 64 * 1024**3

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """What :meth:`to_dict` gave."""
        return cls(**values)
