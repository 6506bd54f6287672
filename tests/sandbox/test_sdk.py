"""A dialect's author API baked into the engine."""

from __future__ import annotations

import pytest

from jackfield.sandbox import PluginRaised, build

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(
        (build.read_stamp() or {}).get("inputs") == "without SDKs", reason="built without SDKs"
    ),
]

PLUGIN = """
from owncast_plugin import plugin, owncast

@plugin.on_chat_message
def greet(message):
    raise ValueError("seen")
"""


def test_the_sdk_gives_its_exports(load):
    instance = load("", sdk="owncast_plugin.guest", config={"manifest": {"name": "x"}})
    assert {"register", "on_event", "on_filter"} <= instance.exports
    assert instance.call("register", seconds=1)["name"] == "x"


def test_its_names_are_there_with_and_without_import(load):
    source = "from owncast_plugin import plugin as imported\nassert imported is plugin\n"
    load(source, sdk="owncast_plugin.guest")


def test_two_plugins_do_not_share_it(load):
    first = load("plugin.secret = 1\n", sdk="owncast_plugin.guest", name="first")
    second = "assert not hasattr(plugin, 'secret')\n"
    load(second, sdk="owncast_plugin.guest", name="second")
    assert first.generation == 1


def test_an_sdk_that_is_not_baked_is_an_error(load):
    with pytest.raises(PluginRaised, match="No module named 'nothing_plugin'"):
        load("", sdk="nothing_plugin.guest")
