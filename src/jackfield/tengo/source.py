"""A source text, and the places in it as ``file:line:column``."""

from __future__ import annotations

from bisect import bisect_right


def _width(character: str) -> int:
    """Bytes of UTF-8 that the character takes; a surrogate stands for one invalid byte."""
    code = ord(character)
    if code < 0x80 or 0xDC80 <= code <= 0xDCFF:
        return 1
    return 2 if code < 0x800 else 3 if code < 0x10000 else 4


class SourceFile:
    """One Tengo source.

    :param name: as it appears in error texts.
    :param source: the text; ``bytes`` need not be valid UTF-8 (that is then a parse error).
    """

    def __init__(self, name: str, source: str | bytes) -> None:
        self.name = name
        raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        self.text = raw.decode("utf-8", "surrogateescape")
        self._starts: list[int] | None = None

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; columns count bytes of UTF-8."""
        if self._starts is None:
            self._starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        line = bisect_right(self._starts, offset)
        before = self.text[self._starts[line - 1] : offset]
        if not before.isascii():
            return line, sum(map(_width, before)) + 1
        return line, len(before) + 1

    def position(self, offset: int) -> str:
        """``name:line:column``; negative offsets are "nowhere", shown as ``-``."""
        if offset < 0:
            return "-"
        line, column = self.line_column(offset)
        place = f"{line}:{column}"
        return f"{self.name}:{place}" if self.name else place
