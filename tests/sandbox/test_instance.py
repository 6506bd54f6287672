"""Calls into a plugin, calls out of it, and its life."""

from __future__ import annotations

import gc
import re
import weakref

import msgspec
import pytest

from jackfield.sandbox import (
    CallAborted,
    Instance,
    LimitExceeded,
    Limits,
    PluginCrashed,
    PluginRaised,
    SandboxError,
)

pytestmark = pytest.mark.sandbox

ECHO = "def echo(value):\n    return value\n"


# Values in and out


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**53 + 1,
        2**63 - 1,
        1.5,
        1e300,
        "",
        "Grüße 👋 \u2028",
        'quote " backslash \\ newline \n null \x00',
        [],
        {},
        {"a": [1, {"b": None}]},
        "x" * 100_000,
        list(range(1000)),
    ],
)
def test_json_values_survive_the_way_there_and_back(load, value):
    assert load(ECHO).call("echo", value, seconds=1) == value


def test_exports_are_the_public_callables(load):
    instance = load("import json\ndef one(_): ...\ndef _two(_): ...\nthree = 3\nclass Four: ...\n")
    assert instance.exports == {"one", "Four"}


def test_json_text_in_and_out(load):
    instance = load(ECHO)
    assert instance.call_json("echo", b'{"a": [1]}', seconds=1) == b'{"a":[1]}'
    assert instance.call_json("echo", seconds=1) == b"null"


def test_state_stays_between_calls(load):
    instance = load("seen = []\ndef add(x):\n    seen.append(x)\n    return seen\n")
    instance.call("add", 1, seconds=1)
    assert instance.call("add", 2, seconds=1) == [1, 2]


def test_handlers_may_be_async(load):
    source = "async def inner(x): return x + 1\nasync def add(x): return await inner(x)\n"
    assert load(source).call("add", 1, seconds=1) == 2


def test_a_missing_export_is_named(load):
    with pytest.raises(SandboxError, match="demo: the plugin has no export 'nope'"):
        load(ECHO).call("nope", seconds=1)


@pytest.mark.parametrize(
    "value", ["\ud800", 10**5000, object(), {1j: 2}], ids=["surrogate", "int", "object", "key"]
)
def test_a_payload_that_is_not_json_is_refused(load, value):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="the payload of echo is not JSON"):
        instance.call("echo", value, seconds=1)
    assert instance.call("echo", 1, seconds=1) == 1


def test_a_payload_that_contains_itself_is_refused(load):
    loop: list = []
    loop.append(loop)
    with pytest.raises(SandboxError, match="the payload of echo is not JSON"):
        load(ECHO).call("echo", loop, seconds=1)


@pytest.mark.parametrize("text", [b"", b"{", b"nope", b" 1", b"[1,]"])
def test_payload_text_that_is_not_json_is_refused(load, text):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="the payload of echo cannot be read"):
        instance.call_json("echo", text, seconds=1)
    assert instance.generation == 1


def test_text_that_is_not_utf8_is_refused(load):
    instance = load(ECHO)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call_json("echo", b'"\xff"', seconds=1)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call("echo", msgspec.Raw(b'"\xff"'), seconds=1)
    with pytest.raises(SandboxError, match="not UTF-8"):
        instance.call("\ud800", seconds=1)
    assert instance.call("echo", "again", seconds=1) == "again"


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("float('nan')", "ValueError"),
        ("float('inf')", "ValueError"),
        ("'\\ud800'", "UnicodeEncodeError"),
        ("object()", "TypeError"),
        ("b'bytes'", "TypeError"),
        ("{(1, 2): 3}", "TypeError"),
        ("10 ** 5000", "ValueError"),
    ],
)
def test_results_that_are_not_json_are_the_plugins_error(load, expression, error):
    instance = load(f"import sys\ndef make(_): return {expression}\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("make", seconds=1)
    assert caught.value.type == error
    assert instance.generation == 1


def test_a_large_number_comes_out(load):
    assert load("def make(_): return 2 ** 64 - 1\n").call("make", seconds=1) == 2**64 - 1


# Exceptions


def test_an_exception_shows_the_authors_line(load):
    source = "def helper(x):\n    return 1 / x  # by zero\n\ndef run(x):\n    return helper(x)\n"
    instance = load(source, filename="greeter.py")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 0, seconds=1)
    error = caught.value
    assert (error.type, error.text, error.call) == ("ZeroDivisionError", "division by zero", "run")
    assert error.traceback.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "greeter.py", line 5, in run',
        "    return helper(x)",
    ]
    assert '  File "greeter.py", line 2, in helper' in error.traceback
    assert "    return 1 / x  # by zero" in error.traceback
    assert "jackfield" not in error.traceback
    assert instance.generation == 1
    assert instance.call("run", 2, seconds=1) == 0.5


