"""What plugins find on the author's server: sample data, and a chat that the author reads.

Source: owncast spec 6.4. What a plugin does is told on standard error as ``[hook by slug] text``.
"""

# ruff: noqa: ARG002 - a stand-in has its protocol's signature and needs only a part of it

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.services.chat import Chat, ChatClient, ChatMessage
from jackfield.services.console import Console
from jackfield.services.fediverse import Fediverse
from jackfield.services.files import DiskFiles, Files
from jackfield.services.kv import KeyValue, MemoryKeyValue
from jackfield.services.notifications import BrowserPush, FediverseNotice, Notifications
from jackfield.services.server import Emote, FederationInfo, Server, ServerInfo, SocialHandle
from jackfield.services.sql import Sql, SqliteSpaces
from jackfield.services.sse import EventStreams, StreamHub
from jackfield.services.stream import Stream, StreamBroadcaster, StreamInfo
from jackfield.services.uploads import Uploads
from jackfield.services.users import User, Users
from jackfield.services.video import StreamVariant, VideoConfig, VideoConfigUpdate, VideoSettings
from jackfield.services.visitors import NOBODY, Visitor, Visitors, token_in

KEPT_MESSAGES = 500
NAME = "owncast-plugin-serve"
ALICE = User(id="u-alice", display_name="alice", is_authenticated=True)
BOB = User(id="u-bob", display_name="bob")


def timestamp(moment: datetime | None = None) -> str:
    """A time as RFC 3339, UTC."""
    return (moment or datetime.now(UTC)).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Tell:
    """Tells the author what the plugin did."""

    console: TerminalConsole

    def __call__(self, hook: str, by: str, text: object) -> None:
        self.console.write(f"[{hook} by {by}] {text}")


class DevChat:
    """Keeps the newest messages; the author reads them at ``/_dev/chat``."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._messages: deque[ChatMessage] = deque(maxlen=KEPT_MESSAGES)
        self._number = 0

    def next_id(self) -> str:
        """``dev-1``, ``dev-2``, ..."""
        with self._lock:
            self._number += 1
            return f"dev-{self._number}"

    def add(self, message: ChatMessage) -> None:
        """Keep a message that was accepted."""
        with self._lock:
            self._messages.append(message)

    def _post(self, slug: str, name: str, text: str) -> None:
        bot = User(id=f"bot:{slug}", display_name=name or slug, is_bot=True)
        self.add(ChatMessage(id=self.next_id(), user=bot, body=text, timestamp=timestamp()))

    def send_as_bot(self, slug: str, name: str, text: str) -> None:
        self._tell("chat.send", name, text)
        self._post(slug, name, text)

    def send_action(self, slug: str, name: str, text: str) -> None:
        self._tell("chat.action", name, text)
        self._post(slug, name, text)

    def send_system(self, slug: str, html: str) -> None:
        self._tell("chat.system", slug, html)
        self._post(slug, slug, html)

    def send_to(self, slug: str, client_id: int, text: str) -> bool:
        self._tell("chat.sendTo", slug, f"client {client_id}: {text}")
        return True

    def history(self, limit: int = 50) -> list[ChatMessage]:
        with self._lock:
            return list(self._messages)[-limit:]

    def clients(self) -> list[ChatClient]:
        return [ChatClient(id=1, user_id=ALICE.id, display_name=ALICE.display_name)]

    def hide(self, message_id: str, moderator: User | None = None) -> None:
        self._tell("chat.delete", NAME, message_id)

    def kick(self, client_id: int) -> None:
        self._tell("chat.kick", NAME, client_id)


class DevUsers:
    """Alice and Bob."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def all(self) -> list[User]:
        return [ALICE, BOB]

    def get(self, user_id: str) -> User | None:
        return next((user for user in self.all() if user.id == user_id), None)

    def set_enabled(self, user_id: str, enabled: bool, reason: str = "") -> None:
        self._tell("users.setEnabled", NAME, f"{user_id} {str(enabled).lower()} {reason}".strip())

    def ban_ip(self, address: str) -> None:
        self._tell("users.banIP", NAME, address)


