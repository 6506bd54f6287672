"""Every cap of `Limits`, at it and over it. A stopped plugin works again at the next call."""

from __future__ import annotations

import threading
import time

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

ALIVE = "\ndef alive(x): return x\n"


def run(load, source, **options) -> tuple[Instance, LimitExceeded]:
    """Call ``run`` of a plugin that goes too far; checks that it works again afterwards."""
    seconds = options.pop("seconds", 0.05)
    instance = load(source + ALIVE, **options)
    with pytest.raises(LimitExceeded) as caught:
        instance.call("run", seconds=seconds)
    assert instance.call("alive", 7, seconds=1) == 7
    assert instance.generation == (2 if caught.value.instance_lost else 1)
    return instance, caught.value


# Time

LOOPS = {
    "python loop": "\n    while True: pass",
    "loop in C": "sum(range(10 ** 12))",
    "regex": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "big number": "len(str(7 ** (10 ** 8) % 3))",
    "except everything": "\n    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
    "generator": "next(x for x in iter(int, 1) if x)",
    "sort": "sorted(range(10 ** 6), key=lambda x: [y for y in range(x)])",
    "print flood": "\n    while True: print('x')",
    "host call flood": "\n    while True: host_call('x')",
    "clock flood": "\n    import time\n    while True: time.time()",
    "random flood": "\n    import os\n    while True: os.urandom(1000)",
    "sleep flood": "\n    import time\n    while True: time.sleep(0.001)",
    "finalizer": "\n    class A:\n        def __del__(self):\n"
    "            while True: pass\n    A()",
    "exception text": "\n    class A(Exception):\n        def __str__(self):\n"
    "            while True: pass\n    raise A",
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS.keys())
def test_endless_work_is_stopped(load, body):
    limits = Limits(host_calls=10**9)
    _, error = run(load, f"def run(_): {body}\n", limits=limits)
    assert str(error) == "demo: the call run exceeded the limit filter_seconds of 0.05 s"
    assert (error.plugin, error.call, error.limit, error.value) == (
        "demo",
        "run",
        "filter_seconds",
        0.05,
    )


@pytest.mark.parametrize(
    ("seconds", "name"), [(0.05, "filter_seconds"), (0.5, "event_seconds"), (0.07, "seconds")]
)
def test_the_time_limit_is_named_as_in_limits(load, seconds, name):
    _, error = run(load, "def run(_):\n    while True: pass\n", seconds=seconds)
    assert (error.limit, error.value) == (name, seconds)


def test_the_whole_limit_is_told_after_a_wait(load):
    """What was left of the time means nothing to anybody."""
    inside = threading.Event()

    def host(name, arguments):
        inside.set()
        time.sleep(0.2)

    source = "def slow(_): host_call('x')\ndef run(_):\n    while True: pass\n"
    instance = load(source, host=host)
    busy = threading.Thread(target=instance.call, args=("slow",), kwargs={"seconds": 5})
    busy.start()
    assert inside.wait(10)
    with pytest.raises(LimitExceeded) as caught:
        instance.call("run", seconds=0.5, wait_included=True)
    busy.join()
    error = caught.value
    assert (error.limit, error.value, error.call) == ("event_seconds", 0.5, "run")
    assert error.what == "exceeded the limit event_seconds of 0.5 s"


def test_an_endless_load_is_stopped(engine):
    with pytest.raises(LimitExceeded) as caught:
        Instance(
            engine,
            "while True: pass",
            name="demo",
            host=print,
            output=print,
            limits=Limits(load_seconds=0.05),
        )
    assert str(caught.value) == "demo: loading it exceeded the limit load_seconds of 0.05 s"


def test_an_endless_import_is_stopped(engine):
    with pytest.raises(LimitExceeded, match="load_seconds"):
        Instance(
            engine,
            "import helpers",
            name="demo",
            host=print,
            output=print,
            limits=Limits(load_seconds=0.05),
            modules={"helpers": "while True: pass"},
        )


def test_a_slow_host_function_is_not_the_plugins_time(load):
    def host(name, arguments):
        time.sleep(0.2)
        return 1

    instance = load("def run(_): return host_call('slow') + host_call('slow')\n", host=host)
    assert instance.call("run", seconds=0.1) == 2
    assert instance.generation == 1


def test_looping_after_a_slow_host_function_is_stopped(load):
    source = "def run(_):\n    host_call('slow')\n    while True: pass\n"
    run(load, source, host=lambda name, arguments: time.sleep(0.1))


