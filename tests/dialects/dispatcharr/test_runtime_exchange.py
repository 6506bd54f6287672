"""A plugin's process seen from the host: events, settings and rows that cross."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost, until
from jackfield.plugins.events import Event

pytestmark = pytest.mark.e2e


def test_events_run_the_actions_that_name_them(plugins: PluginHost) -> None:
    plugins.running(
        "listener",
        """
        class Plugin:
            name = "L"
            actions = [{"id": "on", "label": "On", "events": ["channel_start", "m3u_refresh"]},
                       {"id": "bad", "label": "Bad", "events": ["m3u_refresh"]}]
            def run(self, action, params, context):
                if action == "bad":
                    raise ValueError("badly")
                context["logger"].info("heard %s", params)
        """,
    )
    payload = {"account_name": "A"}
    plugins.host.dispatcher.notify(Event("dispatcharr.m3u_refresh", payload))
    plugins.host.dispatcher.notify(Event("dispatcharr.epg_refresh", {}))
    assert plugins.host.dispatcher.drain("listener", 20)
    log = plugins.log("listener")
    assert "heard {'event': 'm3u_refresh', 'payload': {'account_name': 'A'}}" in log
    assert "badly (listener: plugin.py:8 in run)" in log
    assert "epg_refresh" not in log


def test_an_event_logged_in_a_process_reaches_the_plugins(plugins: PluginHost) -> None:
    plugins.running(
        "sender",
        "from core.utils import log_system_event\n"
        "log_system_event('channel_start', channel_name='One')\nreturn {}",
    )
    plugins.running(
        "receiver",
        """
        class Plugin:
            name = "R"
            actions = [{"id": "on", "label": "On", "events": ["channel_start"]}]
            def run(self, action, params, context):
                context["logger"].info("heard %s", params["payload"])
        """,
    )
    plugins.run("sender")
    assert until(lambda: "heard {'channel_name': 'One'}" in plugins.log("receiver"))


ROW = """
from apps.plugins.models import PluginConfig

class Plugin:
    name = "Row"
    version = "2"
    fields = [{"id": "n", "label": "N", "type": "number", "default": 1}]
    def run(self, action, params, context):
        row = PluginConfig.objects.get(key="rowed")
        if action == "write":
            row.settings["n"] = params["n"]
            row.save(update_fields=["settings", "updated_at"])
        return {"settings": row.settings, "enabled": row.enabled, "version": row.version,
                "ever": row.ever_enabled, "context": context["settings"]["n"],
                "others": sorted(PluginConfig.objects.exclude(key="rowed").filter(
                    key__startswith="other").values_list("key", "enabled"))}
"""


def test_settings_go_both_ways_through_the_row(plugins: PluginHost) -> None:
    plugins.running("rowed", ROW)
    assert plugins.run("rowed") == {
        "settings": {}, "enabled": True, "version": "2", "ever": True, "context": 1, "others": [],
    }  # fmt: skip
    plugins.registry.set_settings("rowed", {"n": 7})
    assert until(lambda: plugins.run("rowed")["settings"] == {"n": 7})
    assert plugins.run("rowed")["context"] == 7
    plugins.run("rowed", "write", n=9)
    assert until(lambda: plugins.registry.stored_settings("rowed") == {"n": 9})
    assert plugins.run("rowed")["context"] == 9


def test_rows_of_other_plugins_follow_the_registry(plugins: PluginHost) -> None:
    plugins.have("rowed", ROW)
    plugins.registry.install(plugins.write("other_one", "return {}"))
    assert until(lambda: plugins.run("rowed")["others"] == [["other_one", False]])
    plugins.registry.enable("other_one", "all")
    assert until(lambda: plugins.run("rowed")["others"] == [["other_one", True]])
    plugins.registry.disable("other_one")
    assert until(lambda: plugins.run("rowed")["others"] == [["other_one", False]])
    plugins.registry.uninstall("other_one", keep_data=False)
    assert until(lambda: plugins.run("rowed")["others"] == [])
