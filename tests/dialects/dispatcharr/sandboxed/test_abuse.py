"""What a plugin in the sandbox tries and cannot do, and that it works again afterwards."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from dispatcharr_host import until
from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.dialects.dispatcharr.sandboxed.failures import LACKS
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.job import JobCancelled
from jackfield.plugins.jobs import Jobs

pytestmark = pytest.mark.sandbox

TRIER = '''
class Plugin:
    """Runs what it is given."""
    name = "Trier"
    def run(self, action, params, context):
        space = {}
        exec(params["code"], space)
        return {"found": space.get("found")}
'''


def failing(boxed: Any, name: str, **params: Any) -> PluginFailure:
    with pytest.raises(PluginFailure) as caught:
        boxed.run(name, **params)
    return caught.value


@pytest.fixture(scope="module")
def trier(boxed: Any) -> Any:
    boxed.running("trier", TRIER)
    return boxed


# -- what is not there --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import django", "No module named 'django'"),
        ("import jackfield", "No module named 'jackfield'"),
        ("import apps.channels.models", "No module named 'apps'"),
        ("import core.utils", "No module named 'core'"),
        ("import celery", "No module named 'celery'"),
        ("import msgspec", "No module named 'msgspec'"),
        ("import ctypes", "No module named 'ctypes'"),
        ("open('/etc/passwd')", "No such file or directory: '/etc/passwd'"),
        ("open('/data/dispatcharr.db', 'rb')", "No such file or directory"),
        ("open('plugin.py')", "No such file or directory"),
        ("open('/tmp/x', 'w')", "No such file or directory"),
        ("import os; os.listdir('/')", "No such file or directory"),
        ("import os; os.mkdir('/data/x')", "No such file or directory"),
        ("import sqlite3; sqlite3.connect('/data/dispatcharr.db')", "unable to open"),
        ("import tempfile; tempfile.mkdtemp()", "No usable temporary directory"),
        ("import socket; socket.socket()", "Permission denied"),
        ("import socket; socket.create_connection(('127.0.0.1', 80))", "Permission denied"),
        ("import socket; socket.getaddrinfo('localhost', 80)", ""),
        ("import urllib.request as u; u.urlopen('http://127.0.0.1/')", "Permission denied"),
        ("import http.client as h; h.HTTPConnection('127.0.0.1').request('GET', '/')",
         "Permission denied"),
        ("import subprocess; subprocess.run(['id'])", "does not support processes"),
        ("import threading; threading.Thread(target=print).start()", "can't start new thread"),
        ("import asyncio; asyncio.run(asyncio.sleep(0))", "Permission denied"),
    ],
)  # fmt: skip
def test_what_it_has_not_is_said(trier: Any, code: str, said: str) -> None:
    failure = failing(trier, "trier", code=code)
    assert said in failure.message
    assert "(trier: plugin.py:7 in run)" in failure.message
    assert LACKS in failure.message or "unable to open" in said
    assert failure.kind == "raised"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import os; found = dict(os.environ)", {}),
        ("import sys; found = sys.argv", []),
        ("import os; found = os.path.exists('/data') or os.path.exists('/etc')", False),
        ("import os; found = hasattr(os, 'fork') or hasattr(os, 'system')", False),
        ("import sqlite3\nfound = sqlite3.connect(':memory:').execute('select 1').fetchone()",
         [1]),
        ("found = [c for c in object.__subclasses__() if c.__module__.startswith('jackfield.')]",
         []),
    ],
)  # fmt: skip
def test_what_it_finds_out_is_nothing(trier: Any, code: str, found: Any) -> None:
    assert trier.run("trier", code=code) == {"found": found}


def test_the_hosts_functions_take_nothing_else(trier: Any) -> None:
    code = """
import jackfield_guest
found = []
for name, arguments in [("run", []), ("log", []), ("log", [1, 2, 3]), ("settings", ["x"])]:
    try:
        jackfield_guest.host_call(name, *arguments)
    except jackfield_guest.HostError as error:
        found.append(error.type)
"""
    found = trier.run("trier", code=code)["found"]
    assert found == ["LookupError", "ValueError", "ValueError", "LookupError"]


def test_what_speaks_for_it_inside_can_be_no_more_than_wrong(trier: Any) -> None:
    trier.running("liar", TRIER)
    code = """
