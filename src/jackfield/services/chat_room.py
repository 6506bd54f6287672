"""The chat itself: who is connected, and the path of a message.

A message goes: checked, rate-limited, filtered by plugins, stored, shown to everybody, told to
plugins. Every method blocks only on the database and on filters, so it belongs on a worker thread;
what a connection is sent waits in the connection's own queue, so that a slow one delays nobody.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any, Protocol

import msgspec

from jackfield.config import ChatSettings
from jackfield.errors import (
    InvalidInput,
    JackfieldError,
    NotFound,
    PermissionDenied,
    Unavailable,
)
from jackfield.plugins.dialect import EventBus
from jackfield.plugins.events import Event
from jackfield.services.accounts import Accounts, Change
from jackfield.services.chat import ChatClient, ChatMessage, MessageDropped
from jackfield.services.chat_frames import (
    PROTOCOL,
    Ack,
    Bye,
    Frame,
    Hello,
    Joined,
    Message,
    Moderated,
    Notice,
    Parted,
    Person,
    PersonChanged,
    Shown,
    You,
)
from jackfield.services.chat_store import ChatStore, Window
from jackfield.services.chat_text import MAX_BODY, MAX_SYSTEM_HTML, clean_body, render, sanitise
from jackfield.services.ip_bans import household
from jackfield.services.names import MAX_NAME
from jackfield.services.plain import plain
from jackfield.services.rate_limits import RateLimits
from jackfield.services.timestamps import now, rfc3339
from jackfield.services.tokens import new_id
from jackfield.services.users import ADMIN, MODERATOR, User

MAX_NONCE = 64
"""Characters of a client's mark on a message."""

_log = logging.getLogger(__name__)


class Wire(Protocol):
    """The way to one client. Both methods are thread-safe and return at once."""

    def send(self, frame: str) -> None:
        """Queue a frame."""

    def close(self, code: str) -> None:
        """Send what is queued, then close. *code* is that of the :class:`~.chat_frames.Bye`."""


class Connection:
    """One client of the chat, from hello to goodbye. Made by :meth:`ChatRoom.connect`."""

    __slots__ = ("address", "agent", "client_id", "connected_at", "home", "posted", "user", "wire")

    def __init__(self, client_id: int, user: User, wire: Wire, address: str, agent: str) -> None:
        self.client_id = client_id
        self.user = user
        self.wire = wire
        self.address = address
        self.home = household(address)
        self.agent = agent
        self.connected_at = rfc3339(now())
        self.posted = 0

    @property
    def moderates(self) -> bool:
        """Whether they see what is hidden."""
        return MODERATOR in self.user.scopes or ADMIN in self.user.scopes


