"""The tools for unit tests of plugins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from owncast_plugin import NoHost, owncast, testing
from owncast_plugin._registry import registry

SOURCE = """
from owncast_plugin import plugin, owncast, filter
from d1_helper import shout

@plugin.on_chat_message
def echo(msg):
    owncast.chat.send(shout(msg.user.display_name + ": " + msg.body))

@plugin.filter_chat_message
def check(msg):
    return filter.drop("no") if "x" in msg.body else filter.pass_()

@plugin.get("/hello")
def hello(req):
    return f"{req.query.name}"

plugin.commands({"roll": {"run": lambda ctx: ctx.reply(ctx.arg_string)}})
timer = owncast.timer.set_timeout(lambda: owncast.chat.send("late"), 100)
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    (tmp_path / "d1_helper.py").write_text("def shout(text):\n    return text.upper()\n")
    path = tmp_path / "plugin.py"
    path.write_text(SOURCE)
    return path


def test_a_plugin_can_be_driven(main: Path) -> None:
    with testing.load(main) as bot:
        bot.message("hi", user="Ada")
        bot.command("roll", "2", "d6")
        bot.fire_timer(bot.names["timer"])
        assert bot.host.chat == ["ADA: HI", "2 d6", "late"]
        assert bot.filter("xyz") == {"action": "drop", "reason": "no"}
        assert bot.filter("abc") == {"action": "pass"}
        assert bot.request("GET", "/hello", query={"name": "Ada"})["body"] == "Ada"
        assert [c["name"] for c in bot.register()["commands"]] == ["roll"]
        bot.event("nobody.cares")


def test_closing_forgets_everything(main: Path) -> None:
    path = list(sys.path)
    with testing.load(main):
        assert "d1_helper" in sys.modules
    assert "d1_helper" not in sys.modules
    assert sys.path == path
    assert not registry.events
    with pytest.raises(NoHost):
        owncast.chat.send("x")


def test_a_plugin_that_fails_to_load_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plugin.py"
    path.write_text("plugin.on_tick(print)\n1 / 0\n")
    with pytest.raises(ZeroDivisionError) as error:
        testing.load(path)
    assert error.traceback[-1].path == path
    assert not registry.events
    with pytest.raises(NoHost):
        owncast.chat.send("x")


def test_hosts_nest() -> None:
    with testing.RecordingHost() as outer:
        with testing.RecordingHost() as inner:
            owncast.chat.send("inner")
        owncast.chat.send("outer")
    assert (inner.chat, outer.chat) == (["inner"], ["outer"])


def test_answers_may_be_functions() -> None:
    with testing.RecordingHost(answers={"users.get": lambda user_id: {"id": user_id}}) as host:
        assert owncast.users.get("u1").id == "u1"  # type: ignore[union-attr]
    assert host.of("users.get") == [("users.get", ("u1",))]


def test_paths_stay_inside() -> None:
    with testing.RecordingHost() as host:
        owncast.fs.write("../../a/./b", "x")
        assert owncast.fs.read("/a/b") == "x"
    assert list(host.files) == ["a/b"]
