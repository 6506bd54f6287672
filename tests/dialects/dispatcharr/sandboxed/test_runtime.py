"""A plugin in the sandbox: what its calls get and give."""

from __future__ import annotations

import textwrap

import pytest

from dispatcharr_host import until
from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.errors import Unavailable
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.events import Event
from jackfield.sandbox import Interruption

pytestmark = pytest.mark.sandbox


def test_a_run_gets_action_params_and_a_fresh_context(boxed) -> None:
    boxed.running(
        "contextual",
        """
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
    boxed.registry.set_settings("contextual", {"note": "hey", "unknown": [1]})
    for _ in range(2):
        assert boxed.run("contextual", "undeclared", a=1) == {
            "action": "undeclared",
            "params": {"a": 1},
            "keys": ["actions", "logger", "settings"],
            "settings": {"limit": 5, "note": "hey", "unknown": [1], "mine": 1},
            "actions": {"go": {"id": "go", "label": "Go", "confirm": True}},
            "logger": "apps.plugins.loader",
        }


def test_an_exception_has_its_text_its_place_and_its_traceback(boxed) -> None:
    boxed.running(
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
        boxed.run("raiser")
    assert caught.value.message == "boom (raiser: helper.py:2 in deep)"
    assert caught.value.kind == "raised"
    assert caught.value.traceback.startswith("Traceback (most recent call last):\n")
    assert caught.value.traceback.count("jackfield") == 0
    assert "    deep()\n" in caught.value.traceback
    assert "ValueError: boom" in boxed.log("raiser")


def test_what_is_no_dictionary_is_wrapped(boxed) -> None:
    boxed.running("wrapper", "return (1, {2})")
    assert boxed.run("wrapper") == {"status": "ok", "result": [1, [2]]}


def test_what_it_logs_and_prints_stands_in_its_log(boxed) -> None:
    boxed.running(
        "talker",
        """
        import logging, sys, warnings
        context["logger"].info("informed %s", 1)
        context["logger"].debug("debugged")
        context["logger"].critical("cried")
        logging.getLogger("talker.own").warning("warned")
        print("printed")
        print("erred", file=sys.stderr)
        warnings.warn("beware")
        try:
            1 / 0
        except ZeroDivisionError:
            context["logger"].exception("divided")
        return {}
        """,
    )
    boxed.run("talker")
    log = boxed.log("talker")
    for line in ("info: informed 1", "debug: debugged", "error: cried", "info: printed",
                 "warning: talker.own: warned", "warning: erred", "error: divided"):  # fmt: skip
        assert line in log.splitlines()
    assert "warning: py.warnings: " in log
    assert "ZeroDivisionError: division by zero" in log


def test_a_log_level_is_the_operators(boxed, monkeypatch) -> None:
    monkeypatch.setenv("DISPATCHARR_LOG_LEVEL", "WARNING")
    boxed.running("quiet", "context['logger'].info('no')\ncontext['logger'].warning('yes')")
    boxed.run("quiet")
    assert "yes" in boxed.log("quiet")
    assert "no\n" not in boxed.log("quiet") + "\n"


def test_it_keeps_what_it_has_between_calls(boxed) -> None:
    boxed.running(
        "counter",
        """
        class Plugin:
            name = "C"
            def __init__(self):
                self.calls = 0
            def run(self, action, params, context):
                self.calls += 1
                return {"calls": self.calls}
        """,
    )
    assert [boxed.run("counter")["calls"] for _ in range(3)] == [1, 2, 3]
    boxed.registry.reload("counter")
    assert boxed.run("counter") == {"calls": 1}


def test_settings_of_this_moment_count(boxed) -> None:
    boxed.running("settled", "return context['settings']")
    boxed.registry.set_settings("settled", {"a": 1})
    assert boxed.run("settled") == {"a": 1}
    boxed.registry.set_settings("settled", {"a": 2, "b": "x"})
    assert boxed.run("settled") == {"a": 2, "b": "x"}


def test_what_the_running_class_says_counts(boxed) -> None:
    boxed.running(
        "dynamic",
        """
        COUNT = [0]
        class Plugin:
            version = ".".join(map(str, (1, 2)))
            @property
            def name(self):
                return f"Dynamic {COUNT[0]}"
            @property
            def fields(self):
                return [{"id": f"f{COUNT[0]}", "label": "F", "type": "string"}]
            @property
            def actions(self):
                if COUNT[0] > 2:
                    raise RuntimeError("no actions today")
                return ({"id": f"a{n}", "label": "A"} for n in range(COUNT[0]))
            def run(self, action, params, context):
                COUNT[0] += 1
                return {}
        """,
    )
    assert boxed.registry.get("dynamic").name == "Dynamic 0"
    assert boxed.registry.get("dynamic").version == "1.2"
    boxed.run("dynamic")
    assert boxed.registry.get("dynamic").name == "Dynamic 1"
    assert [f.id for f in boxed.registry.spec("dynamic").settings] == ["f1"]
    runtime = boxed.sandboxed("dynamic")
    runtime._ask("x", 1, "run", {"action": "", "params": {}, "settings": {}}, Interruption())
    assert boxed.registry.get("dynamic").name == "Dynamic 1"
    runtime.refresh()
    assert boxed.registry.get("dynamic").name == "Dynamic 2"
    boxed.run("dynamic")
    assert boxed.registry.get("dynamic").name == "Dynamic 3"


def test_refresh_waits_for_nobody(boxed) -> None:
    boxed.running(
        "slow",
        """
        import time
        class Plugin:
            @property
            def name(self):
                return "Slow"
            def run(self, action, params, context):
                context["logger"].info("began")
                time.sleep(3000)
        """,
    )
    job = boxed.registry.start_action("slow", "go", {})
    assert until(lambda: "began" in boxed.log("slow"))
    boxed.sandboxed("slow").refresh()
    assert not job.ended
    job.cancel()
    assert job.wait(20)


def test_events_run_the_actions_that_name_them(boxed) -> None:
    boxed.running(
        "hearer",
        """
        class Plugin:
            name = "H"
            actions = [{"id": "on", "label": "On", "events": ["channel_start"]},
                       {"id": "off", "label": "Off", "events": ["channel_stop", "channel_start"]}]
            def run(self, action, params, context):
                context["logger"].info(f"{action} {params}")
                if action == "on" and params["payload"].get("fail"):
                    raise ValueError("no")
                return {}
        """,
    )
    event = Event("dispatcharr.channel_start", {"channel": "One"})
    assert boxed.sandboxed("hearer").subscriptions.events == {
        "dispatcharr.channel_start", "dispatcharr.channel_stop",
    }  # fmt: skip
    boxed.host.dispatcher.notify(event)
    assert boxed.host.dispatcher.drain("hearer", 20)
    asked = {"event": "channel_start", "payload": {"channel": "One"}}
    assert f"info: on {asked}\ninfo: off {asked}" in boxed.log("hearer")
    with pytest.raises(PluginFailure, match=r"no \(hearer: plugin\.py:9 in run\)"):
        boxed.sandboxed("hearer").notify(Event("dispatcharr.channel_start", {"fail": 1}))
    assert boxed.log("hearer").count("info: off") == 2


def test_what_is_no_json_does_not_reach_it(boxed) -> None:
    boxed.running("strict", "return {}")
    with pytest.raises(PluginFailure, match="is not JSON") as caught:
        boxed.run("strict", bad=object())
    assert caught.value.kind == "raised"
    with pytest.raises(PluginFailure, match="its parameters are larger than 16 MiB"):
        boxed.run("strict", large="x" * 2**24)
    assert boxed.run("strict") == {}
    assert boxed.sandboxed("strict")._instance.generation == 1


@pytest.mark.parametrize(
    ("how", "reason"),
    [("disable", "disable"), ("reload", "reload"), ("uninstall", "delete")],
)
def test_stop_is_called_with_a_reason(boxed, how: str, reason: str) -> None:
    name = f"stopper-{how}"
    boxed.running(
        name,
        """
        class Plugin:
            name = "S"
            def run(self, action, params, context):
                return {}
            def stop(self, context):
                context["logger"].info(f"stopped: {context['reason']} {sorted(context)}")
        """,
    )
    log = boxed.registry.log(name)
    getattr(boxed.registry, how)(name)
    said = "\n".join(line.text for line in log.tail())
    assert f"stopped: {reason} ['actions', 'logger', 'reason', 'settings']" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def stop(self):\n    print('bare')", "bare"),
        ("def stop(self, context):\n    raise ValueError('will not')", "will not (stops-1: "),
        ("def stop(self, context):\n    while True: pass", "did not end within 2 seconds"),
        ("actions = [{'id': 'stop', 'label': 'S'}]", "run stop {}"),
        ("", ""),
    ],
)
def test_however_it_stops_it_is_stopped(boxed, request, body: str, said: str) -> None:
    name = f"stops-{request.node.callspec.indices['body']}"
    source = "class Plugin:\n    name = 'S'\n    def run(self, action, params, context):\n"
    source += "        print('run', action, params)\n        return {}\n"
    boxed.running(name, source + textwrap.indent(body, "    "))
    if "while" in body:
        boxed.sandboxed(name)._limits = ActionLimits(stop=2)
    state = boxed.registry.disable(name)
    assert state.state == "disabled"
    assert said in boxed.log(name)


def test_a_stopped_one_takes_no_calls(boxed) -> None:
    boxed.running("gone", "return {}")
    runtime = boxed.sandboxed("gone")
    assert runtime.memory_bytes > 0
    boxed.registry.disable("gone")
    with pytest.raises(Unavailable, match="was stopped"):
        runtime.run("go", {})
    assert runtime.memory_bytes == 0
    runtime.stop("it is disabled")


def test_what_a_process_would_do_is_left_out(boxed) -> None:
    boxed.running("alone", "return {}")
    runtime = boxed.sandboxed("alone")
    assert runtime.link is None
    assert not runtime.tell_rows()
    runtime.settings_changed()
    with pytest.raises(Unavailable, match="in the sandbox, which has no tasks"):
        runtime.ask("task.run", task="x")
    assert boxed.installation.runtime("alone") is runtime
    assert runtime.filter(Event("x", {})).action == "pass"
    assert runtime.render("tab/x", {}) == ""


def test_no_process_is_started_for_it(boxed) -> None:
    boxed.running("thrifty", "return {}")
    boxed.run("thrifty")
    assert boxed.installation.family._nursery is None


# -- how it lies in its folder ------------------------------------------------------------------

PACKAGE = """
class Plugin:
    name = "P"
    def run(self, action, params, context):
        return {0}
"""


def test_a_package(boxed) -> None:
    boxed.running("packaged", files={"__init__.py": PACKAGE.format("{'module': __name__}")})
    assert boxed.run("packaged") == {"module": "packaged"}


def test_helpers_are_found_relatively_and_absolutely_and_are_one_copy(boxed) -> None:
    boxed.running(
        "selfish",
        """
        from . import helper
        from .deep.inner import TWO
        from selfish.helper import ONE
        import selfish.helper as again

        class Plugin:
            name = "Selfish"
            def run(self, action, params, context):
                from selfish import helper as later
                return {"one": ONE, "two": TWO, "same": again is helper is later}
        """,
        {"helper.py": "ONE = 1\n", "deep/inner.py": "from ..helper import ONE\nTWO = ONE + 1\n"},
    )
    assert boxed.run("selfish") == {"one": 1, "two": 2, "same": True}


def test_helpers_on_a_path_that_it_extends(boxed) -> None:
    boxed.running(
        "pathy",
        """
        import os, sys
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        sys.path.append(os.path.join(os.path.dirname(__file__), "lib"))
        import near
        import far.off

        class Plugin:
            name = "Pathy"
            def run(self, action, params, context):
                return {"near": near.X, "far": far.off.Y}
        """,
        {"near.py": "X = 1\n", "lib/far/__init__.py": "", "lib/far/off.py": "Y = 2\n"},
    )
    assert boxed.run("pathy") == {"near": 1, "far": 2}


def test_a_package_beside_plugin_py_is_run_first(boxed) -> None:
    boxed.running("both", "import both\nreturn {'x': both.X}", {"__init__.py": "X = ['package']\n"})
    assert boxed.run("both") == {"x": ["package"]}


def test_where_plugin_py_has_no_class_the_package_is_taken(boxed) -> None:
    boxed.running(
        "fallen",
        files={
            "plugin.py": "from . import Plugin\n",
            "__init__.py": PACKAGE.format("{'is': 'it'}"),
        },
    )
    assert boxed.run("fallen") == {"is": "it"}


def test_a_name_that_cannot_be_imported(boxed) -> None:
    boxed.running(
        "da-shed",
        """
        from .helper import X
        class Plugin:
            name = "D"
            def run(self, action, params, context):
                raise ValueError(X)
        """,
        {"helper.py": "X = 'dashed'\n"},
    )
    with pytest.raises(PluginFailure, match=r"dashed \(da-shed: plugin.py:6 in run\)"):
        boxed.run("da-shed")


def test_the_seeds_class_without_run_is_refused_and_a_problem_is_told(boxed) -> None:
    state = boxed.add(
        "runless", files={"plugin.py": "Plugin = type('Plugin', (), {'name': 'x'})\n"}
    )
    assert state.state == "failed"
    assert "class Plugin has no method run" in state.last_error