class ChatRoom:
    """Implements :class:`~.chat.Chat`, and what a chat socket needs. Thread-safe.

    :ivar counts: what happened since the start, for ``/metrics``: ``posted``, ``dropped``,
        ``limited``, ``invalid``, ``by_plugins``.
    """

    def __init__(
        self,
        accounts: Accounts,
        store: ChatStore,
        events: EventBus,
        settings: ChatSettings | None = None,
    ) -> None:
        self.settings = settings or ChatSettings()
        self.accounts = accounts
        self.store = store
        self.limits = RateLimits(
            {
                "post": self.settings.posts,
                "plugin": self.settings.plugin_posts,
                "request": self.settings.requests,
                "register": self.settings.registrations,
                "rename": self.settings.renames,
            }
        )
        self.counts: Counter[str] = Counter()
        self._events = events
        # Held while a message is stored and queued to all, so that everybody sees one order and
        # a client that connects meanwhile misses nothing.
        self._order = threading.RLock()
        self._connections: dict[int, Connection] = {}
        self._last_id = 0
        self._leaving: dict[str, tuple[threading.Timer, Person]] = {}
        self._closed = False
        accounts.listen(self._on_change)

    # -- coming and going -------------------------------------------------------------------

    def connect(
        self,
        user: User,
        wire: Wire,
        *,
        address: str = "",
        agent: str = "",
        since: int | None = None,
    ) -> Connection:
        """Let a client in; its hello is queued on *wire* before anything else.

        :param since: ``seq`` of the newest message that the client has.
        :raises PermissionDenied: the user or the address is banned.
        :raises Unavailable: too many connections, or the chat is closing.
        """
        self.check_address(address)
        with self._order:
            # As they are now: what changes from here on reaches the connection by _on_change, but
            # a ban since the caller looked them up would reach nobody.
            user = self.accounts.get(user.id) or user
            if user.disabled_at is not None:
                raise PermissionDenied("you are banned from this chat")
            self._check_room(address)
            self._last_id += 1
            connection = Connection(self._last_id, user, wire, address, agent[:300])
            window = self._window(since, connection.moderates)
            here = {person.id: person for _, person in self._leaving.values()}
            here |= {c.user.id: Person.of(c.user) for c in self._connections.values()}
            here[user.id] = Person.of(user)
            hello = Hello(
                protocol=PROTOCOL,
                client_id=connection.client_id,
                you=user,
                messages=window.messages,
                people=_listed(here, user.id, self.settings.people),
                here=len(here),
                gap=window.gap,
                more=window.more,
                hidden=[] if since is None else self.store.recently_hidden(),
                limits={"body": MAX_BODY, "name": MAX_NAME},
            )
            wire.send(hello.encoded())
            new = self._is_new(user.id)
            self._connections[connection.client_id] = connection
            if new:
                self._show(Joined(person=Person.of(user)), but=connection.client_id)
        self.accounts.seen(user.id)
        if new:
            self._events.notify(Event("chat.user.joined", plain(user)))
        return connection

    def check_address(self, address: str) -> None:
        """:raises PermissionDenied: that address is banned."""
        if address in self.accounts.ip_bans:
            raise PermissionDenied("this address is banned from this chat")

    def disconnect(self, connection: Connection) -> None:
        """The client is gone, whoever closed. Doing it twice does no harm."""
        user = connection.user
        with self._order:
            if self._connections.pop(connection.client_id, None) is None or self._closed:
                return
            if any(c.user.id == user.id for c in self._connections.values()):
                return
            if (delay := self.settings.part_seconds) > 0:
                timer = threading.Timer(delay, self._part, (user.id,))
                timer.daemon = True
                self._leaving[user.id] = (timer, Person.of(user))
                timer.start()
                return
        self._part(user.id)

    def _is_new(self, user_id: str) -> bool:
        """Whether somebody who connects was not here before."""
        if (leaving := self._leaving.pop(user_id, None)) is not None:
            leaving[0].cancel()
            return False
        return all(c.user.id != user_id for c in self._connections.values())

    def _part(self, user_id: str) -> None:
        # All of it under the lock, so that close() waits for a farewell that has begun.
        with self._order:
            self._leaving.pop(user_id, None)
            if self._closed or any(c.user.id == user_id for c in self._connections.values()):
                return
            self._show(Parted(id=user_id))
            try:
                self.accounts.seen(user_id)
                user = self.accounts.get(user_id)
            except JackfieldError as error:  # on a timer's thread nobody else would see it
                _log.warning("could not note that a user left: %s", error)
                return
            if user is not None:
                self._events.notify(Event("chat.user.parted", plain(user)))

    def _check_room(self, address: str) -> None:
        if self._closed:
            raise Unavailable("the chat is closing")
        if len(self._connections) >= self.settings.max_connections:
            raise Unavailable("the chat is full", hint="try again later")
        home = household(address)
        same = sum(c.home == home for c in self._connections.values())
        if address and same >= self.settings.max_per_address:
            raise Unavailable("too many connections from your address")

    def _window(self, since: int | None, hidden: bool) -> Window:
        if since is None:
            return self.store.newest(self.settings.history, hidden=hidden)
        return self.store.after(since, self.settings.missed, hidden=hidden)

    def close(self) -> None:
        """Say goodbye to everybody and let nobody in any more."""
        with self._order:
            self._closed = True
            for timer, _ in self._leaving.values():
                timer.cancel()
            self._leaving.clear()
            for connection in list(self._connections.values()):
                self._bye(connection, "restart", "the server stops", retry=True)

    # -- the path of a message --------------------------------------------------------------

    def post(
        self, user: User, body: str, *, client_id: int | None = None, nonce: str = ""
    ) -> Shown:
        """Say something as a person. Once this returns, the message is stored for good.

        Posting again with the same *nonce* stores nothing and returns the first one. The
        connection *client_id* gets an acknowledgement instead of the message.

        :raises InvalidInput: the body or the nonce is not acceptable.
        :raises RateLimited: too fast.
        :raises PermissionDenied: the user is banned.
        :raises MessageDropped: a plugin's filter dropped it.
        """
        if len(nonce) > MAX_NONCE:
            raise InvalidInput(f"a nonce has at most {MAX_NONCE} characters", field="nonce")
        try:
            body = clean_body(body)
        except InvalidInput:
            self.counts["invalid"] += 1
            raise
        if nonce and (known := self.store.by_nonce(user.id, nonce)) is not None:
            self._acknowledge(client_id, nonce, known)
            return known
        self._spend("post", user.id)
        message = ChatMessage(
            id=new_id(), user=user, client_id=client_id, body=body, timestamp=rfc3339(now())
        )
        message = self._filtered(message)
        with self._order:
            self._check_still_welcome(user, client_id)
            shown, new = self.store.add(
                "message", user, message.body, message_id=message.id, nonce=nonce
            )
            self._acknowledge(client_id, nonce, shown)
            if new:
                if (sender := self._connections.get(client_id or 0)) is not None:
                    sender.posted += 1
                self._show(Message(message=shown), but=client_id)
        if new:
            self.counts["posted"] += 1
            message = msgspec.structs.replace(message, timestamp=shown.timestamp)
            self._events.notify(Event("chat.message.received", plain(message)))
        return shown

    def _filtered(self, message: ChatMessage) -> ChatMessage:
        payload: Any = plain(message)
        result = self._events.filter(Event("chat.message.received", payload))
        if result.dropped:
            self.counts["dropped"] += 1
            raise MessageDropped(result.reason or "a filter stopped this message", by=result.by)
        if result.action != "modify":
            return message
        changed = result.payload.get("body") if isinstance(result.payload, dict) else None
        if not isinstance(changed, str):
            _log.warning(
                "a filter of chat.message.received made no message of one; it stays as it was"
            )
            return message
        try:
            # A plugin may change what is said, never who says it.
            return msgspec.structs.replace(message, body=clean_body(changed))
        except InvalidInput as error:
            self.counts["dropped"] += 1
            reason = f"a filter changed this message, and now {error.message}"
            raise MessageDropped(reason, by=result.by) from None

    def _check_still_welcome(self, user: User, client_id: int | None) -> None:
        """A ban that came while filters thought counts."""
        connection = self._connections.get(client_id or 0)
        current = self.accounts.get(user.id) if connection is None else connection.user
        if current is None or current.disabled_at is not None:
            raise PermissionDenied("you are banned from this chat")

    def _acknowledge(self, client_id: int | None, nonce: str, shown: Shown) -> None:
        with self._order:
            if (sender := self._connections.get(client_id or 0)) is not None:
                sender.wire.send(Ack(nonce=nonce, message=shown).encoded())

    def _spend(self, kind: str, who: str) -> None:
        try:
            self.limits.spend(kind, who)
        except Exception:
            self.counts["limited"] += 1
            raise

    # -- what plugins say -------------------------------------------------------------------

    def send_as_bot(self, slug: str, name: str, text: str) -> None:
        """Post as the plugin's own bot identity, made on first use."""
        self._send(slug, "message", self.accounts.bot(slug, name), text)

    def send_action(self, slug: str, name: str, text: str) -> None:
        """Post in action style (``/me``)."""
        self._send(slug, "action", self.accounts.bot(slug, name), text)

    def send_system(self, slug: str, html: str) -> None:
        """Post a system message; its HTML is sanitised before anybody sees it."""
        self._send(slug, "system", None, sanitise(html[:MAX_SYSTEM_HTML]))

    def send_to(self, slug: str, client_id: int, text: str) -> bool:
        """Post a system message that only that connection sees; ``False`` if it is gone."""
        body = clean_body(text, MAX_SYSTEM_HTML)
        self._spend("plugin", slug)
        with self._order:
            if (connection := self._connections.get(client_id)) is None:
                return False
            connection.wire.send(Notice(html=render(body), source=slug).encoded())
            return True

    def _send(self, slug: str, kind: str, user: User | None, text: str) -> None:
        body = clean_body(text, MAX_SYSTEM_HTML)
        if user is not None and user.disabled_at is not None:
            raise PermissionDenied("a moderator banned this plugin's bot", plugin=slug)
        self._spend("plugin", slug)
        with self._order:
            shown, _ = self.store.add(kind, user, body, message_id=new_id(), source=slug)
            self._show(Message(message=shown))
        self.counts["by_plugins"] += 1

    # -- who is here, what was said ---------------------------------------------------------

    def history(self, limit: int = 50) -> list[ChatMessage]:
        """The newest *limit* visible messages, oldest first."""
        return self.store.for_plugins(max(0, min(limit, 1000)))

    def clients(self) -> list[ChatClient]:
        """Everyone connected now, by id."""
        with self._order:
            connections = list(self._connections.values())
        return [
            ChatClient(
                id=c.client_id,
                user_id=c.user.id,
                display_name=c.user.display_name,
                connected_at=c.connected_at,
                user_agent=c.agent,
                ip_address=c.address,
                message_count=c.posted,
            )
            for c in connections
        ]

    # -- moderation -------------------------------------------------------------------------

    def hide(self, message_id: str, moderator: User | None = None) -> None:
        """Take a message out of everybody's view.

        :raises NotFound: no such message.
        """
        self._set_visible(message_id, False, moderator)

    def restore(self, message_id: str, moderator: User | None = None) -> None:
        """Bring a hidden message back.

        :raises NotFound: no such message.
        """
        self._set_visible(message_id, True, moderator)

    def _set_visible(self, message_id: str, visible: bool, moderator: User | None) -> None:
        by = None if moderator is None else moderator.id
        with self._order:
            if not self.store.set_visible(message_id, visible, by):
                return
            message = self.store.get(message_id) if visible else None
            self._show(Moderated(ids=[message_id], visible=visible, message=message))
        self._moderated([message_id], visible, moderator)

    def hide_all_of(self, user_id: str, moderator: User | None = None) -> None:
        """Take everything that a user said out of view."""
        with self._order:
            ids = self.store.hide_all_of(user_id, None if moderator is None else moderator.id)
            if ids:
                self._show(Moderated(ids=ids[:1000], visible=False))
        self._moderated(ids[:200], False, moderator)

    def _moderated(self, ids: Iterable[str], visible: bool, moderator: User | None) -> None:
        who = {} if moderator is None else {"moderator": plain(moderator)}
        for message_id in ids:
            payload = {"messageId": message_id, "visible": visible, **who}
            self._events.notify(Event("chat.message.moderated", payload))

    def kick(self, client_id: int) -> None:
        """Close a connection.

        :raises NotFound: no such connection.
        """
        with self._order:
            if (connection := self._connections.get(client_id)) is None:
                raise NotFound(f"there is no chat connection {client_id}")
            self._bye(connection, "kicked", "a moderator closed your connection", retry=False)

    def connections_of(self, user_id: str) -> list[Connection]:
        """The connections of one user."""
        with self._order:
            return [c for c in self._connections.values() if c.user.id == user_id]

    # -- inside -----------------------------------------------------------------------------

    def _show(self, frame: Frame, but: int | None = None) -> None:
        """Queue a frame to everybody (but one). Called with the lock held."""
        encoded = frame.encoded()
        for connection in self._connections.values():
            if connection.client_id != but:
                connection.wire.send(encoded)

    def _bye(self, connection: Connection, code: str, reason: str, *, retry: bool) -> None:
        connection.wire.send(Bye(code=code, reason=reason, retry=retry).encoded())
        connection.wire.close(code)

    def _on_change(self, what: Change, before: User, after: User) -> None:
        with self._order:
            for connection in self.connections_of(after.id):
                connection.user = after
                if what == "disabled":
                    self._bye(connection, "banned", "you are banned from this chat", retry=False)
                else:
                    connection.wire.send(You(you=after).encoded())
            if what in ("renamed", "changed"):
                old = before.display_name if what == "renamed" else ""
                self._show(PersonChanged(person=Person.of(after), previous_name=old))
        if what == "renamed":
            payload = {"user": plain(after), "previousName": before.display_name}
            self._events.notify(Event("chat.user.renamed", payload))


def _listed(here: dict[str, Person], you: str, most: int) -> list[Person]:
    """At most *most* of those who are here, by name; *you* are always among them."""
    chosen = [here[you], *islice((p for p in here.values() if p.id != you), max(0, most - 1))]
    return sorted(chosen, key=lambda person: person.display_name.casefold())