def test_a_syntax_error_shows_its_line(load):
    with pytest.raises(PluginRaised) as caught:
        load("x = 1\ndef broken(:\n    pass\n", filename="broken.py")
    assert caught.value.type == "SyntaxError"
    assert caught.value.call == "load"
    assert 'File "broken.py", line 2' in caught.value.traceback
    assert "def broken(:" in caught.value.traceback


def test_a_missing_module_is_explained(load):
    with pytest.raises(PluginRaised) as caught:
        load("import requests\n")
    assert caught.value.type == "ModuleNotFoundError"
    assert "No module named 'requests'" in caught.value.text
    assert "bundle a third-party package" in caught.value.text


@pytest.mark.parametrize("exception", ["SystemExit(3)", "KeyboardInterrupt()", "BaseException(1)"])
def test_no_exception_gets_past_the_call(load, exception):
    instance = load(f"def run(_): raise {exception}\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", seconds=1)
    assert caught.value.type == exception.partition("(")[0]
    assert instance.generation == 1


def test_an_exception_whose_text_cannot_be_made(load):
    source = (
        "class Bad(Exception):\n    def __str__(self): raise ValueError\ndef run(_): raise Bad\n"
    )
    with pytest.raises(PluginRaised) as caught:
        load(source).call("run", seconds=1)
    assert caught.value.type == "Bad"
    assert "could not be made" in caught.value.text


def test_an_exception_with_lone_surrogates_gets_across(load):
    with pytest.raises(PluginRaised):
        load("def run(_): raise ValueError('\\ud800')\n").call("run", seconds=1)


def test_a_huge_message_is_cut(load):
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): raise ValueError('x' * 5_000_000)\n").call("run", seconds=1)
    assert len(caught.value.text) == 2_000
    assert len(caught.value.traceback) < 20_000
    assert "in run" in caught.value.traceback or caught.value.traceback.startswith("...")


# Output


def test_print_arrives_line_by_line(load, printed):
    load("print('one\\ntwo')\ndef run(_): print('three', end='')\n").call("run", seconds=1)
    assert printed == [("stdout", "one"), ("stdout", "two"), ("stdout", "three")]


def test_stderr_logging_and_warnings_arrive(load, printed):
    source = (
        "import sys, logging, warnings\n"
        "def run(_):\n"
        "    print('to stderr', file=sys.stderr)\n"
        "    logging.warning('logged %s', 1)\n"
        "    warnings.warn('warned')\n"
    )
    load(source).call("run", seconds=1)
    assert ("stderr", "to stderr") in printed
    assert ("stderr", "WARNING:root:logged 1") in printed
    assert any("UserWarning: warned" in line for _, line in printed)


def test_what_the_interpreter_itself_writes_arrives(load, printed):
    load("import os\ndef run(_): os.write(2, b'raw\\x1b[0m\\n')\n").call("run", seconds=1)
    assert printed == [("stderr", r"raw\x1b[0m")]


def test_ansi_escapes_are_neutralised(load, printed):
    load("print('\\x1b[2Jgone')\n")
    assert printed == [("stdout", r"\x1b[2Jgone")]


