"""Accounts that plugins vouch for, and the sessions by which their viewers come back.

Source: owncast spec 2.6.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time
from urllib.parse import urlsplit

import msgspec

from jackfield.errors import InvalidInput
from jackfield.services.accounts import Accounts
from jackfield.services.host_settings import HostSettings
from jackfield.services.signin import DEFAULT_SESSION_S, MAX_SESSION_S, Registration
from jackfield.services.users import MODERATOR, User

SCOPES = frozenset({MODERATOR, "CAN_SEND_MESSAGES", "CAN_SEND_SYSTEM_MESSAGES"})
"""What a plugin may give to those it vouches for."""

MAX_IDENTITY = 1024
MAX_TEXT = 500


class Identity(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Who a plugin's identity is here, and what the plugin said of them."""

    user_id: str = ""
    profile_url: str = ""
    handle: str = ""
    public: bool = False


class PluginSignIn:
    """See :class:`~jackfield.services.signin.SignIn`."""

    def __init__(self, accounts: Accounts, settings: HostSettings) -> None:
        self._accounts = accounts
        self._settings = settings
        self._lock = threading.Lock()

    def register(self, slug: str, registration: Registration) -> str:
        """Make or find the user with that identity.

        A known identity keeps its user, name and profile; scopes are given again each time.

        :raises InvalidInput: no identity, an unknown scope, a profile address that is none, or a
            text that is too long; nobody is made then.
        """
        _check(slug, registration)
        scopes = tuple(scope for scope in registration.scopes if scope == MODERATOR)
        document = _document(slug, registration.auth_id)
        with self._lock:
            known = self._settings.read(document, Identity)
            user = self._accounts.get(known.user_id) if known.user_id else None
            if user is None:
                user = self._accounts.admit(registration.display_name or "", scopes)
                identity = Identity(
                    user_id=user.id,
                    profile_url=registration.profile_url,
                    handle=registration.handle,
                    public=registration.public,
                )
                self._settings.write(document, identity)
                self._settings.write(_owner(user.id), _Owner(slug=slug))
            elif not set(scopes) <= set(user.scopes):
                self._accounts.promote(user.id, *scopes)
        return user.id

    def grant(self, slug: str, user_id: str, ttl: int) -> str:
        """A session token for a user that this plugin registered.

        :param ttl: seconds; 0 or less is a day, and nothing is longer than 30 days.
        :raises InvalidInput: the user is not this plugin's.
        """
        if self._settings.read(_owner(user_id), _Owner).slug != slug:
            raise InvalidInput(
                f"the user {user_id[:60]!r} was not registered by this plugin", plugin=slug
            )
        seconds = min(ttl, MAX_SESSION_S) if ttl > 0 else DEFAULT_SESSION_S
        payload = f"{user_id}|{int(time.time()) + seconds}".encode()
        return f"{_encode(payload)}.{_encode(self._signature(payload))}"

    def ended(self, slug: str) -> None:
        """Nothing to do: the session is in the viewer's cookie, which the answer clears."""

    def viewer(self, slug: str, session: str) -> User | None:
        """Whose session that is; ``None`` when it is none, or over, or another plugin's, or the
        user was banned meanwhile."""
        payload = self._verified(session)
        if payload is None:
            return None
        user_id, _, expiry = payload.rpartition("|")
        if not expiry.isdigit() or time.time() > int(expiry):
            return None
        if self._settings.read(_owner(user_id), _Owner).slug != slug:
            return None
        user = self._accounts.get(user_id)
        return None if user is None or user.disabled_at is not None else user

    def _verified(self, session: str) -> str | None:
        parts = session.split(".")
        if len(parts) != 2 or len(session) > 4096:
            return None
        try:
            payload, signature = (_decode(part) for part in parts)
            if not hmac.compare_digest(signature, self._signature(payload)):
                return None
            return payload.decode()
        except (binascii.Error, ValueError):
            return None

    def _signature(self, payload: bytes) -> bytes:
        key = self._settings.secret("session-key", secrets.token_hex(32))
        return hmac.digest(key.encode(), payload, "sha256")


class _Owner(msgspec.Struct):
    slug: str = ""


def _owner(user_id: str) -> str:
    return f"vouched-by:{user_id[:100]}"


def _document(slug: str, auth_id: str) -> str:
    return f"identity:{slug}:{hashlib.sha256(auth_id.encode()).hexdigest()}"


def _check(slug: str, registration: Registration) -> None:
    def refuse(field: str, message: str) -> None:
        raise InvalidInput(message, plugin=slug, field=field)

    if not registration.auth_id:
        refuse("authId", "is empty")
    for field, text, most in (
        ("authId", registration.auth_id, MAX_IDENTITY),
        ("profileUrl", registration.profile_url, MAX_TEXT),
        ("handle", registration.handle, MAX_TEXT),
    ):
        if len(text) > most:
            refuse(field, f"has {len(text)} characters; at most {most} are allowed")
    for scope in registration.scopes:
        if scope not in SCOPES:
            refuse("scopes", f"{scope!r} cannot be given; expected {', '.join(sorted(SCOPES))}")
    url = registration.profile_url
    try:
        fine = not url or (
            urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
        )
    except ValueError:
        fine = False
    if not fine:
        refuse("profileUrl", f"{url[:60]!r} is no address; expected http:// or https://")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
