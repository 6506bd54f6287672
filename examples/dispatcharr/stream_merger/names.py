"""What a channel's name says: which station it is, and how good its picture."""

import re

_SEPARATORS = re.compile(r"[\W_]+")


def _words_of(name):
    return _SEPARATORS.sub(" ", name).lower().split()


def key_of(name, ignored):
    """The same text for names of the same station: ``BBC One (HD)`` and ``bbc one``."""
    left_out = {word.lower() for word in ignored}
    words = [word for word in _words_of(name) if word not in left_out]
    return " ".join(words) or name.lower()


def quality_of(name, ranked):
    """The place of the best of *ranked* in the name: 0 is best; behind all when there is none."""
    words = set(_words_of(name))
    places = [place for place, word in enumerate(ranked) if word.lower() in words]
    return min(places, default=len(ranked))
