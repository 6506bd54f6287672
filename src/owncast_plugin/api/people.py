"""``owncast.users`` and ``owncast.auth``: accounts and who may come in."""

from __future__ import annotations

from collections.abc import Iterable

from owncast_plugin._host import call, checked
from owncast_plugin.payloads import RegisteredUser, User, wrap, wrap_list


class Users:
    """Needs ``users.read``, ``users.moderate`` or ``users.register``."""

    def list(self) -> list[User]:
        """The accounts that the host knows."""
        return wrap_list(call("owncast_users_list"), User)

    def get(self, user_id: object) -> User | None:
        """One account."""
        return wrap(call("owncast_user_get", str(user_id)), User)

    def set_enabled(self, user_id: object, enabled: bool, reason: object = "") -> None:
        """Ban an account from the chat, or let it in again. Banning closes its connections.

        :raises HostError: the host could not.
        """
        checked("owncast_user_set_enabled", str(user_id), 1 if enabled else 0, str(reason))

    def ban_ip(self, ip: object) -> None:
        """Ban an address.

        :raises HostError: the host could not.
        """
        checked("owncast_ban_ip", str(ip))

    def register(
        self,
        auth_id: object,
        display_name: object | None = None,
        scopes: Iterable[str] | None = None,
        profile_url: object | None = None,
        handle: object | None = None,
        public: bool | None = None,
    ) -> RegisteredUser:
        """Find or make the account of an identity elsewhere.

        :param auth_id: what identifies the person there, for ever, such as ``github:583231``.
        :param display_name: for a new account; without it the host makes one up.
        :param scopes: given to the account on each call.
        :param profile_url: the person's page there.
        :param handle: the person's name there.
        :param public: whether the person agreed that others see page and name.
        :raises HostError: the host refused; no account was made.
        """
        request: dict[str, object] = {"authId": str(auth_id)}
        if display_name is not None:
            request["displayName"] = str(display_name)
        if scopes is not None:
            request["scopes"] = [*scopes]
        if profile_url is not None:
            request["profileUrl"] = str(profile_url)
        if handle is not None:
            request["handle"] = str(handle)
        if public is not None:
            request["public"] = bool(public)
        return RegisteredUser(checked("owncast_users_register", request))


class Auth:
    """Sessions of viewers. Needs ``auth.gate``, and works while answering a request."""

    def grant_session(self, user_id: object, ttl: float = 0) -> None:
        """Let a registered account in: its cookie goes out with the answer to this request.

        :param ttl: seconds; 0 is the host's choice.
        :raises HostError: not inside a request, or not an account that this plugin registered.
        """
        request: dict[str, object] = {"userId": str(user_id)}
        if ttl:
            request["ttl"] = int(ttl)
        checked("owncast_auth_grant_session", request)

    def end_session(self) -> None:
        """Take the viewer's cookie away with the answer to this request."""
        call("owncast_auth_end_session")
