"""What moderators do to messages and people, and whether they may."""

from __future__ import annotations

from jackfield.errors import InvalidInput, NotFound, PermissionDenied
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.services.users import ADMIN, MODERATOR, User


def rank(user: User) -> int:
    """2 for an admin, 1 for a moderator, else 0."""
    return 2 if ADMIN in user.scopes else 1 if MODERATOR in user.scopes else 0


class Moderation:
    """Checks that *actor* may, then does it. Thread-safe.

    Everybody who moderates outranks those who only chat; an admin outranks a moderator. Nobody
    acts on an equal, or on themselves. Each method raises :class:`PermissionDenied` for that and
    :class:`NotFound` for what does not exist.
    """

    def __init__(self, room: ChatRoom, accounts: Accounts) -> None:
        self._room = room
        self._accounts = accounts

    def hide(self, actor: User, message_id: str) -> None:
        """Take a message out of everybody's view."""
        _check(actor)
        self._room.hide(message_id, actor)

    def restore(self, actor: User, message_id: str) -> None:
        """Bring a hidden message back."""
        _check(actor)
        self._room.restore(message_id, actor)

    def kick(self, actor: User, user_id: str) -> None:
        """Close every connection of a user; they may come back."""
        self._target(actor, user_id)
        for connection in self._room.connections_of(user_id):
            self._room.kick(connection.client_id)

    def ban(self, actor: User, user_id: str, reason: str = "", *, address: bool = False) -> None:
        """Ban a user, hide what they said and, on demand, ban the addresses they use now."""
        self._target(actor, user_id)
        addresses = {c.address for c in self._room.connections_of(user_id) if c.address}
        if address and actor_addresses(self._room, actor) & addresses:
            raise InvalidInput("that is your own address too; it would ban you")
        self._accounts.set_enabled(user_id, False, reason)
        self._room.hide_all_of(user_id, actor)
        if address:
            for one in sorted(addresses):
                self._accounts.ban_ip(one)

    def unban(self, actor: User, user_id: str) -> None:
        """Let a banned user in again. What they said stays hidden."""
        self._target(actor, user_id)
        self._accounts.set_enabled(user_id, True)

    def _target(self, actor: User, user_id: str) -> User:
        _check(actor)
        user = self._accounts.get(user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id!r}")
        if rank(user) >= rank(actor):
            raise PermissionDenied("you may not do this to another moderator or to yourself")
        return user


def actor_addresses(room: ChatRoom, actor: User) -> set[str]:
    """The addresses from which somebody is connected."""
    return {c.address for c in room.connections_of(actor.id) if c.address}


def _check(actor: User) -> None:
    if rank(actor) == 0 or actor.disabled_at is not None:
        raise PermissionDenied("only moderators may do this")
