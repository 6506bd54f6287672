"""What plugins find on the author's server. Source: owncast spec 6.4."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from jackfield.dialects.owncast.tools.console import TerminalConsole
from jackfield.dialects.owncast.tools.dev_services import (
    KEPT_MESSAGES,
    DevChat,
    DevVisitors,
    Tell,
    dev_services,
)
from jackfield.services.chat import ChatMessage
from jackfield.services.fediverse import Fediverse
from jackfield.services.files import Files
from jackfield.services.kv import KeyValue
from jackfield.services.notifications import BrowserPush, FediverseNotice, Notifications
from jackfield.services.server import Server
from jackfield.services.signin import SignIn
from jackfield.services.sql import Sql, SqlRequest
from jackfield.services.stream import Stream
from jackfield.services.uploads import Uploads
from jackfield.services.users import Users
from jackfield.services.video import VideoConfigUpdate, VideoSettings

T = TypeVar("T")


class Dev:
    def __init__(self, folder: Path) -> None:
        self.out = io.StringIO()
        tell = Tell(TerminalConsole(stream=self.out))
        self.chat = DevChat(tell)
        self._services = dev_services(
            self.chat, tell, address="http://localhost:8080", storage=folder
        )

    def __getitem__(self, kind: type[T]) -> T:
        service: T = self._services[kind]
        return service

    def __contains__(self, kind: type) -> bool:
        return kind in self._services

    @property
    def told(self) -> list[str]:
        return self.out.getvalue().splitlines()


@pytest.fixture
def dev(tmp_path: Path) -> Dev:
    return Dev(tmp_path)


def test_what_plugins_post_is_kept_and_told(dev: Dev) -> None:
    dev.chat.send_as_bot("bot", "Bot", "one")
    dev.chat.send_action("bot", "Bot", "two")
    dev.chat.send_system("bot", "<b>three</b>")
    assert dev.chat.send_to("bot", 1, "four")
    dev.chat.hide("dev-1")
    dev.chat.kick(1)
    posts: Any = msgspec.to_builtins(dev.chat.history())
    assert [p["body"] for p in posts] == ["one", "two", "<b>three</b>"]
    assert posts[0]["id"] == "dev-1"
    assert posts[0]["timestamp"].endswith("Z")
    assert posts[0]["user"] == {
        "id": "bot:bot",
        "displayName": "Bot",
        "displayColor": 0,
        "isBot": True,
    }
    assert dev.told[:4] == [
        "[chat.send by Bot] one",
        "[chat.action by Bot] two",
        "[chat.system by bot] <b>three</b>",
        "[chat.sendTo by bot] client 1: four",
    ]


def test_the_newest_messages_are_kept(dev: Dev) -> None:
    for number in range(KEPT_MESSAGES + 20):
        dev.chat.add(ChatMessage(id=str(number)))
    kept = dev.chat.history(10_000)
    assert (len(kept), kept[0].id) == (KEPT_MESSAGES, "20")
    assert [m.id for m in dev.chat.history(1)] == ["519"]


def test_sample_data(dev: Dev) -> None:
    stream: Any = msgspec.to_builtins(dev[Stream].current())
    assert stream.pop("startedAt").endswith("Z")
    assert stream == {
        "online": True,
        "viewers": 3,
        "title": "owncast-plugin-serve dev stream",
        "latencyLevel": 2,
    }
    assert msgspec.to_builtins(dev[Server].info()) == {
        "name": "owncast-plugin-serve",
        "url": "http://localhost:8080",
        "version": "0.1.0",
    }
    assert dev[Stream].broadcaster().resolution == "1920x1080"
    assert dev[Server].tags() == ["dev", "owncast"]
    assert dev[Server].emotes() == []
    assert [s.platform for s in dev[Server].socials()] == ["mastodon"]
    assert dev[Server].federation().username == "dev"
    video = dev[VideoSettings].read()
    assert [(v.height, v.video_bitrate) for v in video.variants] == [(1080, 6000), (720, 3000)]
    assert [user.id for user in dev[Users].all()] == ["u-alice", "u-bob"]
    assert dev[Users].get("u-alice") is not None
    assert dev[Users].get("u-carol") is None
    assert [client.id for client in dev.chat.clients()] == [1]


def test_what_leaves_is_told_and_goes_nowhere(dev: Dev) -> None:
    dev[Notifications].discord("bot", "d")
    dev[Notifications].browser_push("bot", BrowserPush(title="t"))
    dev[Notifications].fediverse("bot", FediverseNotice(type="x"))
    dev[VideoSettings].write("bot", VideoConfigUpdate(latency_level=1))
    dev[Users].set_enabled("u-bob", False, "spam")
    dev[Users].ban_ip("192.0.2.1")
    url = dev[Uploads].upload("bot", "a.png", b"123")
    assert url == "http://localhost:8080/dev-uploads/bot/a.png"
    assert dev[Fediverse].post("bot", "p").startswith("http://localhost:8080/dev-fediverse/")
    assert dev.told == [
        "[notify.discord by bot] d",
        '[notify.push by bot] {"title":"t"}',
        '[notify.fediverse by bot] {"type":"x"}',
        '[videoConfig.write by bot] {"latencyLevel":1}',
        "[users.setEnabled by owncast-plugin-serve] u-bob false spam",
        "[users.banIP by owncast-plugin-serve] 192.0.2.1",
        "[storage.upload by bot] a.png (3 bytes)",
        "[fediverse.post by bot] p",
    ]


def test_files_are_real_and_the_rest_is_in_memory(dev: Dev, tmp_path: Path) -> None:
    dev[Files].write("bot", "d/a.txt", b"x")
    assert (tmp_path / "bot/files/d/a.txt").read_bytes() == b"x"
    assert dev[Files].read("bot", "d/a.txt") == b"x"
    assert dev[Files].list("bot", "d") == ["a.txt"]
    dev[Files].delete("bot", "d/a.txt")
    assert [line.split(" by ")[0] for line in dev.told] == [
        "[fs.write",
        "[fs.read",
        "[fs.list",
        "[fs.delete",
    ]
    dev[KeyValue].set("bot", "a", "1")
    dev[Sql].execute("bot", SqlRequest(sql="CREATE TABLE t (a)"))
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == []


def test_nobody_can_sign_in(dev: Dev) -> None:
    assert SignIn not in dev


@pytest.mark.parametrize(
    ("header", "admin", "user_id"),
    [
        ("Bearer admin", True, None),
        ("Bearer user:carol", False, "u-carol"),
        ("Bearer user:", False, None),
        ("Bearer other", False, None),
        ("", False, None),
    ],
)
def test_visitors(header: str, admin: bool, user_id: str | None) -> None:
    visitor = DevVisitors().identify({"authorization": header})
    assert visitor.admin is admin
    assert (visitor.user.id if visitor.user else None) == user_id