class DevServer:
    """Stream and server as if somebody streamed."""

    def __init__(self, address: str) -> None:
        self._address = address

    def current(self) -> StreamInfo:
        return StreamInfo(
            online=True,
            title=f"{NAME} dev stream",
            viewers=3,
            started_at=timestamp(datetime.now(UTC) - timedelta(minutes=5)),
            latency_level=2,
        )

    def broadcaster(self) -> StreamBroadcaster:
        return StreamBroadcaster(
            remote_addr="127.0.0.1",
            codecs=["h264", "aac"],
            resolution="1920x1080",
            framerate=30,
            bitrates=[6000],
        )

    def info(self) -> ServerInfo:
        return ServerInfo(name=NAME, url=self._address, version="0.1.0")

    def socials(self) -> list[SocialHandle]:
        return [SocialHandle(platform="mastodon", url="https://mastodon.example/@dev")]

    def emotes(self) -> list[Emote]:
        return []

    def federation(self) -> FederationInfo:
        return FederationInfo(enabled=True, username="dev")

    def tags(self) -> list[str]:
        return ["dev", "owncast"]


class DevVideo:
    """A usual configuration; writes are told and change nothing."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def read(self) -> VideoConfig:
        full = StreamVariant(
            width=1920, height=1080, framerate=30, video_bitrate=6000, cpu_usage_level=2
        )
        half = StreamVariant(
            width=1280, height=720, framerate=30, video_bitrate=3000, cpu_usage_level=2
        )
        return VideoConfig(latency_level=2, codec="libx264", autoplay="off", variants=[full, half])

    def write(self, slug: str, update: VideoConfigUpdate) -> None:
        self._tell("videoConfig.write", slug, msgspec.json.encode(update).decode())


class DevOutlets:
    """Notices, posts and uploads that go nowhere."""

    def __init__(self, tell: Tell, address: str) -> None:
        self._tell = tell
        self._address = address

    def discord(self, slug: str, text: str) -> None:
        self._tell("notify.discord", slug, text)

    def browser_push(self, slug: str, push: BrowserPush) -> None:
        self._tell("notify.push", slug, msgspec.json.encode(push).decode())

    def fediverse(self, slug: str, notice: FediverseNotice) -> None:
        self._tell("notify.fediverse", slug, msgspec.json.encode(notice).decode())

    def post(self, slug: str, text: str) -> str:
        self._tell("fediverse.post", slug, text)
        return f"{self._address}/dev-fediverse/{int(time.time())}"

    def upload(self, slug: str, name: str, data: bytes) -> str:
        self._tell("storage.upload", slug, f"{name} ({len(data)} bytes)")
        return f"{self._address}/dev-uploads/{slug}/{name}"


class ToldFiles(DiskFiles):
    """Real files, each use of which is told."""

    def __init__(self, root: Path, tell: Tell) -> None:
        super().__init__(lambda slug: root / slug / "files")
        self._tell = tell

    def read(self, slug: str, path: str) -> bytes | None:
        self._tell("fs.read", slug, path)
        return super().read(slug, path)

    def write(self, slug: str, path: str, data: bytes) -> None:
        self._tell("fs.write", slug, f"{path} ({len(data)} bytes)")
        super().write(slug, path, data)

    def list(self, slug: str, path: str) -> list[str]:
        self._tell("fs.list", slug, path)
        return super().list(slug, path)

    def delete(self, slug: str, path: str) -> None:
        self._tell("fs.delete", slug, path)
        super().delete(slug, path)


class DevVisitors:
    """``Bearer admin`` is an operator, ``Bearer user:<name>`` a viewer of that name."""

    def identify(self, headers: Mapping[str, str], access_token: str = "") -> Visitor:
        token = token_in(headers.get("authorization", ""))
        if token == "admin":  # noqa: S105 - the author's own server, on this machine only
            return Visitor(admin=True)
        kind, _, name = token.partition(":")
        if kind == "user" and name:
            return Visitor(User(id=f"u-{name}", display_name=name, is_authenticated=True))
        return NOBODY


def dev_services(chat: DevChat, tell: Tell, *, address: str, storage: Path) -> dict[type, Any]:
    """Everything, by the protocol whose place it takes. Sign-in is not there, as in the original.

    :param address: of this server, without a slash at its end.
    :param storage: where plugins' files go.
    """
    server = DevServer(address)
    outlets = DevOutlets(tell, address)
    return {
        Chat: chat,
        Users: DevUsers(tell),
        KeyValue: MemoryKeyValue(),
        Sql: SqliteSpaces(lambda _slug: None),
        Files: ToldFiles(storage, tell),
        Stream: server,
        Server: server,
        VideoSettings: DevVideo(tell),
        Notifications: outlets,
        Fediverse: outlets,
        Uploads: outlets,
        EventStreams: StreamHub(),
        Visitors: DevVisitors(),
        Console: tell.console,
    }
