"""What to look for."""

import re


def pattern(listed: str) -> re.Pattern[str] | None:
    """Whole words of a list with commas, in any case; None for an empty list."""
    words = [re.escape(word.strip()) for word in listed.split(",") if word.strip()]
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