from _jackfield import guest
guest.Guest._answered = lambda self, work: ["no", "object"]
"""
    trier.run("liar", code=code)
    assert "it answered with something that is no answer" in failing(trier, "liar").message
    code = "guest.Guest._answered = lambda self, work: {'failed': {'spot': 1, 'traceback': {}}}"
    trier.registry.reload("liar")
    trier.run("liar", code=f"from _jackfield import guest\n{code}")
    assert failing(trier, "liar").message == "failed (liar: 1)"


# -- what is too much ---------------------------------------------------------------------------


def test_an_endless_loop_is_ended_with_its_place(boxed: Any) -> None:
    boxed.running(
        "looper",
        """
        class Plugin:
            name = "L"
            def run(self, action, params, context):
                if params.get("loop"):
                    self.spin()
                return {"alive": True}
            def spin(self):
                while True:
                    pass
        """,
    )
    runtime = boxed.sandboxed("looper")
    runtime._limits = ActionLimits(action=2)
    failure = failing(boxed, "looper", loop=True)
    place = failure.message.removeprefix("did not end within 2 seconds and was stopped ")
    assert place in ("(looper: plugin.py:9 in spin)", "(looper: plugin.py:10 in spin)")
    assert failure.kind == "timeout"
    assert failure.traceback.splitlines()[:3] == [
        "Stopped (most recent call last):",
        '  File "looper/plugin.py", line 6, in run',
        "    self.spin()",
    ]
    assert boxed.run("looper") == {"alive": True}


def test_eating_memory_is_ended_with_its_place(boxed: Any) -> None:
    boxed.running(
        "eater",
        """
        class Plugin:
            name = "E"
            def run(self, action, params, context):
                if params.get("eat"):
                    return self.eat()
                return {"alive": True}
            def eat(self):
                kept = []
                while True:
                    kept.append(bytearray(2**20))
        """,
    )
    failure = failing(boxed, "eater", eat=True)
    assert failure.message == (
        "took more than 64 MiB of memory, all that there is in the sandbox "
        "(eater: plugin.py:11 in eat)"
    )
    assert failure.kind == "limit"
    assert "kept.append" in failure.traceback
    assert boxed.run("eater") == {"alive": True}


def test_deep_recursion_is_an_exception(trier: Any) -> None:
    failure = failing(trier, "trier", code="def f(n):\n    return f(n + 1)\nf(0)")
    assert "maximum recursion depth exceeded" in failure.message
    code = "import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1) + 1\nf(0)"
    failure = failing(trier, "trier", code=code)
    assert failure.kind in ("raised", "limit")
    assert trier.run("trier", code="found = 1") == {"found": 1}


def test_a_result_that_is_too_large_is_named(trier: Any) -> None:
    failure = failing(trier, "trier", code="found = 'x' * (17 * 2**20)")
    assert "beyond 16,000,000 characters" in failure.message
    assert "the result of action 'go': result['found']" in failure.message
    assert trier.run("trier", code="found = 1") == {"found": 1}


def test_a_result_that_is_no_json_is_named(trier: Any) -> None:
    failure = failing(trier, "trier", code="found = {'rows': [1, object()]}")
    assert "result['found']['rows'][1] is of type object" in failure.message


@pytest.mark.parametrize(
    ("code", "said"),
    [("import sys; sys.exit(3)", "it called sys.exit(3)"), ("exit()", "exit"),
     ("raise KeyboardInterrupt", "KeyboardInterrupt"), ("raise GeneratorExit", "GeneratorExit")],
)  # fmt: skip
def test_leaving_is_a_failed_call(trier: Any, code: str, said: str) -> None:
    failure = failing(trier, "trier", code=code)
    assert said in failure.message
    assert failure.kind == "raised"


def test_os_exit_is_blamed_and_the_plugin_goes_on(boxed: Any) -> None:
    boxed.running(
        "leaver",
        """
        import os
        class Plugin:
            name = "X"
            def run(self, action, params, context):
                if params.get("leave"):
                    os._exit(7)
                return {"alive": True}
        """,
    )
    failure = failing(boxed, "leaver", leave=True)
    assert failure.message.startswith("the interpreter was stopped: ")
    assert failure.message.endswith("(leaver: plugin.py:7 in run)")
    assert failure.kind == "limit"
    assert "it ends its interpreter with os._exit(7) at plugin.py:7 in run" in boxed.log("leaver")
    assert boxed.run("leaver") == {"alive": True}


def test_a_plugin_that_crashes_again_and_again_is_suspended(boxed: Any) -> None:
    boxed.running("crasher", "import os\nos.abort()")
    for _ in range(3):
        if boxed.registry.running("crasher") is not None:
            failing(boxed, "crasher")
    assert until(lambda: boxed.registry.get("crasher").state == "suspended")
    assert "crashed 3 times" in boxed.registry.get("crasher").reason


def test_logging_without_end_ends_with_the_call(boxed: Any) -> None:
    boxed.running("chatter", "while True:\n    context['logger'].info('x' * 100_000)")
    boxed.sandboxed("chatter")._limits = ActionLimits(action=0.2)
    assert failing(boxed, "chatter").kind == "timeout"


# -- ending it from outside ---------------------------------------------------------------------

SLEEPER = """
import time
class Plugin:
    name = "S"
    def run(self, action, params, context):
        context["logger"].info("began")
        if action == "loop":
            while True:
                pass
        time.sleep(params.get("seconds", 3000))
        return {"slept": True}
