"""From the start of an instance to its end."""

from __future__ import annotations

import gc
import re
import weakref

import pytest

from jackfield.sandbox import (
    Instance,
    LimitExceeded,
    Limits,
    PluginCrashed,
    PluginRaised,
    SandboxError,
)

pytestmark = pytest.mark.sandbox

ECHO = "def echo(value):\n    return value\n"


def test_restart_loses_the_memory_and_counts(load):
    instance = load("seen = []\ndef add(x):\n    seen.append(x)\n    return seen\n")
    assert instance.generation == 1
    instance.call("add", 1, seconds=1)
    instance.restart()
    assert instance.generation == 2
    assert instance.call("add", 2, seconds=1) == [2]


def test_a_closed_plugin_refuses_calls(load):
    instance = load(ECHO)
    instance.close()
    instance.close()
    with pytest.raises(SandboxError, match="echo was called after the plugin was closed"):
        instance.call("echo", seconds=1)
    with pytest.raises(SandboxError, match="restart was called after the plugin was closed"):
        instance.restart()


def test_with_closes(engine):
    with Instance(engine, ECHO, name="x", host=print, output=print) as instance:
        assert instance.call("echo", 1, seconds=1) == 1
    with pytest.raises(SandboxError):
        instance.call("echo", 1, seconds=1)


def test_a_plugin_may_be_closed_from_its_own_host_call(load):
    instances = []

    def host(name, arguments):
        instances[0].close()

    instances.append(load("def run(_):\n    host_call('stop')\n    while True: pass\n", host=host))
    with pytest.raises(SandboxError, match="was closed during run"):
        instances[0].call("run", seconds=5)


def test_a_plugin_closed_while_it_loads_stays_closed(load):
    instances = []

    def host(name, arguments):
        if instances:
            instances[0].close()

    instances.append(load("host_call('start')\ndef run(_): return 1\n", host=host))
    with pytest.raises(SandboxError, match="was closed"):
        instances[0].restart()
    with pytest.raises(SandboxError, match="after the plugin was closed"):
        instances[0].call("run", seconds=1)


def test_restart_from_within_is_refused(load):
    instances = []

    def host(name, arguments):
        instances[0].restart()

    instances.append(load("def run(_): host_call('again')\n", host=host))
    with pytest.raises(PluginRaised, match="restart was called from within"):
        instances[0].call("run", seconds=1)


def test_a_closed_instance_leaves_nothing_behind(engine, load):
    instance = Instance(engine, ECHO, name="x", host=print, output=print)
    instance.call("echo", 1, seconds=1)
    gone = weakref.ref(instance)
    instance.close()
    del instance
    gc.collect()
    assert gone() is None


def test_a_failed_start_leaves_nothing_behind(engine):
    before = len(engine._callers)
    with pytest.raises(PluginRaised):
        Instance(engine, "1/0", name="x", host=print, output=print)
    assert len(engine._callers) == before


def test_a_plugin_that_cannot_be_loaded_again_says_why(load):
    loads = []

    def host(name, arguments):
        loads.append(name)
        if len(loads) > 1:
            raise RuntimeError("only once")

    source = "host_call('start')\ndef crash(_):\n    import os\n    os._exit(1)\n"
    instance = load(source, host=host)
    with pytest.raises(PluginCrashed):
        instance.call("crash", seconds=1)
    with pytest.raises(SandboxError, match="could not be loaded again: HostError: only once"):
        instance.call("crash", seconds=1)
    loads.clear()
    instance.restart()
    assert instance.exports == {"crash"}


def test_memory_grows_with_what_the_plugin_keeps(load):
    instance = load("kept = []\ndef keep(n): kept.append(bytearray(n))\n")
    before = instance.memory_bytes
    assert 16 << 20 < before < 48 << 20
    instance.call("keep", 16 << 20, seconds=1)
    grown = instance.memory_bytes - before
    assert 12 << 20 < grown <= 17 << 20
    instance.restart()
    assert instance.memory_bytes == before
    instance.close()
    assert instance.memory_bytes == before  # the last known


@pytest.mark.parametrize("lie", ["-(1 << 50)", "1 << 50", "'text'", "None", "1.5"])
def test_a_plugin_that_lies_about_its_memory_is_not_asked(load, lie):
    source = (
        "import sys\n"
        "engine = sys.modules['jackfield_engine']\n"
        f"engine._BUILTIN_EXPORTS['__mark__'] = lambda token: {lie}\n"
    )
    assert 16 << 20 < load(source).memory_bytes < 48 << 20


def test_a_plugin_that_hides_its_memory_has_none(load):
    source = "import sys\nsys.modules['jackfield_engine']._marked = b''\n"
    assert load(source + "kept = [bytes(32) for _ in range(10_000)]\n").memory_bytes == 0


def test_a_source_over_the_cap_is_refused(load):
    with pytest.raises(LimitExceeded) as caught:
        load("x = 1\n" * 100, limits=Limits(source_bytes=100))
    assert caught.value.limit == "source_bytes"


def test_nothing_of_one_plugin_is_in_another(load):
    canary = "canary-3f81c2d7"
    first = load(f"secret = {canary!r} * 1000\ndef run(_): return len(secret)\n", name="first")
    first.call("run", seconds=1)
    first.close()
    source = (
        "import gc, sys\n"
        "def run(text):\n"
        "    half = text[:8]\n"
        "    def holds(o): return isinstance(o, str) and half in o and o != text and o != half\n"
        "    found = [o for o in gc.get_objects() if holds(o)]\n"
        "    modules = [m for m in sys.modules.values() if getattr(m, 'secret', None)]\n"
        "    return [len(found), len(modules), [k for k in globals() if k == 'secret']]\n"
    )
    assert load(source, name="second").call("run", canary, seconds=2) == [0, 0, []]


def test_a_traceback_shows_no_machinery_between_the_authors_files(engine):
    """Not the import system's frames, neither at the top nor in what the error came of."""
    modules = {
        "outer": "def go():\n    import inner\n",
        "inner": "try:\n    import deepest\nexcept KeyError as error:\n"
        "    raise ValueError('no') from error\n",
        "deepest": "{}['missing']\n",
    }
    with pytest.raises(PluginRaised) as caught:
        Instance(
            engine,
            "import outer\nouter.go()\n",
            name="demo",
            host=print,
            output=print,
            modules=modules,
        )
    trace = caught.value.traceback
    files = re.findall(r'^  File "([^"]+)", line (\d+)', trace, re.MULTILINE)
    assert files == [
        ("inner.py", "2"),
        ("deepest.py", "1"),
        ("plugin.py", "2"),
        ("outer.py", "2"),
        ("inner.py", "4"),
    ]
    assert "{}['missing']" in trace
    assert "<frozen" not in trace
    assert "jackfield" not in trace


def test_an_error_group_is_told_without_machinery(load):
    source = (
        "def one():\n    import absent_one\n"
        "def run(_):\n"
        "    try:\n        one()\n"
        "    except ImportError as error:\n        raise ExceptionGroup('both', [error])\n"
    )
    with pytest.raises(PluginRaised) as caught:
        load(source).call("run", seconds=5)
    assert "absent_one" in caught.value.traceback
    assert "<frozen" not in caught.value.traceback
