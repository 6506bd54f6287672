"""Markdown of the host's own messages as HTML."""

from __future__ import annotations

from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": False})


def to_html(text: str) -> str:
    """The HTML of *text*; HTML inside of it is shown, not used."""
    html: str = _markdown.render(text)
    return html.strip()