def test_host_functions_together_are_capped(load):
    def host(name, arguments):
        time.sleep(0.02)

    source = "def run(_):\n    while True: host_call('slow')\n"
    _, error = run(load, source, host=host, limits=Limits(host_seconds=0.1), seconds=5)
    assert (error.limit, error.value) == ("host_seconds", 0.1)


def test_the_number_of_host_calls_is_capped(load):
    source = "def run(n):\n    for _ in range(n): host_call('x')\n    return n\n"
    instance = load(source, limits=Limits(host_calls=10))
    assert instance.call("run", 10, seconds=1) == 10
    assert instance.call("run", 10, seconds=1) == 10  # a new call counts anew
    with pytest.raises(LimitExceeded) as caught:
        instance.call("run", 11, seconds=1)
    assert (caught.value.limit, caught.value.value) == ("host_calls", 10)


def test_a_short_sleep_sleeps(load):
    source = (
        "import time\ndef run(_):\n    a = time.monotonic()\n    time.sleep(0.03)\n"
        "    return time.monotonic() - a\n"
    )
    assert load(source).call("run", seconds=1) >= 0.03


def test_a_long_sleep_ends_the_call_at_once(load):
    started = time.monotonic()
    _, error = run(load, "import time\ndef run(_): time.sleep(3)\n", seconds=5)
    assert (error.limit, error.value) == ("sleep_seconds", 0.05)
    assert "sleeping 3 s" in str(error)
    assert time.monotonic() - started < 2.5


# Memory

BOMBS = {
    "one block": "bytearray(1 << 30)",
    "many blocks": "\n    kept = []\n    while True: kept.append(bytearray(1 << 16))",
    "many objects": "[object() for _ in range(10 ** 8)]",
    "string": "'x' * (10 ** 9)",
    "number": "1 << (8 * 10 ** 9)",
    "dict": "{n: str(n) for n in range(10 ** 8)}",
    "json": "\n    import json\n    json.loads('[' + '0,' * (10 ** 8) + '0]')",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_a_memory_bomb_is_stopped(load, body):
    _, error = run(load, f"def run(_): {body}\n", seconds=20)
    assert (error.limit, error.value) == ("memory_bytes", 64 << 20)


def test_memory_up_to_the_cap_can_be_used(load):
    instance = load("def run(n): return len(bytearray(n))\n" + ALIVE)
    assert instance.call("run", 24 << 20, seconds=5) == 24 << 20
    with pytest.raises(LimitExceeded):
        instance.call("run", 64 << 20, seconds=5)


def test_the_cap_is_the_instances_own(load):
    source = "def run(n): return len(bytearray(n))\n"
    assert load(source, limits=Limits(memory_bytes=128 << 20)).call("run", 80 << 20, seconds=5)


def test_a_plugin_that_catches_memory_errors_goes_on(load):
    source = "def run(_):\n    try: bytearray(1 << 30)\n    except MemoryError: return 'caught'\n"
    instance = load(source)
    assert instance.call("run", seconds=1) == "caught"
    assert instance.generation == 1


def test_a_memory_limit_too_small_for_the_interpreter_is_told(engine):
    with pytest.raises(SandboxError, match="demo"):
        Instance(
            engine, "", name="demo", host=print, output=print, limits=Limits(memory_bytes=1 << 20)
        )
    assert not engine.watchdog.running


# Stack


def test_deep_recursion_is_an_exception(load):
    instance = load("def run(_): return run(_)\n")
    with pytest.raises(PluginRaised) as caught:
        instance.call("run", seconds=2)
    assert caught.value.type == "RecursionError"
    assert instance.generation == 1


STACK = {
    "setrecursionlimit": "\n    import sys\n    sys.setrecursionlimit(10 ** 9)\n    return run(_)",
    "repr": "\n    x = []\n    for _ in range(100_000): x = [x]\n    repr(x)",
    "json in": "\n    import json\n    json.loads('[' * 100_000)",
    "result": "\n    x = []\n    x.append(x)\n    return x",
}


@pytest.mark.parametrize("body", STACK.values(), ids=STACK.keys())
def test_recursion_in_native_code_is_stopped(load, body):
    _, error = run(load, f"def run(_): {body}\n", seconds=5)
    assert (error.limit, error.value) == ("stack_bytes", 512 << 10)


def test_a_payload_nested_too_deep_is_refused(load):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    instance = load(ALIVE)
    with pytest.raises(SandboxError, match="the payload of alive is not JSON"):
        instance.call("alive", deep, seconds=1)
    with pytest.raises(SandboxError):
        instance.call_json("alive", b"[" * 100_000, seconds=1)
    assert instance.call("alive", 1, seconds=1) == 1


def test_a_result_too_deep_for_the_host_is_refused(load):
    source = (
        "class Deep(int):\n    pass\n"
        "def run(n):\n    x = 1\n    for _ in range(n): x = [x]\n    return x\n"
    )
    instance = load(source + ALIVE)
    with pytest.raises(SandboxError):
        instance.call("run", 1_500, seconds=1)
    assert instance.call("alive", 1, seconds=1) == 1


# The interpreter itself

CRASHES = {
    "os._exit": "import os; os._exit(3)",
    "os.abort": "import os; os.abort()",
    "bytecode": "run.__code__ = run.__code__.replace(co_code=b'\\xff\\xff' * 400); run(0)",
    "dead stack": "\n    import types\n    code = run.__code__.replace(co_stacksize=0, "
    "co_code=bytes([94, 255]) * 5000)\n    types.FunctionType(code, {})(0)",
}


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES.keys())
def test_a_broken_interpreter_is_replaced(load, body):
    instance = load(f"def run(_): {body}\n" + ALIVE)
    with pytest.raises(SandboxError) as caught:
        instance.call("run", seconds=1)
    assert instance.call("alive", 1, seconds=1) == 1
    assert isinstance(caught.value, (PluginCrashed, PluginRaised, LimitExceeded))


