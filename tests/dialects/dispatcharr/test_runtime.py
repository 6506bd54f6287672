"""A plugin's process seen from the host: calls, failures, ends, in real processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dispatcharr_host import PluginHost, until
from jackfield.dialects.dispatcharr.processes import linux
from jackfield.errors import Conflict
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.events import Event
from jackfield.plugins.job import JobCancelled
from jackfield.plugins.jobs import Jobs

pytestmark = pytest.mark.e2e


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


# -- what a call gets and gives -----------------------------------------------------------------


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


# -- its process ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("os._exit(3)", "ended with status 3"),
        ("ctypes.string_at(0)", "ended by SIGSEGV"),
        ("os.abort()", "ended by SIGABRT"),
    ],
)
def test_a_crash_is_blamed_and_the_plugin_goes_on(plugins: PluginHost, how: str, said: str) -> None:
    name = f"crash{abs(hash(how)) % 1000}"
    plugins.running(name, f"import ctypes, os\nif action == 'go':\n    {how}\nreturn {{'ok': 1}}")
    with pytest.raises(PluginFailure) as caught:
        plugins.run(name)
    assert said in caught.value.message
    assert f"({name}: plugin.py:10 in run)" in caught.value.message
    assert caught.value.kind == "limit"
    assert plugins.run(name, "other") == {"ok": 1}


def test_a_kill_from_outside_between_calls_is_survived(plugins: PluginHost) -> None:
    plugins.running("victim", "return {'ok': 1}")
    pid = plugins.pid("victim")
    os.kill(pid, 9)
    # Not its end alone: the host has to have heard of it.
    assert until(lambda: "its process ended by SIGKILL" in plugins.log("victim"))
    assert not exists(pid)
    assert plugins.run("victim") == {"ok": 1}


def test_a_plugin_that_crashes_again_and_again_is_suspended(plugins: PluginHost) -> None:
    plugins.running("hopeless", "import os\nos._exit(1)")
    for _ in range(3):
        with pytest.raises((PluginFailure, Conflict)):
            plugins.run("hopeless")
    assert until(lambda: plugins.registry.get("hopeless").state == "suspended")
    assert "crashed 3 times" in plugins.registry.get("hopeless").reason


def test_a_hung_action_is_ended_and_named(plugins: PluginHost, monkeypatch: Any) -> None:
    from dataclasses import replace

    plugins.running(
        "hung",
        "if action == 'other': return {'ok': 1}\nwhile True:\n    pass",
    )
    runtime = plugins.runtime("hung")
    runtime._limits = replace(runtime._limits, action=0.5)
    with pytest.raises(PluginFailure) as caught:
        plugins.run("hung")
    assert caught.value.kind == "timeout"
    assert "did not end within 0.5 seconds and was stopped (hung: plugin.py:" in (
        caught.value.message
    )
    assert "in run" in caught.value.traceback
    runtime._limits = replace(runtime._limits, action=30)
    assert plugins.run("hung", "other") == {"ok": 1}


def test_a_job_of_a_hung_action_can_be_cancelled(plugins: PluginHost) -> None:
    plugins.running("patient", "import time\nif action == 'go': time.sleep(600)\nreturn {'ok': 1}")
    pid = plugins.pid("patient")
    job = plugins.registry.start_action("patient", "go")
    assert until(lambda: job.on_cancel is not None)
    plugins.host.services.get(Jobs).cancel(job.id)
    assert job.wait(20)
    assert job.state == "cancelled"
    assert until(lambda: not exists(pid))
    assert plugins.run("patient", "other") == {"ok": 1}
    assert plugins.registry.get("patient").state == "running"
    with pytest.raises(JobCancelled):
        raise JobCancelled("only so that the name is used")


def test_a_memory_eater_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACKFIELD_DISPATCHARR_MEMORY_MIB", "300")
    host = PluginHost(tmp_path)
    try:
        host.running("eater", "held = []\nwhile True:\n    held.append(bytearray(10_000_000))")
        with pytest.raises(PluginFailure) as caught:
            host.run("eater")
        assert "MemoryError (eater: plugin.py:10 in run)" in caught.value.message
        assert caught.value.kind == "limit"
    finally:
        host.stop()


def test_a_fork_bomb_ends_and_is_named(plugins: PluginHost) -> None:
    plugins.running(
        "bomb",
        """
        import os, time
        if action == 'other': return {'ok': 1}
        while True:
            if os.fork() == 0:
                time.sleep(600)
        """,
    )
    with pytest.raises(PluginFailure) as caught:
        plugins.run("bomb")
    assert "processes; at most 128 are allowed (bomb: plugin.py:" in caught.value.message
    assert plugins.run("bomb", "other") == {"ok": 1}


# -- stop -----------------------------------------------------------------------------------------

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


# -- what it says of itself -----------------------------------------------------------------------


def test_what_the_running_class_says_counts(plugins: PluginHost) -> None:
    plugins.running(
        "dynamic",
        """
        import os

        class Plugin:
            def __init__(self):
                self.name = "Made " + "by code"
                self.version = os.path.join("1", "2")
                self.count = 0

            @property
            def fields(self):
                return [{"id": f"f{n}", "label": "F", "type": "string"} for n in range(self.count)]

            def run(self, action, params, context):
                self.count += 1
                return {"count": self.count}
        """,
    )
    state = plugins.registry.get("dynamic")
    assert (state.name, state.version) == ("Made by code", "1/2")
    assert len(plugins.registry.spec("dynamic").settings.fields) == 0
    plugins.run("dynamic")
    assert [f.id for f in plugins.registry.spec("dynamic").settings] == ["f0"]


def test_a_property_that_fails_is_no_end(plugins: PluginHost) -> None:
    plugins.running(
        "halfbad",
        """
        class Plugin:
            name = "H"
            @property
            def fields(self):
                raise LookupError("no database yet")
            def run(self, action, params, context):
                return {"ok": 1}
        """,
    )
    assert plugins.run("halfbad") == {"ok": 1}
    assert "fields cannot be read: LookupError: no database yet (plugin.py:6 in fields)" in (
        plugins.log("halfbad")
    )


# -- events, settings, rows -----------------------------------------------------------------------


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


# -- tasks ----------------------------------------------------------------------------------------


def test_a_plugins_own_task_runs_in_its_process(plugins: PluginHost) -> None:
    plugins.running(
        "tasked",
        """
        import os
        from celery import shared_task

        @shared_task
        def add(a, b):
            with open("/data/exports/tasked.txt", "w") as out:
                out.write(f"{a + b} {os.getpid()}")
            return a + b

        class Plugin:
            name = "T"
            def run(self, action, params, context):
                return {"id": add.delay(2, 3).id, "name": add.name}
        """,
    )
    assert plugins.run("tasked")["name"] == "tasked.plugin.add"
    file = plugins.installation.home / "exports" / "tasked.txt"
    assert until(file.exists, 60), plugins.log("tasked")
    assert until(lambda: file.read_text() == f"5 {plugins.pid('tasked')}")


# -- the host -------------------------------------------------------------------------------------


def test_a_hundred_reloads_leave_nothing(plugins: PluginHost) -> None:
    plugins.running(
        "reloaded",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True)"
        ".start()\nreturn {}",
    )
    nursery = plugins.installation.family._nursery
    assert nursery is not None

    def held() -> tuple[int, int, int]:
        return (
            len(list(Path("/proc/self/fd").iterdir())),
            threading.active_count(),
            len(linux.descendants(nursery._process.pid)),
        )

    def reload() -> None:
        plugins.run("reloaded")
        plugins.registry.reload("reloaded")

    for _ in range(5):
        reload()
    until(lambda: False, 0.5)
    before, memory = held(), linux.resident_bytes(nursery._process.pid)
    for _ in range(100):
        reload()
    assert until(lambda: all(a <= b for a, b in zip(held(), before, strict=True))), (
        held(), before,
    )  # fmt: skip
    grown = linux.resident_bytes(nursery._process.pid) - memory
    assert grown < 8 * 2**20, grown


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PluginHost]:
    made = PluginHost(tmp_path)
    yield made
    made.stop()


def test_everything_ends_with_the_host(own: PluginHost) -> None:
    own.running("last", STOPPER)
    pid = own.pid("last")
    nursery = own.installation.family._nursery
    assert nursery is not None
    log = own.registry.log("last")
    own.stop()
    assert not exists(pid)
    assert not exists(nursery._process.pid)
    assert "stopped for shutdown" in "\n".join(entry.text for entry in log.tail())


def test_a_host_without_plugins_starts_nothing(own: PluginHost) -> None:
    assert own.installation.family._nursery is None
    assert not own.installation.home.exists()


def test_the_host_has_no_django(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, pathlib\n"
        "from dispatcharr_host import PluginHost\n"
        f"host = PluginHost(pathlib.Path({str(tmp_path)!r}))\n"
        "host.running('one', 'return {}')\n"
        "host.run('one')\n"
        "host.stop()\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} &"
        " {'django', 'celery', 'kombu', 'apps', 'core', 'dispatcharr'}))\n"
    )
    folder = str(Path(__file__).parents[2])
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": folder}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert found.stdout.strip() == "[]"


def test_a_plugin_may_write_beside_its_own_files_which_stay_as_they_were(
    plugins: PluginHost,
) -> None:
    plugins.running(
        "writer",
        "from pathlib import Path\n"
        "here = Path(__file__).parent\n"
        "(here / 'exports').mkdir(exist_ok=True)\n"
        "(here / 'exports' / 'x.txt').write_text('1')\n"
        "(here.parent / 'plugin_data').mkdir(exist_ok=True)\n"
        "return {'name': here.name, 'made': sorted(p.name for p in here.iterdir())}",
    )
    done = plugins.run("writer")
    assert done["name"] == "writer"
    assert "exports" in done["made"]
    assert not (plugins.registry.folder("writer") / "exports").exists()
    plugins.registry.reload("writer")
    assert "exports" in plugins.run("writer")["made"]
