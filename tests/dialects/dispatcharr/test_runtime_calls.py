"""A plugin's process seen from the host: what a call gets and gives."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from dispatcharr_host import PluginHost, until
from jackfield.plugins.dialect import PluginFailure

pytestmark = pytest.mark.e2e


def test_a_run_gets_action_params_and_a_fresh_context(plugins: PluginHost) -> None:
    plugins.running(
        "contextual",
        """
        import logging

        class Plugin:
            name = "C"
            fields = [{"id": "limit", "label": "L", "type": "number", "default": 5},
                      {"id": "note", "label": "N", "type": "string", "default": ""},
                      {"id": "empty", "label": "E", "type": "string"}]
            actions = [{"id": "go", "label": "Go", "confirm": True}]
            def run(self, action, params, context):
                context["settings"]["mine"] = 1
                return {"action": action, "params": params, "keys": sorted(context),
                        "settings": context["settings"], "actions": context["actions"],
                        "logger": context["logger"].name}
        """,
    )
    plugins.registry.set_settings("contextual", {"note": "hey", "unknown": [1]})
    for _ in range(2):
        found = plugins.run("contextual", "undeclared", a=1)
        assert found == {
            "action": "undeclared",
            "params": {"a": 1},
            "keys": ["actions", "logger", "settings"],
            "settings": {"limit": 5, "note": "hey", "unknown": [1], "mine": 1},
            "actions": {"go": {"id": "go", "label": "Go", "confirm": True}},
            "logger": "apps.plugins.loader",
        }


def test_half_a_character_hides_no_error(plugins: PluginHost) -> None:
    """Names of files have them where they are not UTF-8, and errors name the files."""
    plugins.running(
        "films",
        """
        class Plugin:
            name = "F"
            def run(self, action, params, context):
                name = "caf\\udce9"
                if action == "open":
                    raise FileNotFoundError(f"no {name}")
                return {"files": [name]}
        """,
    )
    assert plugins.run("films") == {"files": ["caf\ufffd"]}
    with pytest.raises(PluginFailure, match="no caf\ufffd") as caught:
        plugins.run("films", "open")
    assert "plugin.py:7 in run" in str(caught.value)


def test_what_is_no_dictionary_is_wrapped(plugins: PluginHost) -> None:
    plugins.running("wrapper", "return [1, 2]")
    assert plugins.run("wrapper") == {"status": "ok", "result": [1, 2]}


def test_what_it_logs_and_prints_stands_in_its_log(plugins: PluginHost) -> None:
    plugins.running(
        "talker",
        """
        import logging, os, subprocess, warnings
        context["logger"].info("informed %s", 1)
        context["logger"].debug("debugged")
        logging.getLogger("talker.own").warning("warned")
        print("printed")
        os.write(2, b"raw\\n")
        subprocess.run(["echo", "a program"], check=True)
        return {}
        """,
    )
    plugins.run("talker")
    wanted = ["info: informed 1", "debug: debugged", "warning: talker.own: warned",
              "info: printed", "raw", "a program"]  # fmt: skip
    assert until(lambda: all(one in plugins.log("talker") for one in wanted)), plugins.log("talker")


def test_a_thread_that_fails_is_heard_of(plugins: PluginHost) -> None:
    plugins.running(
        "threaded",
        """
        import threading
        def work():
            raise RuntimeError("in a thread")
        threading.Thread(target=work, name="mine").start()
        return {}
        """,
    )
    plugins.run("threaded")
    assert until(lambda: "RuntimeError: in a thread" in plugins.log("threaded"))
    assert "the thread mine ended by an exception" in plugins.log("threaded")


def test_runs_may_overlap(plugins: PluginHost) -> None:
    plugins.running(
        "pair",
        """
        import threading

        class Plugin:
            name = "Pair"
            def __init__(self):
                self.both = threading.Barrier(2, timeout=20)
            def run(self, action, params, context):
                self.both.wait()
                return {"met": True}
        """,
    )
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(plugins.run("pair"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [{"met": True}] * 2


def test_an_exception_has_its_text_its_place_and_its_traceback(plugins: PluginHost) -> None:
    plugins.running(
        "raiser",
        """
        from .helper import deep

        class Plugin:
            name = "R"
            def run(self, action, params, context):
                deep()
        """,
        {"helper.py": "def deep():\n    raise ValueError('boom')\n"},
    )
    with pytest.raises(PluginFailure) as caught:
        plugins.run("raiser")
    assert caught.value.message == "boom (raiser: helper.py:2 in deep)"
    assert caught.value.kind == "raised"
    assert caught.value.traceback.count("jackfield") == 0
    assert "ValueError: boom" in plugins.log("raiser")
    with pytest.raises(PluginFailure):
        plugins.run("raiser")  # the same process: it goes on


def test_a_result_that_is_no_json_is_named(plugins: PluginHost) -> None:
    plugins.running("unfit", "return {'rows': [1, {'x': object()}]}")
    with pytest.raises(PluginFailure) as caught:
        plugins.run("unfit")
    assert caught.value.message == (
        "the result of action 'go': result['rows'][1]['x'] is of type object, which JSON cannot "
        "hold (unfit: plugin.py)"
    )
    assert caught.value.traceback == ""


def test_sys_exit_is_a_failed_call(plugins: PluginHost) -> None:
    plugins.running("leaver", "import sys\nif action == 'go': sys.exit(2)\nreturn {'pid': 1}")
    pid = plugins.pid("leaver")
    with pytest.raises(PluginFailure, match=r"it called sys.exit\(2\) \(leaver: plugin.py:\d+"):
        plugins.run("leaver")
    assert plugins.run("leaver", "other") == {"pid": 1}
    assert plugins.pid("leaver") == pid
