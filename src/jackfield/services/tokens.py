"""Secrets that stand for somebody, and what is stored of them."""

from __future__ import annotations

import hashlib
import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def new_id() -> str:
    """A fresh identifier of 71 random bits: letters and digits only, so that it is safe in URLs and
    file names and never looks like an option on a command line."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


def new_token(prefix: str) -> str:
    """A fresh secret of 256 random bits. The prefix tells a reader, and a scanner, what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def token_digest(token: str) -> str:
    """What is stored instead of the token.

    One round of SHA-256 is enough: a secret of 256 random bits cannot be guessed, unlike a
    password.
    """
    return hashlib.sha256(token.encode()).hexdigest()
