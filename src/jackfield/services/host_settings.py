"""What the operator tells about this server, kept as documents in the host's database.

They lie among the key-value pairs, in a space whose name no plugin can have.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from jackfield.errors import InvalidInput
from jackfield.services.kv import KeyValue

T = TypeVar("T", bound=msgspec.Struct)

SPACE = "@host"
"""No slug: slugs are letters, digits, dots, dashes and underscores."""


class HostSettings:
    """Documents by name. Thread-safe."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv
        self._lock = threading.Lock()

    def read(self, name: str, kind: type[T]) -> T:
        """The document, or one with nothing in it where none was stored."""
        text = self._kv.get(SPACE, name)
        if text is None:
            return kind()
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError:  # stored by a version whose documents had another form
            return kind()

    def write(self, name: str, document: msgspec.Struct) -> None:
        """Store a document in place of the one before.

        :raises InvalidInput: it is too long.
        """
        self._kv.set(SPACE, name, msgspec.json.encode(document).decode())

    def change(self, name: str, kind: type[T], changes: Mapping[str, Any]) -> T:
        """Store a document with some members replaced, and return it.

        :raises InvalidInput: a member that it does not have, or a value of the wrong type.
        """
        with self._lock:
            known = msgspec.to_builtins(self.read(name, kind))
            try:
                document = msgspec.convert({**known, **changes}, kind)
            except msgspec.ValidationError as error:
                raise InvalidInput(str(error)) from None
            self.write(name, document)
            return document

    def secret(self, name: str, new: str) -> str:
        """A secret that is made once: *new* where there is none yet."""
        with self._lock:
            found = self._kv.get(SPACE, name)
            if found is None:
                self._kv.set(SPACE, name, new)
            return found or new
