"""Names that people choose: what is allowed, and when two names read as the same."""

from __future__ import annotations

import re
import unicodedata

from jackfield.errors import InvalidInput

MAX_NAME = 30
"""Characters in a name."""

_ZWJ = "\u200d"
_VARIATION = "\ufe0f"


def clean_name(text: str) -> str:
    """The name as it is stored: NFC, outer blanks gone, inner blanks single.

    :raises InvalidInput: empty, above :data:`MAX_NAME`, or with characters that cannot be seen or
        that turn the direction of writing, which would let a name pose as another.
    """
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if not name:
        raise InvalidInput("a name needs at least one character", field="displayName")
    if len(name) > MAX_NAME:
        raise InvalidInput(
            f"the name has {len(name)} characters, {MAX_NAME} is the most", field="displayName"
        )
    for character in name:
        # Joiner and variation selector are invisible too, but emoji are made of them.
        if character in (_ZWJ, _VARIATION, " "):
            continue
        if unicodedata.category(character)[0] in "CZ":
            raise InvalidInput(
                f"the name has the invisible character U+{ord(character):04X}",
                field="displayName",
                hint="use letters, digits, signs and emoji",
            )
    if not name_key(name):
        raise InvalidInput("the name has nothing that can be seen", field="displayName")
    return name


def name_key(name: str) -> str:
    """What is compared to tell whether two names read as the same.

    Upper and lower case, width, accents' encoding, blanks and joiners make no difference.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "CZ" and c != _VARIATION)