def test_os_exit_is_named(load):
    instance = load("import os\ndef run(_): os._exit(3)\n")
    with pytest.raises(PluginCrashed, match="wasi:cli/exit#exit is not available"):
        instance.call("run", seconds=1)


def test_a_forged_report_is_contained(load):
    source = (
        "import sys\n"
        "engine = sys.modules['jackfield_engine']\n"
        "def run(text):\n"
        "    engine.describe = lambda *a: text\n"
        "    raise ValueError\n"
    )
    for text in ("\x00", "\x00[]", "\x00{", "not json", '\x00{"kind": 1}'):
        instance = load(source)
        with pytest.raises(SandboxError):
            instance.call("run", text, seconds=1)
        instance.close()


# Sizes


def test_payload_at_and_over_the_cap(load):
    instance = load("def run(x): return len(x)\n", limits=Limits(payload_bytes=100))
    assert instance.call("run", "x" * 98, seconds=1) == 98
    with pytest.raises(LimitExceeded) as caught:
        instance.call("run", "x" * 99, seconds=1)
    assert (caught.value.limit, caught.value.value) == ("payload_bytes", 100)
    assert not caught.value.instance_lost
    assert instance.generation == 1


def test_a_payload_larger_than_the_plugins_memory_is_contained(load):
    instance = load("def run(x): return len(x)\n", limits=Limits(payload_bytes=128 << 20))
    with pytest.raises(LimitExceeded):
        instance.call("run", "x" * (60 << 20), seconds=5)
    assert instance.call("run", "x", seconds=1) == 1


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_output_at_and_over_the_cap(load, extra):
    instance = load("def run(n): return 'x' * (n - 2)\n")
    cap = 256 * 1024
    if extra <= 0:
        assert len(instance.call("run", cap + extra, seconds=1, output_bytes=cap)) == (
            cap + extra - 2
        )
        return
    with pytest.raises(LimitExceeded) as caught:
        instance.call("run", cap + extra, seconds=1, output_bytes=cap)
    assert (caught.value.limit, caught.value.value) == ("output_bytes", cap)
    assert not caught.value.instance_lost
    assert instance.generation == 1


def test_output_is_counted_in_bytes_and_has_a_default(load):
    instance = load("def run(n): return 'é' * n\n", limits=Limits(output_bytes=22))
    assert instance.call("run", 10, seconds=1) == "é" * 10
    with pytest.raises(LimitExceeded):
        instance.call("run", 11, seconds=1)


def test_a_response_of_ten_mebibytes_fits_into_the_plugins_memory(load):
    instance = load("def run(n): return {'status': 200, 'body': 'x' * n}\n")
    cap = Limits().response_output_bytes
    answer = instance.call("run", 10 << 20, seconds=5, output_bytes=cap)
    assert len(answer["body"]) == 10 << 20
