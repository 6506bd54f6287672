"""``owncast.kv``, ``.storage``, ``.fs`` and ``.assets``: what a plugin keeps and what it ships."""

from __future__ import annotations

import json
from typing import Any

from owncast_plugin._host import call, checked, outcome
from owncast_plugin._wire import pack, unpack
from owncast_plugin.content import Content


def _packed(data: object) -> str:
    return pack(bytes(data) if isinstance(data, bytes | bytearray) else str(data).encode())


def _content(text: str | None) -> Content | None:
    return None if text is None else Content(unpack(text))


class KV:
    """A private store of texts by key; survives restarts and updates. Needs ``storage.kv``.

    A key may have 1,024 bytes, a value 262,144 (owncast spec 10.1).
    """

    def get(self, key: object) -> str | None:
        """The text; ``None`` when there is none, or the empty text."""
        value: str | None = call("owncast_kv_get", str(key))
        return value or None

    def set(self, key: object, value: object) -> None:
        """Store a text; another value is stored as ``str(value)``.

        :raises HostError: key or value is too large; the old value stays.
        """
        checked("owncast_kv_set", str(key), str(value))

    def delete(self, key: object) -> None:
        """Forget a key. (It keeps the empty text, which reads as ``None``.)"""
        self.set(key, "")

    def get_json(self, key: object, fallback: Any = None) -> Any:
        """The value stored by :meth:`set_json`; *fallback* when missing or unreadable."""
        text = self.get(key)
        if text is None:
            return fallback
        try:
            return json.loads(text)
        except ValueError:
            return fallback

    def set_json(self, key: object, value: Any) -> None:
        """Store any JSON value as its text.

        :raises HostError: key or text is too large.
        :raises TypeError: *value* is not JSON.
        """
        self.set(key, json.dumps(value))


class Storage:
    """Public uploads. Needs ``storage.upload``."""

    def upload(self, name: object, data: bytes | bytearray | str) -> Any:
        """Store a file that viewers can fetch. Returns ``{"url": ...}``, or ``None``."""
        return call("owncast_storage_upload", str(name), _packed(data))


class FS:
    """A private folder of files, by ``/``-separated paths. Needs ``storage.fs``.

    A file may have 50 MiB, all files of a plugin 256 MiB (owncast spec 10.1).
    """

    def read(self, path: object) -> Content | None:
        """A file's bytes; ``None`` when there is no such file. See :class:`Content`."""
        return _content(call("owncast_fs_read", str(path)))

    def read_text(self, path: object) -> str | None:
        """A file as text, malformed UTF-8 replaced; ``None`` when there is no such file."""
        content = self.read(path)
        return None if content is None else content.text

    def write(self, path: object, data: bytes | bytearray | str) -> dict[str, Any]:
        """Write a file and the folders above it. Returns an outcome; never raises for it:
        look for its ``error``."""
        return outcome("owncast_fs_write", str(path), _packed(data))

    def list(self, directory: object) -> list[str]:
        """The names directly inside a folder; none for a folder that is missing."""
        return call("owncast_fs_list", str(directory)) or []

    def delete(self, path: object) -> dict[str, Any]:
        """Delete a file or an empty folder. Returns an outcome, as :meth:`write` does."""
        return outcome("owncast_fs_delete", str(path))

    def exists(self, path: object) -> bool:
        """Whether there is such a file or folder."""
        return bool(call("owncast_fs_exists", str(path)))


class Assets:
    """The plugin's own ``assets/`` folder, read only. Every plugin may."""

    def read(self, path: object) -> Content | None:
        """An asset's bytes; ``None`` when there is none. See :class:`Content`."""
        return _content(call("owncast_asset_read", str(path)))

    def read_text(self, path: object) -> str | None:
        """An asset as text, malformed UTF-8 replaced."""
        content = self.read(path)
        return None if content is None else content.text
