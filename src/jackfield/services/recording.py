"""Stand-ins for what a host lends, which write down what a plugin does with it.

A scenario gives them what the plugin will find, and afterwards compares :class:`Recorded` with
what it expects. The recorded values have the form that scenarios write (owncast spec 6.1), the
stand-ins answer as owncast spec 6.2 says.
"""

# ruff: noqa: ARG002 - a stand-in has its protocol's signature and needs only a part of it

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from jackfield.errors import InvalidInput
from jackfield.services.bus import PluginBus
from jackfield.services.chat import Chat, ChatClient, ChatMessage
from jackfield.services.console import Console
from jackfield.services.fediverse import Fediverse
from jackfield.services.fetch import Fetch, FetchRefused, FetchRequest, FetchResponse
from jackfield.services.globs import glob_matches
from jackfield.services.kv import KeyValue, MemoryKeyValue
from jackfield.services.notifications import BrowserPush, FediverseNotice, Notifications
from jackfield.services.server import Emote, FederationInfo, Server, ServerInfo, SocialHandle
from jackfield.services.signin import Registration, SignIn
from jackfield.services.sse import EventStreams
from jackfield.services.stream import Stream, StreamBroadcaster, StreamInfo
from jackfield.services.timers import MAX_PENDING, Timers
from jackfield.services.uploads import Uploads
from jackfield.services.users import User, Users
from jackfield.services.video import VideoConfig, VideoConfigUpdate, VideoSettings


