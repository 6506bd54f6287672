"""The text of a message: what is accepted, and how it becomes HTML for the page.

Plugins get the text as it was written; only the page sees HTML.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

from jackfield.errors import InvalidInput

MAX_BODY = 2000
"""Characters in a message that a person posts."""

MAX_SYSTEM_HTML = 16_384
"""Characters in a message of the system, or of a bot."""

_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote"}
_SYSTEM_TAGS = _TAGS | {"b", "i", "u", "h3", "h4", "hr", "small", "span", "sub", "sup", "del"}

_markdown = (
    MarkdownIt("zero", {"html": False, "breaks": True, "linkify": True})
    .enable(["emphasis", "strikethrough", "backticks", "fence", "list", "blockquote", "escape"])
    .enable(["link", "autolink", "linkify", "newline"])
)
# "see setup.py" is not a link to the domain of Paraguay: only what has a scheme is one.
assert _markdown.linkify is not None
_markdown.linkify.set({"fuzzy_link": False, "fuzzy_ip": False, "fuzzy_email": False})
_sanitiser = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_system_sanitiser = nh3.Cleaner(
    tags=_SYSTEM_TAGS,
    attributes={"a": {"href", "title"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def clean_body(text: str, most: int = MAX_BODY) -> str:
    """The text as it is filtered and stored: NFC, line ends ``\\n``, outer blanks gone.

    :raises InvalidInput: nothing to see in it, too long, or with control characters.
    """
    if len(text) > 2 * most + 1024:  # before any work is done on it
        raise _too_long(len(text), most)
    body = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    body = "\n".join(line.rstrip() for line in body.split("\n")).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in body):
        raise InvalidInput("the message has control characters", field="body")
    if all(unicodedata.category(c)[0] in "CZ" for c in body):
        raise InvalidInput("the message is empty", field="body")
    if len(body) > most:
        raise _too_long(len(body), most)
    return body


def _too_long(found: int, most: int) -> InvalidInput:
    return InvalidInput(f"the message has {found} characters, {most} is the most", field="body")


@lru_cache(maxsize=1024)
def render(body: str) -> str:
    """The body as HTML that is safe to show: a small subset of Markdown, bare links included."""
    return _sanitiser.clean(_markdown.render(body)).strip()


@lru_cache(maxsize=256)
def sanitise(html: str) -> str:
    """A system message's HTML with everything gone that could run, load or restyle."""
    return _system_sanitiser.clean(html).strip()
