"""The cache of this process, with what ``django_redis`` adds to Django's.

Source: dispatcharr spec 4.3 (``cache`` 3 plugins, ``django_redis`` 2).
"""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator
from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class PatternLocMemCache(LocMemCache):
    """Django's cache in memory that also finds and deletes keys by a pattern with ``*``."""

    def keys(self, search: str, version: int | None = None) -> list[str]:
        """The keys that *search* matches and that have not expired."""
        prefix = self.make_key("", version)
        now = time.time()
        with self._lock:
            live = [
                key
                for key, expires in self._expire_info.items()
                if expires is None or expires > now
            ]
        names = [key[len(prefix) :] for key in live if key.startswith(prefix)]
        return [name for name in names if fnmatch.fnmatchcase(name, search)]

    def iter_keys(self, search: str, version: int | None = None, **_: Any) -> Iterator[str]:
        """As :meth:`keys`."""
        return iter(self.keys(search, version))

    def delete_pattern(self, pattern: str, version: int | None = None, **_: Any) -> int:
        """Delete the keys that *pattern* matches; how many they were."""
        return sum(self.delete(key, version=version) for key in self.keys(pattern, version))

    def ttl(self, key: str, version: int | None = None) -> int | None:
        """Seconds until *key* expires; 0 when it is not there, nothing when it never does."""
        full = self.make_and_validate_key(key, version=version)
        with self._lock:
            if self._has_expired(full):
                return 0
            expires = self._expire_info[full]
        return None if expires is None else max(0, round(expires - time.time()))
