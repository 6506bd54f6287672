"""The pages of the documentation, cut into what a test can hold against the product."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"),
     *ROOT.glob("examples/*/README.md")]
)  # fmt: skip

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    :param kind: the first word behind the fence: ``console``, ``python``.
    :param title: of ``title="..."``: for a file its path, or what a block of text shows.
    :param line: where its text begins in the page.
    """

    kind: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text()
    found = []
    for match in _FENCE.finditer(text):
        kind, _, rest = match["info"].strip().partition(" ")
        title = re.search(r'title="([^"]+)"', rest)
        line = text.count("\n", 0, match.start("text")) + 1
        found.append(Block(kind, title[1] if title else "", match["text"], line))
    return found


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Where its links lead, as written."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What a ``#`` in a link to the page can name, as GitHub makes it."""
    headings = _HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def commands(page: Path) -> list[str]:
    """Every line that a reader is to type, of all its blocks, without what is said about it."""
    typed = []
    for block in blocks(page):
        if block.kind == "console":
            typed += [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
        elif block.kind == "sh":
            typed += [line.partition("  #")[0].strip() for line in block.text.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in typed if line and not line.startswith("#")]
