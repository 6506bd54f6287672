"""A plugin's process seen from the host: what happens as it stops."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost, exists, until

pytestmark = pytest.mark.e2e


STOPPER = """
class Plugin:
    name = "S"
    def run(self, action, params, context):
        return {}
    def stop(self, context):
        context["logger"].info("stopped for %s with %s", context["reason"], sorted(context))
"""


def test_stop_is_called_with_a_reason(plugins: PluginHost) -> None:
    plugins.running("stopper", STOPPER)
    plugins.registry.reload("stopper")
    plugins.registry.update("stopper", plugins.write("stopper", STOPPER.replace('"S"', '"T"')))
    plugins.registry.disable("stopper")
    log = plugins.log("stopper")
    assert log.count("stopped for reload") == 2
    assert "stopped for reload with ['actions', 'logger', 'reason', 'settings']" in log
    assert "stopped for disable" in log


def test_stop_may_take_no_context(plugins: PluginHost) -> None:
    plugins.running(
        "bare",
        """
        import logging
        class Plugin:
            name = "S"
            def run(self, action, params, context):
                return {}
            def stop(self):
                logging.warning("bare stop")
        """,
    )
    plugins.registry.disable("bare")
    assert "bare stop" in plugins.log("bare")


def test_an_action_named_stop_is_run_where_there_is_no_method(plugins: PluginHost) -> None:
    plugins.running(
        "acting",
        """
        class Plugin:
            name = "S"
            actions = [{"id": "stop", "label": "Stop"}]
            def run(self, action, params, context):
                context["logger"].warning("%s because of %s", action, context.get("reason"))
        """,
    )
    plugins.registry.disable("acting")
    assert "stop because of disable" in plugins.log("acting")


def test_a_stop_that_fails_or_hangs_ends_the_plugin_all_the_same(plugins: PluginHost) -> None:
    from dataclasses import replace

    source = STOPPER.replace('context["logger"].info', 'None if %s else "')
    plugins.running(
        "badstop",
        STOPPER.replace('context["logger"].info(', 'raise OSError("no: " + ').replace(
            ', context["reason"], sorted(context))', ")"
        ),
    )
    del source
    pid = plugins.pid("badstop")
    plugins.registry.disable("badstop")
    assert not exists(pid)
    assert "stop (disable): no: " in plugins.log("badstop")
    assert "plugin.py:7 in stop" in plugins.log("badstop")
    plugins.running(
        "longstop",
        "class Plugin:\n    name = 'L'\n    def run(self, a, p, c): return {}\n"
        "    def stop(self, context):\n        import time\n        time.sleep(600)\n",
    )
    runtime = plugins.runtime("longstop")
    runtime._limits = replace(runtime._limits, stop=0.3)
    pid = plugins.pid("longstop")
    plugins.registry.disable("longstop")
    assert not exists(pid)
    assert "did not end within 0.3 seconds and was stopped (longstop: plugin.py:6 in stop)" in (
        plugins.log("longstop")
    )


def test_threads_and_programs_that_it_leaves_are_named_and_ended(plugins: PluginHost) -> None:
    plugins.running(
        "messy",
        """
        import subprocess, threading, time

        class Plugin:
            name = "M"
            def run(self, action, params, context):
                threading.Thread(target=self.loop, name="ticker", daemon=True).start()
                program = subprocess.Popen(["sleep", "600"], start_new_session=True)
                return {"program": program.pid}
            def loop(self):
                while True:
                    time.sleep(0.1)
        """,
    )
    program = plugins.run("messy")["program"]
    assert exists(program)
    pid = plugins.pid("messy")
    plugins.registry.disable("messy")
    assert not exists(pid)
    assert until(lambda: not exists(program))
    assert "left a thread running: ticker (plugin.py:12 in loop)" in plugins.log("messy")


def test_a_thread_that_runs_only_the_library_is_named_by_who_started_it(
    plugins: PluginHost,
) -> None:
    plugins.running(
        "server",
        """
        import http.server, threading

        class Plugin:
            name = "S"
            def run(self, action, params, context):
                server = http.server.HTTPServer(
                    ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler
                )
                threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
                timer = threading.Timer(600, server.shutdown)
                timer.name = "later"
                timer.start()
                from core.utils import send_websocket_update
                send_websocket_update("updates", "update", {"type": "plugin"})
        """,
    )
    plugins.run("server")
    plugins.registry.disable("server")
    said = plugins.log("server")
    assert "left a thread running: web (plugin.py:10 in run)" in said
    assert "left a thread running: later (plugin.py:13 in run)" in said
    assert said.count("left a thread") == 2