class CannedResponse(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """What a request to a matching address is answered with.

    :param url: a glob over the whole address, in which ``*`` crosses ``/``.
    :param method: any, when empty.
    """

    url: str
    method: str = ""
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""


class Found(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What the plugin will find: ``given`` of a scenario.

    :param config: what an operator has set.
    """

    kv: dict[str, str] = {}
    config: dict[str, Any] = {}
    http_responses: list[CannedResponse] = []
    stream: StreamInfo = StreamInfo()
    broadcaster: StreamBroadcaster = StreamBroadcaster()
    server: ServerInfo = ServerInfo()
    socials: list[SocialHandle] = []
    emotes: list[Emote] = []
    federation: FederationInfo = FederationInfo()
    tags: list[str] = []
    video_config: VideoConfig = VideoConfig()
    chat_history: list[ChatMessage] = []
    chat_clients: list[ChatClient] = []
    users: list[User] = []


class Recorded:
    """What the plugin did, by the scenario format's names. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, list[Any]] = {}

    def add(self, name: str, entry: Any) -> int:
        """Write down one thing; returns how many of that name there are now."""
        with self._lock:
            entries = self._entries.setdefault(name, [])
            entries.append(entry)
            return len(entries)

    def of(self, name: str) -> list[Any]:
        """Everything of that name, in order."""
        with self._lock:
            return list(self._entries.get(name, ()))


class RecordingChat:
    """Posts nothing; history and clients are what was given."""

    def __init__(self, recorded: Recorded, found: Found) -> None:
        self._recorded = recorded
        self._found = found

    def send_as_bot(self, slug: str, name: str, text: str) -> None:
        self._recorded.add("chatSends", text)

    def send_action(self, slug: str, name: str, text: str) -> None:
        self._recorded.add("chatActions", text)

    def send_system(self, slug: str, html: str) -> None:
        self._recorded.add("chatSystems", html)

    def send_to(self, slug: str, client_id: int, text: str) -> bool:
        self._recorded.add("chatTo", {"clientId": client_id, "text": text})
        return True

    def history(self, limit: int = 50) -> list[ChatMessage]:
        return list(self._found.chat_history)[-limit:]

    def clients(self) -> list[ChatClient]:
        return list(self._found.chat_clients)

    def hide(self, message_id: str, moderator: User | None = None) -> None:
        self._recorded.add("deletedMessages", message_id)

    def kick(self, client_id: int) -> None:
        self._recorded.add("kickedClients", client_id)


class RecordingUsers:
    """The given users; what moderators do changes none of them."""

    def __init__(self, recorded: Recorded, found: Found) -> None:
        self._recorded = recorded
        self._found = found

    def all(self) -> list[User]:
        return list(self._found.users)

    def get(self, user_id: str) -> User | None:
        return next((user for user in self._found.users if user.id == user_id), None)

    def set_enabled(self, user_id: str, enabled: bool, reason: str = "") -> None:
        entry = {"userId": user_id, "enabled": enabled, "reason": reason}
        self._recorded.add("userModerations", entry)

    def ban_ip(self, address: str) -> None:
        self._recorded.add("bannedIPs", address)


class GivenStream:
    """Stream and server as given."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def current(self) -> StreamInfo:
        return self._found.stream

    def broadcaster(self) -> StreamBroadcaster:
        return self._found.broadcaster

    def info(self) -> ServerInfo:
        return self._found.server

    def socials(self) -> list[SocialHandle]:
        return list(self._found.socials)

    def emotes(self) -> list[Emote]:
        return list(self._found.emotes)

    def federation(self) -> FederationInfo:
        return self._found.federation

    def tags(self) -> list[str]:
        return list(self._found.tags)


class RecordingVideo:
    """The given configuration; a write is written down and changes nothing."""

    def __init__(self, recorded: Recorded, found: Found) -> None:
        self._recorded = recorded
        self._found = found

    def read(self) -> VideoConfig:
        return self._found.video_config

    def write(self, slug: str, update: VideoConfigUpdate) -> None:
        self._recorded.add("videoConfigWrites", msgspec.to_builtins(update))


class RecordingNotifications:
    """Sends nothing."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def discord(self, slug: str, text: str) -> None:
        self._recorded.add("discordPosts", text)

    def browser_push(self, slug: str, push: BrowserPush) -> None:
        self._recorded.add("browserPushes", msgspec.to_builtins(push))

    def fediverse(self, slug: str, notice: FediverseNotice) -> None:
        self._recorded.add("fediversePosts", msgspec.to_builtins(notice))


class RecordingFediverse:
    """Addresses are ``mock://fediverse/<slug>/<number>``."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def post(self, slug: str, text: str) -> str:
        number = self._recorded.add("fediverseOutbox", text)
        return f"mock://fediverse/{slug}/{number}"


class RecordingUploads:
    """Addresses are ``mock://uploads/<name>``."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def upload(self, slug: str, name: str, data: bytes) -> str:
        self._recorded.add("uploads", {"name": name, "body": data})
        return f"mock://uploads/{name}"


class RecordingSignIn:
    """User ids are ``u-<authId>``, session tokens ``mock-session:<user id>``."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def register(self, slug: str, registration: Registration) -> str:
        if not registration.auth_id:
            raise InvalidInput("authId is empty", plugin=slug, field="authId")
        self._recorded.add("userRegistrations", msgspec.to_builtins(registration))
        return f"u-{registration.auth_id}"

    def grant(self, slug: str, user_id: str, ttl: int) -> str:
        self._recorded.add("sessionGrants", {"userId": user_id, "ttl": ttl})
        return f"mock-session:{user_id}"

    def ended(self, slug: str) -> None:
        self._recorded.add("sessionClears", True)


class CannedFetch:
    """Answers from the given responses; each request is written down first."""

    def __init__(self, recorded: Recorded, found: Found) -> None:
        self._recorded = recorded
        self._found = found

    def fetch(
        self,
        slug: str,
        request: FetchRequest,
        hosts: Sequence[str],
        *,
        local: bool = False,
    ) -> FetchResponse:
        body = request.body.decode("utf-8", "replace")
        self._recorded.add(
            "httpRequests", {"url": request.url, "method": request.method, "body": body}
        )
        for canned in self._found.http_responses:
            method = canned.method.upper()
            if method in ("", request.method.upper()) and glob_matches(canned.url, request.url):
                sent = canned.body.encode()
                return FetchResponse(canned.status, canned.headers, sent, url=request.url)
        raise FetchRefused(
            f"no given.httpResponses entry matches {request.method} {request.url}", plugin=slug
        )


class RecordingBus:
    """Events go nowhere."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def emit(self, slug: str, event_type: str, payload: Any) -> None:
        self._recorded.add("emits", {"eventType": event_type, "payload": payload})


class RecordingStreams:
    """Nobody follows."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def send(self, slug: str, channel: str, event: str, data: str) -> None:
        self._recorded.add("sseSends", {"channel": channel, "event": event, "data": data})


class RecordingConsole:
    """Writes down the log; prints go to *printed*, if anybody wants them."""

    def __init__(self, recorded: Recorded, console: Console | None = None) -> None:
        self._recorded = recorded
        self._console = console

    def printed(self, slug: str, line: str) -> None:
        if self._console is not None:
            self._console.printed(slug, line)

    def logged(self, slug: str, level: str, message: str) -> None:
        self._recorded.add("logs", {"plugin": slug, "level": level, "message": message})
        if self._console is not None:
            self._console.logged(slug, level, message)


class StillTimers:
    """Timers that are accepted and never fire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: set[tuple[str, int]] = set()

    def set(self, slug: str, timer_id: int, delay_ms: int, repeat: bool) -> bool:
        with self._lock:
            own = sum(1 for owner, _ in self._pending if owner == slug)
            if own >= MAX_PENDING and (slug, timer_id) not in self._pending:
                return False
            self._pending.add((slug, timer_id))
        return True

    def handled(self, slug: str, timer_id: int) -> None:
        """Nothing is armed."""

    def clear(self, slug: str, timer_id: int) -> None:
        with self._lock:
            self._pending.discard((slug, timer_id))

    def clear_all(self, slug: str) -> None:
        with self._lock:
            self._pending = {entry for entry in self._pending if entry[0] != slug}


def recording_services(
    slug: str, found: Found, recorded: Recorded, console: Console | None = None
) -> dict[type, Any]:
    """Every stand-in, by the protocol whose place it takes.

    :param slug: the plugin under test: it owns the given key-value pairs.
    :param console: also hears what the plugin prints and logs.
    """
    given = GivenStream(found)
    return {
        Chat: RecordingChat(recorded, found),
        Users: RecordingUsers(recorded, found),
        KeyValue: MemoryKeyValue({slug: found.kv}),
        Timers: StillTimers(),
        Stream: given,
        Server: given,
        VideoSettings: RecordingVideo(recorded, found),
        Notifications: RecordingNotifications(recorded),
        Fediverse: RecordingFediverse(recorded),
        Uploads: RecordingUploads(recorded),
        SignIn: RecordingSignIn(recorded),
        Fetch: CannedFetch(recorded, found),
        PluginBus: RecordingBus(recorded),
        EventStreams: RecordingStreams(recorded),
        Console: RecordingConsole(recorded, console),
    }