def test_printing_surrogates_and_very_long_lines(load, printed):
    load("print('\\ud800')\nprint('x' * 10_000)\n", limits=Limits(print_line_bytes=50))
    assert printed[0] == ("stdout", r"\ud800")
    assert all(len(line) < 100 for _, line in printed)
    assert len(printed) == 4  # one, and ten thousand in pieces of 4096


def test_a_print_flood_is_dropped_not_kept(load, printed):
    limits = Limits(print_burst_lines=20, print_lines_per_second=1)
    load("for n in range(5_000): print(n)\n", limits=limits)
    assert len(printed) < 40
    assert ("stderr", "[printing too fast: lines are being dropped]") in printed


# Host calls


def test_host_calls_get_names_and_values(load):
    source = "def run(x): return host_call('kv.set', 'key', x, None)\n"
    assert load(source).call("run", {"a": 1}, seconds=1) == ["kv.set", "key", {"a": 1}, None]


def test_host_calls_work_while_loading(load):
    load("assert host_call('hello') == ['hello']\n")


def test_a_host_function_that_raises_raises_in_the_plugin(load):
    def host(name, arguments):
        raise PermissionError("chat.send is not granted")

    source = (
        "def run(_):\n"
        "    try: host_call('chat.send')\n"
        "    except HostError as error: return [error.type, str(error)]\n"
    )
    instance = load(source, host=host)
    assert instance.call("run", seconds=1) == ["PermissionError", "chat.send is not granted"]


def test_a_host_error_that_is_not_caught_is_the_plugins(load):
    def host(name, arguments):
        raise ValueError("no")

    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)
    assert caught.value.type == "HostError"
    assert "line 1, in run" in caught.value.traceback


def test_a_host_result_that_is_not_json_is_an_error_in_the_plugin(load):
    instance = load("def run(_): host_call('x')\n", host=lambda name, arguments: object())
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", seconds=1)
    assert caught.value.type == "HostError"


def test_a_host_result_that_is_not_utf8_is_an_error_in_the_plugin(load):
    host = lambda name, arguments: msgspec.Raw(b'"\xff"')  # noqa: E731
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)
    assert caught.value.type == "HostError"


def test_host_arguments_that_are_not_json_are_the_plugins_error(load):
    with pytest.raises(PluginRaised) as caught:
        load("def run(_): host_call('x', object())\n").call("run", seconds=1)
    assert caught.value.type == "TypeError"


@pytest.mark.parametrize("call", ["'x', text", "text", "'x', {'deep': [text]}", "'x', {text: 1}"])
def test_a_lone_surrogate_in_a_host_call_is_an_error_that_the_plugin_can_catch(load, call):
    source = (
        "def run(text):\n"
        f"    try: return host_call({call})\n"
        "    except UnicodeEncodeError as error: return error.reason\n"
        "def cut(_): return run('\\N{WAVING HAND SIGN}'.encode('utf-16-le')[:2]"
        ".decode('utf-16-le', 'surrogatepass'))\n"
    )
    asked = []
    instance = load(source, host=lambda name, arguments: asked.append(name) or "answered")
    assert instance.call("cut", seconds=1) == "surrogates not allowed"
    assert not asked
    assert (
        instance.call(
            "run", "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}\N{WAVING HAND SIGN}", seconds=1
        )
        == "answered"
    )
    assert instance.generation == 1


def test_a_host_functions_name_that_is_no_text_is_the_plugins_error(load):
    instance = load("def run(name): host_call(name)\ndef fine(_): return 1\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 5, seconds=1)
    assert caught.value.type == "AttributeError"
    assert instance.call("fine", seconds=1) == 1
    assert instance.generation == 1


def test_a_host_result_over_the_cap_is_an_error_in_the_plugin(load):
    limits = Limits(host_result_bytes=100)
    source = "def run(n): return len(host_call('x', n))\n"
    instance = load(source, host=lambda name, arguments: "y" * arguments[0], limits=limits)
    assert instance.call("run", 98, seconds=1) == 98  # two quotes
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 99, seconds=1)
    assert caught.value.type == "HostError"


