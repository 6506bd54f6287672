"""Rows that wait on the disk between being read and being written.

Reading a large guide takes many seconds, and SQLite has one writer: what is read goes here first,
so that the transaction that replaces the old rows holds nobody up for longer than it must, and
nothing is written before everything was read.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec

_LENGTH = struct.Struct("<I")


class Spool:
    """Rows of plain values (texts, numbers, booleans, None), in the order in which they came.

    :param batch: rows that are written, and later handed out, at once.
    """

    def __init__(self, batch: int = 2000) -> None:
        self._file = tempfile.TemporaryFile(prefix="jackfield-")  # noqa: SIM115 - closed in close
        self._batch = batch
        self._rows: list[Sequence[Any]] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def add(self, row: Sequence[Any]) -> None:
        """Keep one row."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= self._batch:
            self._flush()

    def _flush(self) -> None:
        content = self._encoder.encode(self._rows)
        self._file.write(_LENGTH.pack(len(content)))
        self._file.write(content)
        self._rows = []

    def batches(self) -> Iterator[list[Any]]:
        """All rows, as lists of lists. Any number of times; not while rows are being added."""
        if self._rows:
            self._flush()
        self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            yield self._decoder.decode(self._file.read(_LENGTH.unpack(head)[0]))
        self._file.seek(0, 2)