"""


@pytest.mark.parametrize("action", ["loop", "sleep"])
def test_a_job_can_be_cancelled(boxed: Any, action: str) -> None:
    name = f"cancel-{action}"
    boxed.running(name, SLEEPER)
    jobs = boxed.host.services.get(Jobs)
    job = boxed.registry.start_action(name, action, {})
    assert until(lambda: "began" in boxed.log(name))
    jobs.cancel(job.id)
    assert job.wait(20)
    assert job.state == "cancelled"
    assert boxed.run(name, "sleep", seconds=0.01) == {"slept": True}
    assert boxed.registry.get(name).state == "running"


def test_a_job_that_waits_for_another_can_be_cancelled(boxed: Any) -> None:
    boxed.running("queue", SLEEPER)
    jobs = boxed.host.services.get(Jobs)
    first = boxed.registry.start_action("queue", "sleep", {})
    assert until(lambda: "began" in boxed.log("queue"))
    second = boxed.registry.start_action("queue", "sleep", {})
    jobs.cancel(second.id)
    assert second.wait(20)
    assert second.state == "cancelled"
    assert not first.ended
    jobs.cancel(first.id)
    assert first.wait(20)


def test_one_call_at_a_time(boxed: Any) -> None:
    boxed.running("single", SLEEPER)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(boxed.run("single", "s", seconds=0.05)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [{"slept": True}] * 4


def test_a_busy_plugin_says_with_what(boxed: Any) -> None:
    boxed.running("busy", SLEEPER)
    job = boxed.registry.start_action("busy", "sleep", {})
    assert until(lambda: "began" in boxed.log("busy"))
    boxed.sandboxed("busy")._limits = ActionLimits(action=0.1)
    failure = failing(boxed, "busy")
    assert failure.message == "was busy with action sleep, and is still"
    assert failure.kind == "busy"
    job.cancel()
    assert job.wait(20)


def test_disabling_ends_what_runs(boxed: Any) -> None:
    boxed.running("ended", SLEEPER)
    job = boxed.registry.start_action("ended", "sleep", {})
    assert until(lambda: "began" in boxed.log("ended"))
    boxed.registry.disable("ended")
    assert job.wait(20)
    assert job.state == "failed"
    assert "the plugin was stopped meanwhile" in job.error
    assert "action sleep ran until it was stopped" in boxed.log("ended")


def test_cancelled_before_it_began(boxed: Any) -> None:
    boxed.running("early", "return {}")
    jobs = boxed.host.services.get(Jobs)
    job = jobs.open("test")
    job.cancel()
    runtime = boxed.sandboxed("early")
    with pytest.raises(JobCancelled):
        jobs.run(job, lambda _: runtime.run("go", {}))
    assert boxed.run("early") == {}