def test_a_host_function_may_end_the_call(load):
    def host(name, arguments):
        raise CallAborted("the host is not allowed", plugin="demo")

    source = "def run(_):\n    try: host_call('x')\n    except BaseException: return 'caught'\n"
    instance = load(source, host=host)
    with pytest.raises(CallAborted, match="the host is not allowed"):
        instance.call("run", seconds=1)
    with pytest.raises(SandboxError, match="no export"):
        instance.call("other", seconds=1)
    assert instance.generation == 2


def test_keyboard_interrupt_in_a_host_function_is_not_swallowed(load):
    def host(name, arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load("def run(_): host_call('x')\n", host=host).call("run", seconds=1)


def test_a_call_from_within_a_call_is_refused(load):
    instances = []

    def host(name, arguments):
        return instances[0].call("inner", seconds=1)

    source = "def run(_): return host_call('again')\ndef inner(_): return 1\n"
    instances.append(load(source, host=host))
    with pytest.raises(PluginRaised, match="inner was called from within a call of the same") as c:
        instances[0].call("run", seconds=1)
    assert c.value.type == "HostError"
    assert instances[0].call("inner", seconds=1) == 1


def test_a_ring_of_plugins_is_refused_too(load):
    plugins = {}

    def host(name, arguments):
        return plugins[name].call("run", arguments[0] - 1, seconds=1)

    source = "def run(n): return host_call({other!r}, n) if n else 'done'\n"
    plugins["a"] = load(source.format(other="b"), name="a", host=host)
    plugins["b"] = load(source.format(other="a"), name="b", host=host)
    assert plugins["a"].call("run", 1, seconds=1) == "done"
    with pytest.raises(PluginRaised, match="from within a call of the same plugin"):
        plugins["a"].call("run", 2, seconds=1)


# Several files


def test_modules_by_path(load):
    instance = load(
        "import helpers\nfrom pkg.sub import two\ndef run(_): return [helpers.one(), two()]\n",
        modules={
            "helpers.py": "def one(): return 1\n",
            "pkg/__init__.py": "",
            "pkg/sub.py": "from .third import value\ndef two(): return value\n",
            "pkg/third.py": "value = 3\n",
        },
    )
    assert instance.call("run", seconds=1) == [1, 3]
    instance.restart()
    assert instance.call("run", seconds=1) == [1, 3]


def test_own_modules_win_over_the_library(load):
    source = "import queue, json\ndef run(_): return [queue.mine, json.dumps(1)]\n"
    assert load(source, modules={"queue": "mine = True\n"}).call("run", seconds=1) == [True, "1"]


def test_a_traceback_goes_through_modules(load):
    instance = load(
        "import helpers\ndef run(x): return helpers.divide(x)\n",
        modules={"lib/helpers.py": "", "helpers.py": "def divide(x):\n    return 1 / x\n"},
    )
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", 0, seconds=1)
    assert 'File "helpers.py", line 2, in divide' in caught.value.traceback
    assert "    return 1 / x" in caught.value.traceback


def test_dataclasses_pickle_and_type_hints_find_the_plugins_module(load):
    source = (
        "from __future__ import annotations\n"
        "import dataclasses, pickle, typing\n"
        "@dataclasses.dataclass\n"
        "class Point:\n    x: int\n    origin: typing.ClassVar[int] = 0\n"
        "def run(x):\n"
        "    point = pickle.loads(pickle.dumps(Point(x)))\n"
        "    return [point.x, [f.name for f in dataclasses.fields(Point)],\n"
        "            str(typing.get_type_hints(Point)['x'])]\n"
    )
    assert load(source).call("run", 4, seconds=1) == [4, ["x"], "<class 'int'>"]


# Life


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
