"""What :func:`owncast.fs.read` and :func:`owncast.assets.read` return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex


class Content(bytes):
    """The bytes of a file, which can be used as its text too.

    The 0.11 SDK gives ``bytes`` here, the 0.9 SDK gave ``str`` (owncast spec 2.3). Plugins of
    both run unchanged: these are true ``bytes``, and where an operation only makes sense for text
    (a ``str`` beside it, formatting, a method that ``bytes`` lack) they act as the decoded UTF-8
    text, malformed bytes replaced. New code says which it wants: ``read`` or ``read_text``.

    Indexing and iterating give numbers, as with any ``bytes``.
    """

    @property
    def text(self) -> str:
        """The content decoded from UTF-8, malformed bytes replaced."""
        return self.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        return format(self.text, spec)

    def __eq__(self, other: object) -> bool:
        return self.text == other if isinstance(other, str) else bytes(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__

    def __contains__(self, part: Any) -> bool:
        return part in self.text if isinstance(part, str) else bytes.__contains__(self, part)

    def __add__(self, other: Any) -> Any:
        return self.text + other if isinstance(other, str) else bytes.__add__(self, other)

    def __radd__(self, other: Any) -> Any:
        return other + self.text if isinstance(other, str) else NotImplemented

    def __getattr__(self, name: str) -> Any:
        # Only what bytes do not have: encode, casefold, format, isnumeric, ...
        if name.startswith("__") or not hasattr(str, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.text, name)

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = bytes.__getitem__(self, at)
        return Content(found) if isinstance(found, bytes) else found


def _either(name: str) -> Callable[..., Any]:
    on_bytes = getattr(bytes, name)

    def method(self: Content, *arguments: Any, **keywords: Any) -> Any:
        given = (*arguments, *keywords.values())
        if any(isinstance(a, str) or _has_text(a) for a in given):
            return getattr(self.text, name)(*arguments, **keywords)
        result = on_bytes(self, *arguments, **keywords)
        if isinstance(result, bytes):
            return Content(result)
        if isinstance(result, list):
            return [Content(part) for part in result]
        return result

    method.__name__ = name
    method.__doc__ = f"As ``bytes.{name}``; as ``str.{name}`` when given text."
    return method


def _has_text(value: Any) -> bool:
    # A tuple of prefixes to startswith, a table to translate.
    if isinstance(value, dict):
        return True
    return isinstance(value, tuple) and any(isinstance(part, str) for part in value)


# Every method that both have; the names of bytes alone (hex, decode, fromhex) stay as they are.
for _name in dir(bytes):
    if hasattr(str, _name) and not _name.startswith("_") and _name != "maketrans":
        setattr(Content, _name, _either(_name))
