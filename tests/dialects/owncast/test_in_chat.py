"""Plugins in the host's own chat: nothing stands in for anything."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dialects.owncast.conftest import OpenHost, PluginHost
from jackfield.errors import JackfieldError
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.services.users import ADMIN, MODERATOR, User

pytestmark = pytest.mark.sandbox


class Talk:
    """A host with a chat, and people in it."""

    def __init__(self, plugins: PluginHost) -> None:
        self.plugins = plugins
        self.room = plugins.host.services.get(ChatRoom)
        self.accounts = plugins.host.services.get(Accounts)

    def person(self, name: str, *scopes: str) -> User:
        user, _ = self.accounts.register(name)
        return self.accounts.promote(user.id, *scopes) if scopes else user

    def say(self, user: User, body: str) -> None:
        self.room.post(user, body)
        assert self.plugins.host.dispatcher.drain(timeout=30)

    def suspended(self, slug: str) -> str:
        """Why that plugin is suspended; waits for it, because it happens in the background."""
        for _ in range(300):
            state = self.plugins.host.registry.get(slug)
            if state.state == "suspended":
                return state.reason
            time.sleep(0.1)
        raise AssertionError(f"{slug} is {state.state}")

    def heard(self) -> list[str]:
        return [
            f"{message.user.display_name if message.user else '-'}: {message.body}"
            for message in self.room.history()
        ]


@pytest.fixture
def talk(open_host: OpenHost) -> Talk:
    return Talk(open_host(real=True))


def test_a_bot_answers_and_does_not_hear_itself(talk: Talk) -> None:
    talk.plugins.add(
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    owncast.chat.send(f'{msg.user.display_name} said {msg.body}')\n",
        "chat.send",
        bot={"displayName": "Echo"},
    )
    talk.say(talk.person("ann"), "hello")
    assert talk.heard() == ["ann: hello", "Echo: ann said hello"]


def test_a_filter_changes_and_drops(talk: Talk) -> None:
    talk.plugins.add(
        "@plugin.filter_chat_message\n"
        "def f(msg):\n"
        "    if 'spam' in msg.body: return filter.drop('no spam')\n"
        "    return filter.modify({**msg.raw, 'body': msg.body.replace('darn', '****')})\n",
        "chat.filter",
    )
    ann = talk.person("ann")
    talk.say(ann, "darn it")
    with pytest.raises(JackfieldError, match="no spam"):
        talk.say(ann, "buy spam")
    assert talk.heard() == ["ann: **** it"]


def test_what_misbehaves_does_not_stop_the_chat(talk: Talk) -> None:
    talk.plugins.add(
        "@plugin.filter_chat_message\ndef f(msg):\n    while True: pass\n",
        "chat.filter",
        slug="loops",
    )
    talk.plugins.add(
        "@plugin.on_chat_message\ndef f(msg): return [bytes(1 << 20) for _ in range(999)]\n",
        slug="eats",
    )
    talk.plugins.add(
        "@plugin.on_chat_message\ndef f(msg):\n    print('x' * 10**7)\n", slug="prints"
    )
    ann = talk.person("ann")
    for number in range(7):
        talk.say(ann, str(number))
    assert talk.heard() == [f"ann: {number}" for number in range(7)]
    assert "filter_seconds" in talk.suspended("loops")
    assert "memory_bytes" in talk.suspended("eats")
    assert any("memory_bytes" in line for line in talk.plugins.log("eats"))
    assert len("".join(talk.plugins.log("prints"))) < 1_000_000  # of 70 MB


def test_help_is_a_message_of_the_host(talk: Talk) -> None:
    talk.plugins.add(
        "plugin.commands({'up': {'run': print, 'description': 'is it up'}})\n", "chat.send"
    )
    talk.say(talk.person("ann"), "!help")
    help_text = talk.room.store.newest(1).messages[-1]
    assert "<code>!up</code>" in str(help_text)


def test_a_plugin_moderates(talk: Talk) -> None:
    talk.plugins.add(
        "plugin.commands({\n"
        "    'clean': {'run': lambda ctx: [owncast.chat.delete_message(m.id)\n"
        "        for m in owncast.chat.history() if 'mess' in m.body], 'mod_only': True},\n"
        "    'ban': {'run': lambda ctx: owncast.users.set_enabled(ctx.args[0], False, 'bye'),\n"
        "        'mod_only': True},\n"
        "})\n",
        *("chat.history", "chat.moderate", "users.moderate"),
    )
    ann, mod = talk.person("ann"), talk.person("mod", MODERATOR)
    talk.say(ann, "a mess")
    talk.say(ann, "!clean")
    assert talk.heard() == ["ann: a mess", "ann: !clean"]
    talk.say(mod, "!clean")
    assert talk.heard() == ["ann: !clean", "mod: !clean"]
    talk.say(mod, f"!ban {ann.id}")
    with pytest.raises(JackfieldError, match="banned"):
        talk.say(ann, "still here?")


def test_an_administrator_is_a_moderator_to_plugins_too(talk: Talk) -> None:
    talk.plugins.add(
        "plugin.commands({'clean': {'run': lambda ctx: ctx.reply('done'), 'mod_only': True,\n"
        "                           'description': 'Cleans'}})\n"
        "@plugin.on_chat_message\n"
        "def f(msg): print(sorted(msg.user.scopes or ()))\n"
        "@plugin.filter_chat_message\n"
        "def g(msg):\n"
        "    if 'MODERATOR' in (msg.user.scopes or ()): return filter.pass_()\n"
        "    return filter.modify({**msg.raw, 'body': msg.body + '?'})\n",
        "chat.send",
        "chat.filter",
    )
    boss = talk.person("boss", ADMIN)
    talk.say(boss, "!clean")
    assert talk.heard() == ["boss: !clean", "Bot: done"]
    assert talk.plugins.log() == ["info: ['ADMIN', 'MODERATOR']"]
    talk.say(talk.person("ann"), "!clean")
    assert talk.heard()[-1] == "ann: !clean?"
    talk.say(boss, "!help")
    assert "clean" in str(talk.room.store.newest(1).messages[-1])


def test_a_failed_host_call_is_an_error_in_the_plugin(talk: Talk) -> None:
    talk.plugins.add(
        "@plugin.on_chat_message\n"
        "def f(msg):\n"
        "    for call in (lambda: owncast.chat.delete_message('none'),\n"
        "                 lambda: owncast.fediverse.post('x')):\n"
        "        try: call()\n"
        "        except RuntimeError as error: print(error)\n",
        "chat.moderate",
        "fediverse.post",
    )
    talk.say(talk.person("ann"), "x")
    lines: Any = talk.plugins.log()
    assert "no message" in lines[0].lower() or "none" in lines[0]
    assert lines[1] == "warning: fediverse.post: this host has no Fediverse account"
