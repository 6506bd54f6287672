"""What goes wrong with tokens."""


class TokenError(Exception):
    """The token is none of this installation, of the wrong kind, or too old."""
