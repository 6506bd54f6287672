"""Commands and help in a real chat. Source: owncast spec 3.7."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.owncast.conftest import CHAT, OpenHost, PluginHost
from jackfield.dialects.owncast.live import live_of
from jackfield.dialects.owncast.markdown import to_html
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.chat import Chat
from jackfield.services.recording import Found, Recorded, RecordingChat

pytestmark = pytest.mark.sandbox

COMMANDS = (
    "plugin.commands({\n"
    "    'ping': {'run': lambda ctx: ctx.reply(f'pong {ctx.arg_string}'), 'aliases': ['p'],\n"
    "             'description': 'is it <up>?'},\n"
    "    'ban': {'run': lambda ctx: ctx.reply('banned'), 'mod_only': True},\n"
    "})\n"
)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def plugins(open_host: OpenHost, recorded: Recorded) -> PluginHost:
    chat: Any = RecordingChat(recorded, Found())
    host: PluginHost = open_host(real=True, services={Chat: chat})
    return host


def test_a_message_calls_a_command(plugins: PluginHost, recorded: Recorded) -> None:
    plugins.add(COMMANDS, "chat.send")
    plugins.say("!P  and so on")
    plugins.say("!ban x")
    plugins.say("!unknown")
    assert recorded.of("chatSends") == ["pong and so on"]


def test_several_plugins_may_share_a_command(plugins: PluginHost, recorded: Recorded) -> None:
    plugins.add(COMMANDS, "chat.send")
    plugins.add(COMMANDS.replace("pong", "gnop"), "chat.send", slug="other")
    plugins.say("!ping 1")
    assert sorted(recorded.of("chatSends")) == ["gnop 1", "pong 1"]


def test_help_lists_what_the_asker_may_use(plugins: PluginHost, recorded: Recorded) -> None:
    plugins.add(COMMANDS, "chat.send")
    plugins.say(" !HELP ")
    plugins.say("!commands", scopes=["MODERATOR"])
    viewer, moderator = recorded.of("chatSystems")
    assert "<code>!ping</code>" in viewer
    assert "is it &lt;up&gt;?" in viewer
    assert "!ban" not in viewer
    assert "<code>!ban</code> <em>(mod)</em>" in moderator


def test_no_commands_no_help(plugins: PluginHost, recorded: Recorded) -> None:
    plugins.add("")
    plugins.say("!help")
    assert recorded.of("chatSystems") == []


def test_what_is_no_message_is_passed_over(plugins: PluginHost, recorded: Recorded) -> None:
    plugins.add(COMMANDS, "chat.send")
    plugins.tell(CHAT, "text")
    plugins.tell(CHAT, {"body": None})
    assert recorded.of("chatSends") == []


def test_each_host_has_its_own(open_host: OpenHost) -> None:
    one, two = open_host(), open_host()
    first, second = live_of(one.host.services), live_of(two.host.services)
    assert first is not None
    assert first is not second
    assert live_of(ServiceTable()) is None


def test_markdown_shows_html_as_text() -> None:
    assert to_html("**a** <script>") == "<p><strong>a</strong> &lt;script&gt;</p>"
