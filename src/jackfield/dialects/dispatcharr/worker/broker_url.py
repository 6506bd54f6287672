"""The URLs of a Redis: read, refused, and shown without their password."""

from __future__ import annotations

from urllib.parse import urlsplit

from jackfield.errors import InvalidInput

SCHEMES = ("redis", "rediss")
"""The kinds of brokers that are known to work."""

_HINT = "expected redis://[:PASSWORD@]HOST:PORT/NUMBER, or rediss:// for one with TLS"


def checked(url: str, variable: str) -> str:
    """The URL without the space around it; empty when none is given.

    :param variable: who has it, for the message.
    :raises InvalidInput: it is none of a Redis.
    """
    url = url.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"is not understood: {error}", field=variable, hint=_HINT) from None
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        raise InvalidInput(
            f"{without_password(url)!r} is not the URL of a Redis", field=variable, hint=_HINT
        )
    number = parts.path.strip("/")
    if number and not number.isdecimal():
        raise InvalidInput(
            f"{number!r} is not the number of a database", field=variable, hint=_HINT
        )
    return url


def for_celery(url: str) -> str:
    """The URL as Celery and kombu want it: with TLS they check no certificate unless told to.

    :raises InvalidInput: it is none of a Redis.
    """
    url = checked(url, "JACKFIELD_BROKER")
    if not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=CERT_REQUIRED"


def without_password(url: str) -> str:
    """The URL without the password in it."""
    scheme, separator, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    if not (separator and at):
        return url
    user = who.partition(":")[0]
    return f"{scheme}://{user}@{where}" if user else f"{scheme}://{where}"
