"""Secrets that stand for somebody, and what is stored of them."""

from __future__ import annotations

import hashlib
import secrets


def new_id() -> str:
    """A fresh identifier of 72 random bits, safe in URLs and file names."""
    return secrets.token_urlsafe(9)


def new_token(prefix: str) -> str:
    """A fresh secret of 256 random bits. The prefix tells a reader, and a scanner, what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def token_digest(token: str) -> str:
    """What is stored instead of the token.

    One round of SHA-256 is enough: a secret of 256 random bits cannot be guessed, unlike a
    password.
    """
    return hashlib.sha256(token.encode()).hexdigest()
